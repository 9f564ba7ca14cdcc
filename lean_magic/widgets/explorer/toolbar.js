// What can be done with the tree, as buttons.

/** @import {Store} from "./store.js" */
/** @import {TreeView} from "./tree_pane.js" */
import { element, setAttributes } from "./dom.js";
import { roving } from "./roving.js";
import { KEYS } from "./tree_keys.js";

/**
 * The buttons over the tree; those for an attempt are for the selected one.
 * @param {Store} store
 * @param {{ signal: AbortSignal, view: TreeView }} options
 * @returns {HTMLElement[]} the buttons, and what the keys do, which one of them shows
 */
export function toolbar(store, { signal, view }) {
  const mark = button("★", "Mark the selected attempt (M)", () => view.mark());
  const rename = button("Rename", "Rename the selected attempt (F2)", () => view.rename());
  const prune = button("Prune", "Prune the selected attempt, with all below it (Delete)", () => view.prune());
  const restore = button("Undo", "Undo prune: bring back what was pruned last (Ctrl+Z)", () => view.restore());
  const failed = button("Hide failed", "Hide failed attempts", () => view.hideFailed(!view.shown.hideFailed));
  const turn = button("", "", () => view.turn(view.shown.direction === "down" ? "right" : "down"));
  const smaller = button("−", "Zoom out (−)", () => view.viewport.zoom(0.8));
  const larger = button("+", "Zoom in (+)", () => view.viewport.zoom(1.25));
  const fit = button("Fit", "Fit the whole tree in (0)", () => view.fit());
  const scale = element("span", { class: "lean-magic-scale" });
  const keys = element("pre", { class: "lean-magic-keys", hidden: true }, KEYS);
  const help = button("?", "Keys", () => {
    keys.hidden = !keys.hidden;
    setAttributes(help, { "aria-expanded": String(!keys.hidden) });
  });
  setAttributes(help, { "aria-expanded": "false" });

  const bar = element(
    "div",
    { class: "lean-magic-toolbar", role: "toolbar", "aria-label": "Tree of attempts" },
    group(mark, rename, prune, restore),
    group(failed, turn),
    group(smaller, scale, larger, fit, help),
  );
  roving(bar, [mark, rename, prune, restore, failed, turn, smaller, larger, fit, help], { signal });

  function update() {
    const attempt = store.selected;
    const offline = !store.connected || !attempt;
    setAttributes(mark, { "aria-pressed": String(attempt?.marked ?? false), "aria-disabled": offline && "true" });
    setAttributes(rename, { "aria-disabled": offline && "true" });
    setAttributes(prune, { "aria-disabled": (offline || attempt.parent === null) && "true" });
    setAttributes(restore, { "aria-disabled": (offline || !store.canRestore) && "true" });
    setAttributes(failed, { "aria-pressed": String(view.shown.hideFailed) });
    const sideways = view.shown.direction === "right";
    turn.textContent = sideways ? "↓" : "→";
    setAttributes(turn, label(sideways ? "Draw the tree from top to bottom" : "Draw the tree from left to right"));
    scale.textContent = `${Math.round(view.viewport.scale * 100)} %`;
  }
  for (const type of ["changed", "selected", "connection"]) store.addEventListener(type, update, { signal });
  view.addEventListener("viewed", update, { signal });
  update();
  return [bar, keys];
}

/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} act
 */
function button(text, title, act) {
  // One that can do nothing keeps its place, and the focus.
  const onclick = () => made.getAttribute("aria-disabled") !== "true" && act();
  const made = element("button", { type: "button", class: "lean-magic-button", ...label(title), onclick }, text);
  return made;
}

/** @param {string} title */
function label(title) {
  return { title, "aria-label": title };
}

/** @param {...HTMLElement} children */
function group(...children) {
  return element("span", { class: "lean-magic-buttons" }, ...children);
}
