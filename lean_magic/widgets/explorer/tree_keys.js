// The keyboard in the tree of attempts.

/** @import {Place} from "./tree_layout.js" */
/** @import {TreeView} from "./tree_pane.js" */

// Which way an arrow goes, by where children are drawn.
const ARROWS = {
  down: { ArrowUp: "parent", ArrowDown: "child", ArrowLeft: "previous", ArrowRight: "next" },
  right: { ArrowLeft: "parent", ArrowRight: "child", ArrowUp: "previous", ArrowDown: "next" },
};
const ZOOM = 1.25;

/** What the keys do, for people. */
export const KEYS = [
  "Arrows: parent, child, neighbours",
  "Home, End: the first, the last",
  "Enter: select",
  "Space: close or open a branch; *: open all",
  "F2: rename; M: mark; Delete: prune; Ctrl+Z: undo a prune",
  "+, −: zoom; 0: fit; Ctrl and the wheel: zoom; drag: move",
].join("\n");

/**
 * @param {TreeView} view
 * @param {KeyboardEvent} event
 */
export function treeKeys(view, event) {
  const place = view.focused;
  if (!place || event.altKey) return;
  const act = event.ctrlKey || event.metaKey ? event.key === "z" && (() => view.restore()) : actionOf(view, place, event.key);
  if (!act) return;
  event.preventDefault();
  act();
}

/**
 * @param {TreeView} view
 * @param {Place} place
 * @param {string} key
 * @returns {(() => void) | undefined}
 */
function actionOf(view, place, key) {
  const { places } = view.layout;
  const attempt = place.failed ? undefined : place.attempt;
  const way = /** @type {Record<string, string>} */ (ARROWS[view.shown.direction])[key];
  if (way) return () => move(view, place, way);
  switch (key) {
    case "Home":
      return () => view.focus(places[0]);
    case "End":
      return () => view.focus(places.at(-1));
    case "Enter":
      return () => (attempt ? view.store.select(attempt.id) : view.toggle(place));
    case " ":
      return () => view.toggle(place);
    case "*":
      return () => view.expandAll();
    case "Delete":
      return () => attempt && view.prune(attempt);
    case "F2":
      return () => attempt && view.rename(attempt);
    case "m":
    case "M":
      return () => attempt && view.mark(attempt);
    case "+":
    case "=":
      return () => view.viewport.zoom(ZOOM);
    case "-":
      return () => view.viewport.zoom(1 / ZOOM);
    case "0":
      return () => view.fit();
    default:
      return undefined;
  }
}

/**
 * @param {TreeView} view
 * @param {Place} place
 * @param {string} way
 */
function move(view, place, way) {
  if (way === "parent") return view.focus(place.parent ?? undefined);
  if (way === "child") {
    if (place.expanded === false) return view.toggle(place, true);
    return view.focus(place.children[0]);
  }
  // Neighbours are those of the same level: siblings, and beyond them cousins.
  const level = view.layout.places.filter((other) => other.level === place.level);
  view.focus(level[level.indexOf(place) + (way === "next" ? 1 : -1)]);
}
