// What is the type of this? Asked of the kernel for a name or a part of a goal, by mouse or keyboard; shown beside it.
/** @import {Store} from "./store.js" */
import { element, setText } from "./dom.js";
import { aroundAt, rangeOf, selectedRange, selectionOf, textOf, wordAt, wordsOf } from "./term_words.js";

/** What the arrow keys go through. */
const STOP = ".lean-magic-goal-body :is(.lean-magic-goal-fold, .lean-magic-goal-name)";

/**
 * Answer for all goals in an element. A goal is told by an element with `data-attempt` and `data-place`.
 *
 * Keys: up and down go from name to name, left and right through what stands in the line, with Shift they select more;
 * Enter or Alt+T asks, Escape closes.
 * @param {HTMLElement} pane positioned, so that what it shows can be placed in it
 * @param {Store} store
 * @param {{ signal: AbortSignal, say: (text: string) => void }} options `say` tells screen readers
 */
export function typesOnDemand(pane, store, { signal, say }) {
  /** @type {AbortController | null} */
  let asking = null;
  /** @type {HTMLElement | null} */
  let shown = null;
  const offer = element(
    "button",
    {
      type: "button",
      class: "lean-magic-type-offer",
      title: "Show the type of what is selected (Alt+T)",
      "aria-keyshortcuts": "Alt+T",
    },
    "type?",
  );
  offer.hidden = true;
  // The selection would be gone before the click.
  offer.addEventListener("pointerdown", (event) => event.preventDefault());
  offer.addEventListener("click", () => askSelected());
  pane.append(offer);

  const close = () => {
    asking?.abort();
    asking = null;
    shown?.remove();
    shown = null;
  };

  /**
   * @param {string} text
   * @param {Element | Range} what
   * @param {boolean} [isGuess] then nothing is said of what is no term
   */
  const ask = async (text, what, isGuess = false) => {
    const at = what instanceof Range ? what.startContainer.parentElement : what;
    const goal = /** @type {HTMLElement | null | undefined} */ (at?.closest("[data-attempt]"));
    if (!goal) return;
    close();
    offer.hidden = true;
    const waiting = (asking = new AbortController());
    const answer = element("span", { class: "lean-magic-type-answer" }, "…");
    const popover = element(
      "div",
      { class: "lean-magic-type-popover", role: "group", "aria-label": `Type of ${text}` },
      element("code", {}, element("b", {}, text), " : ", answer),
      element(
        "button",
        { type: "button", class: "lean-magic-state-close", "aria-label": "Close", title: "Close (Escape)", onclick: close },
        "×",
      ),
    );
    shown = popover;
    const { left, bottom } = what.getBoundingClientRect();
    // What a turnstile stands for is the whole line.
    const below = what instanceof Range ? bottom : Math.max(bottom, what.closest("p")?.getBoundingClientRect().bottom ?? 0);
    pane.append(popover);
    put(popover, pane, left, below);
    const place = goal.dataset.place ? Number(goal.dataset.place) : null;
    try {
      const { text: type, ok } = await store.request(
        { kind: "type", attempt: Number(goal.dataset.attempt), place, text },
        { signal: waiting.signal },
      );
      if (!ok && isGuess) return close();
      if (ok) setText(answer, type);
      else answer.replaceWith(element("em", {}, type));
      say(ok ? `${text} : ${type}` : `${text}: ${type}`);
    } catch (error) {
      if (waiting.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      answer.replaceWith(element("em", {}, reason));
      say(reason);
    }
    put(popover, pane, left, below);
    popover.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const askSelected = () => {
    const range = selectedRange(pane);
    if (range) void ask(textOf(range), range);
    else close(); // what is told is not of what is selected now
    return range !== null;
  };

  pane.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || selectedRange(pane)) return;
    const name = nameAt(event.target);
    const term = event.target.closest(".lean-magic-goal-term");
    if (name) void ask(asked(name), name);
    else if (term) {
      const word = wordAt(term, event.clientX, event.clientY);
      const range = word ?? aroundAt(term, event.clientX, event.clientY);
      if (range) void ask(textOf(range), range, !word);
    }
  });
  pane.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (shown || !offer.hidden)) {
      close();
      selectionOf(pane)?.removeAllRanges();
    } else if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyT") {
      const name = nameAt(event.target);
      if (!askSelected() && name) void ask(asked(name), name);
    } else if (event.altKey || event.ctrlKey || event.metaKey) return;
    else if ((event.key === "Enter" || event.key === " ") && nameAt(event.target)) {
      const name = /** @type {HTMLElement} */ (nameAt(event.target));
      if (!askSelected()) void ask(asked(name), name);
    } else if (!move(event, say)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  pane.addEventListener("focusin", (event) => {
    const stop = event.target instanceof Element && event.target.closest(STOP);
    if (stop) keepOneStop(/** @type {HTMLElement} */ (stop));
  });
  document.addEventListener(
    "selectionchange",
    () => {
      const range = selectedRange(pane);
      offer.hidden = range === null;
      if (!range) return;
      const { left, bottom } = range.getBoundingClientRect();
      put(offer, pane, left, bottom);
    },
    { signal },
  );
  document.addEventListener("pointerdown", (event) => shown && !event.composedPath().includes(shown) && close(), { signal });
  signal.addEventListener("abort", close);
}

/** @param {HTMLElement} stop */
function keepOneStop(stop) {
  for (const other of stop.closest(".lean-magic-goal-body")?.querySelectorAll(STOP) ?? [])
    if (other !== stop) other.setAttribute("tabindex", "-1");
  stop.setAttribute("tabindex", "0");
}

/**
 * @param {EventTarget | null} target
 * @returns {HTMLElement | null}
 */
function nameAt(target) {
  return target instanceof Element ? target.closest(".lean-magic-goal-name") : null;
}

/**
 * What a name is asked as: a turnstile stands for its target.
 * @param {HTMLElement} name
 */
function asked(name) {
  return (name.dataset.text ?? name.textContent ?? "").trim();
}

/**
 * Go from line to line, or within one.
 * @param {KeyboardEvent} event
 * @param {(text: string) => void} say
 * @returns {boolean} whether the key was one for that
 */
function move({ key, shiftKey, target }, say) {
  if (!(target instanceof HTMLElement) || !target.matches(STOP)) return false;
  const line = /** @type {HTMLElement} */ (target.closest("li, p"));
  const body = /** @type {HTMLElement} */ (target.closest(".lean-magic-goal-body"));
  if (key === "ArrowRight" || key === "ArrowLeft") {
    moveWithin(line, target, key === "ArrowRight" ? 1 : -1, shiftKey);
    const range = selectedRange(body);
    if (range) say(textOf(range));
  } else {
    const lines = [...body.querySelectorAll("li, p")];
    const at = lines.indexOf(line);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[key];
    if (to === undefined) return false;
    selectionOf(body)?.removeAllRanges();
    /** @type {HTMLElement | null | undefined} */ (lines[to]?.querySelector(".lean-magic-goal-name"))?.focus();
  }
  return true;
}

/**
 * @param {HTMLElement} line
 * @param {HTMLElement} focused
 * @param {1 | -1} direction
 * @param {boolean} extend
 */
function moveWithin(line, focused, direction, extend) {
  const selection = selectionOf(line);
  if (!selection) return;
  const words = [...line.querySelectorAll(".lean-magic-goal-term")].flatMap(wordsOf);
  const range =
    selection.rangeCount && !selection.isCollapsed && line.contains(selection.focusNode) ? selection.getRangeAt(0) : null;
  const first = range ? words.findIndex(({ node, end }) => range.comparePoint(node, end) >= 0) : -1;
  const last = range ? words.findLastIndex(({ node, start }) => range.comparePoint(node, start) <= 0) : -1;
  const to = (direction > 0 ? last : first) + direction;
  if (range && extend) {
    // Within one term: what lies between two is no term.
    const term = words[first]?.node.parentElement?.closest(".lean-magic-goal-term");
    if (words[to] && term?.contains(words[to].node))
      select(selection, rangeOf(words[Math.min(first, to)], words[Math.max(last, to)]));
    return;
  }
  const stops = /** @type {HTMLElement[]} */ ([...line.querySelectorAll(".lean-magic-goal-fold, .lean-magic-goal-name")]);
  if (range && to < 0) {
    selection.removeAllRanges();
    stops.at(-1)?.focus();
  } else if (range) {
    if (words[to]) select(selection, rangeOf(words[to], words[to]));
  } else {
    const stop = stops[stops.indexOf(focused) + direction];
    if (stop) stop.focus();
    else if (direction > 0 && words[0]) select(selection, rangeOf(words[0], words[0]));
  }
}

/**
 * @param {Selection} selection
 * @param {Range} range
 */
function select(selection, range) {
  selection.removeAllRanges();
  selection.addRange(range);
}

/**
 * Place something in the pane, within its width.
 * @param {HTMLElement} what
 * @param {HTMLElement} pane
 * @param {number} left where in the window
 * @param {number} top
 */
function put(what, pane, left, top) {
  const frame = pane.getBoundingClientRect();
  what.style.left = `${Math.max(0, Math.min(left - frame.left, pane.clientWidth - what.offsetWidth - 4))}px`;
  what.style.top = `${top - frame.top + 2}px`;
}
