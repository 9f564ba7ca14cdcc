// The proof along the path to the selected attempt, or the one in the code, as Paperproof draws it.
/** @import {Attempt, PaneOptions, Proof} from "./types" */
/** @import {Store} from "./store.js" */
import { copyText } from "./clipboard.js";
import { element, setAttributes } from "./dom.js";
import { openGoals, proofDrawing } from "./proof_drawing.js";
import { linkProof } from "./proof_links.js";
import { proofText } from "./proof_text.js";

const ZOOM = { step: 1.2, least: 0.2, most: 3, readable: 0.75 };

/**
 * The proof as Paperproof draws it: hypotheses flow down, goals are closed.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function proofPane(store, { signal }) {
  /** @type {Proof | null} */
  let proof = null;
  let asked = "";
  let zoom = 1;
  let isZoomChosen = false;
  /** @type {AbortController | null} */
  let asking = null;

  const heading = element("h3", {}, "Proof");
  const status = element("span", { class: "lean-magic-faint", "aria-live": "polite" });
  const smaller = button("−", "Smaller (−)", () => chooseZoom(zoom / ZOOM.step));
  const normal = button("100%", "Normal size (0)", () => chooseZoom(1));
  const larger = button("+", "Larger (+)", () => chooseZoom(zoom * ZOOM.step));
  const fit = button("Fit", "As wide as the view", () => {
    isZoomChosen = true;
    fitZoom(ZOOM.least);
  });
  const compact = button("Compact", "Names of hypotheses without their types", () => {
    compact.setAttribute("aria-pressed", String(sheet.classList.toggle("lean-magic-proof-compact")));
  });
  compact.setAttribute("aria-pressed", "false");
  const copy = button("Copy", "Copy the proof as text", async () => {
    const copied = proof && (await copyText(proofText(proof), pane));
    status.textContent = copied ? "Copied the proof" : "Could not copy: select the text, and press Ctrl+C";
    if (copied) setTimeout(showProgress, 2000);
  });
  const sheet = element("div", { class: "lean-magic-proof-sheet", role: "group", "aria-label": "Drawing of the proof" });
  const scroller = element("div", { class: "lean-magic-proof-scroller" }, sheet);
  const pane = element(
    "section",
    { class: "lean-magic-proof", "aria-label": "Proof" },
    element(
      "header",
      { class: "lean-magic-pane-header" },
      heading,
      status,
      element("span", { class: "lean-magic-pane-buttons" }, smaller, normal, larger, fit, compact, copy),
    ),
    scroller,
  );

  /** @param {number} wanted */
  const setZoom = (wanted) => {
    zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, wanted));
    sheet.style.setProperty("zoom", String(zoom));
    normal.textContent = `${Math.round(100 * zoom)}%`;
  };

  const showProgress = () => {
    const open = proof ? openGoals(proof.scope) : 0;
    const openText = open ? `${open} ${open === 1 ? "goal" : "goals"} open` : "not finished";
    status.textContent = !proof ? "" : proof.finished ? "✓ finished" : openText;
  };

  /** @param {number} wanted */
  const chooseZoom = (wanted) => {
    isZoomChosen = true;
    setZoom(wanted);
  };

  /** @param {number} least */
  const fitZoom = (least) => {
    setZoom(1);
    // Letters do not shrink evenly: once is not enough.
    for (let times = 0; times < 3 && scroller.clientWidth; times++) {
      setZoom(Math.max(least, (zoom * scroller.clientWidth) / scroller.scrollWidth));
    }
  };

  /** @param {string} text */
  const showNote = (text) => {
    proof = null;
    setAttributes(copy, { disabled: true });
    sheet.removeAttribute("aria-busy");
    sheet.replaceChildren(element("p", { class: "lean-magic-faint lean-magic-proof-empty" }, text));
    showProgress();
  };

  const draw = () => {
    if (!proof) return;
    const hadFocus = sheet.contains(/** @type {Document | ShadowRoot} */ (pane.getRootNode()).activeElement);
    const drawing = proofDrawing(proof, (attempt) => store.select(attempt));
    linkProof(drawing);
    sheet.replaceChildren(drawing);
    if (!isZoomChosen) fitZoom(ZOOM.readable);
    setAttributes(copy, { disabled: false });
    showProgress();
    mark();
    const again = /** @type {HTMLElement | null} */ (drawing.querySelector("[aria-current]") ?? drawing.querySelector("button"));
    if (hadFocus) again?.focus({ preventScroll: true });
  };

  const update = async () => {
    if (signal.aborted || !store.loaded || !pane.checkVisibility()) return;
    const base = store.base;
    const isAtRoot = !base || base.parent === null;
    const isCode = store.hasProof && (isAtRoot || endsCode(store, base.id));
    const attempt = isAtRoot || isCode ? null : base.id;
    const wanted = attempt === null ? `code ${store.explorer}` : `${store.explorer} ${attempt} ${base?.status}`;
    if (wanted === asked) return mark();
    asked = wanted;
    asking?.abort();
    heading.textContent = isCode ? "Proof in the code" : "Proof";
    if (isAtRoot && !isCode) return showNote("No step yet. Run a tactic, or select an attempt: its proof is drawn here.");
    const waiting = (asking = new AbortController());
    sheet.setAttribute("aria-busy", "true");
    try {
      const answer = await store.request({ kind: "proof", attempt }, { signal: waiting.signal });
      proof = answer.proof;
      draw();
    } catch (error) {
      if (waiting.signal.aborted) return;
      showNote(`The proof can't be drawn: ${error instanceof Error ? error.message : error}`);
    }
    sheet.removeAttribute("aria-busy");
  };

  /** Mark the step of the selected attempt. */
  const mark = () => {
    const marked = sheet.querySelector("[aria-current]");
    const current = /** @type {HTMLElement | null} */ (sheet.querySelector(`button[data-attempt="${store.current}"]`));
    if (marked === current) return;
    marked?.removeAttribute("aria-current");
    current?.setAttribute("aria-current", "step");
    if (current) reveal(scroller, current);
  };

  scroller.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "+" || event.key === "=") chooseZoom(zoom * ZOOM.step);
    else if (event.key === "-") chooseZoom(zoom / ZOOM.step);
    else if (event.key === "0") chooseZoom(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  scroller.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      chooseZoom(zoom * ZOOM.step ** (event.deltaY < 0 ? 1 : -1));
    },
    { passive: false },
  );
  for (const event of ["changed", "selected"]) store.addEventListener(event, update, { signal });
  store.addEventListener(
    "connection",
    () => {
      // What could not be drawn without a kernel may be drawn now.
      if (!proof) asked = "";
      void update();
    },
    { signal },
  );
  // It may be behind a tab: what nobody sees is not asked for.
  const observer = new IntersectionObserver(() => void update());
  observer.observe(pane);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    asking?.abort();
  });
  return pane;
}

/**
 * Whether an attempt is the last one of those that were taken over from the code: the code itself tells more of that proof.
 * @param {Store} store
 * @param {number} id
 */
function endsCode(store, id) {
  const isTakenOver = (/** @type {Attempt | undefined} */ attempt) => attempt?.by === "proof";
  const children = store.children(id).map((child) => store.attempts.get(child));
  return store.path(id).slice(1).every(isTakenOver) && !children.some(isTakenOver);
}

/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} onclick
 */
function button(text, title, onclick) {
  return element(
    "button",
    { type: "button", class: "lean-magic-button", title, "aria-label": text.length > 1 ? null : title, onclick },
    text,
  );
}

/**
 * Scroll to a part, without scrolling the page.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} part
 */
function reveal(scroller, part) {
  const frame = scroller.getBoundingClientRect();
  const { left, right, top, bottom, width } = part.getBoundingClientRect();
  if (top < frame.top || bottom > frame.bottom) scroller.scrollTop += (top + bottom - frame.top - frame.bottom) / 2;
  if (width < frame.width && (left < frame.left || right > frame.right))
    scroller.scrollLeft += (left + right - frame.left - frame.right) / 2;
}
