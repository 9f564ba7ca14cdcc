// The panes of one view, and where they are.

/** @import {PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
import { connectionPane } from "./connection.js";
import { element, focusField } from "./dom.js";
import { Notebook, saveByKey } from "./notebook.js";
import { proofPane } from "./proof_pane.js";
import { scriptPane } from "./script_pane.js";
import { statePane } from "./state_pane.js";
import { suggestionsPane } from "./suggestions_pane.js";
import { tabs } from "./tabs.js";
import { tacticInput } from "./tactic_input.js";
import { treePane } from "./tree_pane.js";
import { hasFailed } from "./words.js";

/**
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function explorerView(store, { signal }) {
  const options = { signal };
  const drawings = tabs(
    "Drawings of the proof",
    [
      { name: "Attempts", make: () => treePane(store, options) },
      { name: "Proof", make: () => proofPane(store, options) },
    ],
    options,
  );
  const view = element(
    "div",
    // JupyterLab's own mark for what its shortcuts leave alone.
    { class: "lean-magic-explorer", "data-lm-suppress-shortcuts": "true", role: "group", "aria-label": "Tactic explorer" },
    header(store, options),
    connectionPane(store, options),
    problem(store, options),
    element("div", { class: "lean-magic-body" }, drawings, element("div", { class: "lean-magic-right" }, statePane(store, options))),
    tacticInput(store, options),
    suggestionsPane(store, options),
    scriptPane(store, options),
  );
  view.addEventListener("keydown", (event) => saveByKey(store.model, view, event), { signal });
  // Who has just asked for it by a button wants to write a tactic.
  requestAnimationFrame(() => {
    if (navigator.userActivation?.isActive && Notebook.around(store.model, view)?.isOfButton) focusField(view);
  });
  // A key pressed here is not the notebook's.
  for (const type of ["keydown", "keypress", "keyup"]) view.addEventListener(type, (event) => event.stopPropagation(), { signal });
  return view;
}

/**
 * What is proved, and how far it is.
 * @param {Store} store
 * @param {PaneOptions} options
 */
function header(store, { signal }) {
  const title = element("span", { class: "lean-magic-title" });
  const count = element("span", { class: "lean-magic-count" });
  const finished = element("span", { class: "lean-magic-finished", role: "status" });
  function update() {
    const failed = [...store.attempts.values()].filter((attempt) => hasFailed(attempt.status)).length;
    const attempts = Math.max(0, store.attempts.size - 1);
    title.textContent = store.title;
    count.textContent = `${attempts === 1 ? "1 attempt" : `${attempts} attempts`}${failed ? `, ${failed} failed` : ""}`;
    // Said once by a screen reader: only when it changes.
    const text = store.attempts.get(store.best)?.status === "finished" ? "✓ Proof finished" : "";
    if (finished.textContent !== text) finished.textContent = text;
  }
  store.addEventListener("changed", update, { signal });
  update();
  return element("div", { class: "lean-magic-header" }, title, count, finished);
}

/**
 * What did not work, until something changes.
 * @param {Store} store
 * @param {PaneOptions} options
 */
function problem(store, { signal }) {
  const line = element("div", { class: "lean-magic-problem", role: "status" });
  store.addEventListener("problem", (event) => (line.textContent = /** @type {CustomEvent} */ (event).detail.text), { signal });
  for (const type of ["changed", "selected"]) store.addEventListener(type, () => (line.textContent = ""), { signal });
  return line;
}
