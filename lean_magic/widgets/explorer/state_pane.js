// The goals of the selected attempt; beside them those of another one that was pinned, to compare.
/** @import {Attempt, PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
/** @import {Shown, StateViewOptions} from "./state_view.js" */
import { copyText } from "./clipboard.js";
import { element, freshId, setAttributes, setText } from "./dom.js";
import { Filters } from "./filters.js";
import { filterSwitches } from "./filter_switches.js";
import { isRunning, stateView, titleOf } from "./state_view.js";
import { typesOnDemand } from "./types_on_demand.js";
import { outcome } from "./words.js";

/**
 * The goals of the selected attempt.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function statePane(store, { signal }) {
  const filters = new Filters(signal);
  /** @type {Map<string, boolean>} */
  const folds = new Map();
  const group = freshId("place");
  /** @type {Shown | null} as it was last: it may be pruned */
  let pinned = null;
  let drawnPresent = "";
  let drawnAside = "";
  let announced = "";

  const heading = element("h3", { class: "lean-magic-state-title" });
  const status = element("span", { class: "lean-magic-faint", "aria-live": "polite" });
  const spoken = element("div", { class: "lean-magic-spoken", "aria-live": "polite" });
  /** @param {string} text */
  const say = (text) => (spoken.textContent = text);
  const copyAll = headerButton("Copy", "Copy all goals as text", () =>
    copy((store.base && store.details(store.base.id)?.text) ?? "", "the state"),
  );
  const pin = headerButton("Pin", "Keep these goals in sight, beside those of other attempts", () =>
    setPinned(pinned ? null : store.selected),
  );
  const { button: show, panel: switches } = filterSwitches(filters, { signal });
  const present = element("div", { class: "lean-magic-state-present", tabindex: -1 });
  const title = element("h4");
  const note = element("p", { class: "lean-magic-faint" }, "What is marked is new since the state before each, not since the pinned one.");
  const aside = element("div", { class: "lean-magic-state-pinned", role: "group", "aria-label": "Pinned state", tabindex: -1 });
  const pane = element(
    "section",
    { class: "lean-magic-state", "aria-label": "State" },
    element(
      "header",
      { class: "lean-magic-pane-header" },
      heading,
      status,
      element("span", { class: "lean-magic-pane-buttons" }, show, copyAll, pin),
    ),
    switches,
    element("div", { class: "lean-magic-state-columns" }, aside, element("div", {}, title, present)),
    note,
    spoken,
  );
  typesOnDemand(pane, store, { signal, say });

  /**
   * @param {string} text
   * @param {string} of
   */
  const copy = async (text, of) => {
    const copied = await copyText(text, pane);
    status.textContent = copied ? `Copied ${of}` : "Could not copy: select the text, and press Ctrl+C";
    if (copied) setTimeout(() => (status.textContent = ""), 2000);
  };

  /** @param {Attempt | null | undefined} attempt */
  const setPinned = (attempt) => {
    pinned = attempt ? shownOf(store, attempt) : null;
    draw();
    if (!pinned) pin.focus();
  };

  /** @returns {StateViewOptions} */
  const shared = () => ({ filters: filters.values, folds, copy: (text, of) => void copy(text, of) });

  const drawHeader = () => {
    setText(heading, store.selected ? titleOf(store.selected) : "");
    heading.title = store.selected?.tactic ?? "";
    copyAll.disabled = pin.disabled = !store.selected;
    setAttributes(pin, { "aria-pressed": String(pinned !== null) });
    pin.textContent = pinned ? "Unpin" : "Pin";
    title.textContent = `Selected: ${heading.textContent}`;
  };

  const drawPresent = () => {
    const attempt = store.selected;
    if (!attempt) return;
    const shown = shownOf(store, attempt);
    const waits = !isComplete(shown);
    if (waits && store.connected && drawnPresent) {
      // Goals come within some milliseconds: what is there stays until then.
      present.setAttribute("aria-busy", "true");
      return;
    }
    present.removeAttribute("aria-busy");
    const state = `${waits && !store.connected}${stateOf(shown, filters)}`;
    if (state === drawnPresent) return;
    drawnPresent = state;
    const hadFocus = present.contains(/** @type {Document | ShadowRoot} */ (pane.getRootNode()).activeElement);
    const choice = { group, place: store.place, choose: (/** @type {number} */ place) => (store.place = place) };
    /** @param {string} tactic */
    const run = (tactic) => {
      const place = attempt.place;
      store.run(tactic, { parent: attempt.parent ?? 0, place }).catch((error) => (status.textContent = error.message));
    };
    const cancel = () => store.send({ kind: "cancel", attempt: attempt.id });
    const lost =
      waits && !store.connected
        ? [
            element(
              "p",
              { class: "lean-magic-faint" },
              "The goals are not known: they were not asked for before the kernel went.",
            ),
          ]
        : null;
    present.replaceChildren(...(lost ?? stateView(shown, { ...shared(), choice, run, cancel })));
    tick();
    if (hadFocus && !present.contains(/** @type {Document | ShadowRoot} */ (pane.getRootNode()).activeElement))
      present.focus({ preventScroll: true });
    const news = `${titleOf(attempt)}: ${outcome(attempt)}`;
    if (announced && news !== announced) say(news);
    announced = news;
  };

  const drawAside = () => {
    const last = pinned;
    if (last === null) {
      aside.hidden = title.hidden = note.hidden = true;
      drawnAside = "";
      return aside.replaceChildren();
    }
    const known = store.attempts.get(last.attempt.id);
    const isThere = known !== undefined && known.tactic === last.attempt.tactic && known.parent === last.attempt.parent;
    // As long as it is the selected one, there is nothing to compare.
    aside.hidden = title.hidden = note.hidden = isThere && known === store.selected;
    if (isThere) {
      const now = shownOf(store, known);
      pinned = isComplete(now)
        ? now
        : { ...now, details: now.details ?? last.details, sourceDetails: now.sourceDetails ?? last.sourceDetails };
    }
    const shown = /** @type {Shown} */ (pinned);
    const state = `${isThere}${stateOf(shown, filters)}`;
    if (state === drawnAside) return;
    drawnAside = state;
    const name = `Pinned: ${titleOf(shown.attempt)}${isThere ? "" : " (no longer in the tree)"}`;
    const unpin = element(
      "button",
      { type: "button", class: "lean-magic-state-close", "aria-label": "Unpin", title: "Unpin", onclick: () => setPinned(null) },
      "×",
    );
    aside.replaceChildren(
      element("header", { class: "lean-magic-pane-header" }, element("h4", { title: shown.attempt.tactic }, name), unpin),
      ...stateView(shown, shared()),
    );
  };

  const draw = () => {
    drawHeader();
    drawPresent();
    drawAside();
  };
  const tick = clock(store, present, signal);

  for (const event of ["changed", "selected", "details", "connection"]) store.addEventListener(event, draw, { signal });
  filters.addEventListener("changed", draw, { signal });
  store.addEventListener(
    "placed",
    () => {
      for (const radio of present.querySelectorAll("input")) radio.checked = store.place === Number(radio.value);
    },
    { signal },
  );
  draw();
  return pane;
}

/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} onclick
 */
function headerButton(text, title, onclick) {
  return element("button", { type: "button", class: "lean-magic-button", title, onclick }, text);
}

/**
 * @param {Store} store
 * @param {Attempt} attempt
 * @returns {Shown}
 */
function shownOf(store, attempt) {
  const base = store.baseOf(attempt);
  const source = base === attempt ? undefined : base;
  return {
    attempt,
    details: isRunning(attempt) ? undefined : store.details(attempt.id),
    source,
    sourceDetails: source && store.details(source.id),
  };
}

/** @param {Shown} shown */
function isComplete({ attempt, details, source, sourceDetails }) {
  return Boolean((isRunning(attempt) || details) && (!source || sourceDetails));
}

/**
 * All that a drawing depends on: with the same, nothing is drawn anew, and what the reader has selected stays.
 * @param {Shown} shown
 * @param {Filters} filters
 */
function stateOf({ attempt, details, source, sourceDetails }, filters) {
  const { id, tactic, status, error, offers } = attempt;
  return JSON.stringify([
    id,
    tactic,
    status,
    error,
    offers,
    numberOf(details),
    source?.id,
    numberOf(sourceDetails),
    filters.values,
  ]);
}

/** @type {WeakMap<object, number>} */
const numbers = new WeakMap();
let objects = 0;

/**
 * A number that tells an object from all others; objects from the kernel may be too large to compare.
 * @param {object | undefined} object
 */
function numberOf(object) {
  if (!object) return 0;
  if (!numbers.has(object)) numbers.set(object, ++objects);
  return numbers.get(object);
}

/**
 * Count the seconds while the attempt that is shown is running.
 * @param {Store} store
 * @param {HTMLElement} present
 * @param {AbortSignal} signal
 * @returns {() => void} to be called when something else is drawn
 */
function clock(store, present, signal) {
  /** @type {Map<number, number>} when attempts were first seen running, in milliseconds */
  const since = new Map();
  let timer = 0;
  const look = () => {
    for (const attempt of store.attempts.values()) {
      if (!isRunning(attempt)) since.delete(attempt.id);
      else if (!since.has(attempt.id)) since.set(attempt.id, performance.now());
    }
  };
  const tick = () => {
    clearTimeout(timer);
    const shown = present.querySelector(".lean-magic-state-clock");
    const began = store.selected && since.get(store.selected.id);
    if (!shown || began === undefined || signal.aborted) return;
    const seconds = Math.floor((performance.now() - began) / 1000);
    shown.textContent = seconds ? `running… (${seconds} s)` : "running…";
    timer = setTimeout(tick, 1000 - ((performance.now() - began) % 1000));
  };
  store.addEventListener("changed", look, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  look();
  return () => {
    look();
    tick();
  };
}
