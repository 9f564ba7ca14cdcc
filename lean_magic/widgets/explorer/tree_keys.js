// The keyboard in the tree of attempts.

/** @import {Spot} from "./tree_layout.js" */
/** @import {TreeView} from "./tree_pane.js" */

// Which way an arrow goes, by where children are drawn.
const ARROWS = {
  down: { ArrowUp: "parent", ArrowDown: "child", ArrowLeft: "previous", ArrowRight: "next" },
  right: { ArrowLeft: "parent", ArrowRight: "child", ArrowUp: "previous", ArrowDown: "next" },
};
const ZOOM = 1.25;
const GOES_ON = 1000; // ms: a letter that comes later begins another word

/**
 * What was typed last in each view to get to an attempt.
 * @type {WeakMap<TreeView, { word: string, at: number }>}
 */
const typed = new WeakMap();

/** What the keys do, for people. */
export const KEYS = [
  "Arrows: parent, child, neighbours",
  "Home, End: the first, the last; letters: the next that begins so",
  "Enter: select",
  "Space: close or open a branch; *: open all",
  "F2: rename; M: mark; Delete: prune; Ctrl+Z: undo a prune",
  "+, −: zoom; 0: fit; Ctrl and the wheel: zoom; drag: move",
  "Writing tactics: Enter: run; Shift+Enter: a new line; Tab, Ctrl+Space: complete; \\to: →, \\alpha: α; Up, Down: earlier ones; \
Ctrl+R: search them; Escape: cancel what runs; Escape, then Tab: leave the field",
  "In goals: a click, Enter or Alt+T: the type of a name, a symbol, or what is selected",
].join("\n");

/**
 * @param {TreeView} view
 * @param {KeyboardEvent} event
 */
export function treeKeys(view, event) {
  const spot = view.focused;
  if (!spot || event.altKey) return;
  const act = event.ctrlKey || event.metaKey ? event.key === "z" && (() => view.restore()) : search(view, spot, event) ?? actionOf(view, spot, event.key);
  if (!act) return;
  event.preventDefault();
  act();
}

/**
 * Go on with a word, or begin one: what leads to the next attempt whose tactic or name begins so, if there is one. No word
 * begins with a key that does something else.
 * @param {TreeView} view
 * @param {Spot} spot
 * @param {KeyboardEvent} event
 * @returns {(() => void) | undefined}
 */
function search(view, spot, { key, timeStamp }) {
  const last = typed.get(view);
  const begun = last && timeStamp - last.at < GOES_ON ? last.word : "";
  if ([...key].length > 1 || (!begun && actionOf(view, spot, key))) return undefined;
  const letter = key.toLowerCase();
  const word = begun === letter ? letter : begun + letter; // the same letter again: the next one
  const { spots } = view.layout;
  const from = spots.indexOf(spot) + (word === letter ? 1 : 0);
  const found = [...spots.slice(from), ...spots.slice(0, from)].find(
    ({ attempt, failed }) => !failed && [attempt.name, attempt.tactic].some((text) => text?.toLowerCase().startsWith(word)),
  );
  return found && (() => {
    typed.set(view, { word, at: timeStamp });
    view.focus(found);
  });
}

/**
 * @param {TreeView} view
 * @param {Spot} spot
 * @param {string} key
 * @returns {(() => void) | undefined}
 */
function actionOf(view, spot, key) {
  const { spots } = view.layout;
  const attempt = spot.failed ? undefined : spot.attempt;
  const way = /** @type {Record<string, string>} */ (ARROWS[view.shown.direction])[key];
  if (way) return () => move(view, spot, way);
  switch (key) {
    case "Home":
      return () => view.focus(spots[0]);
    case "End":
      return () => view.focus(spots.at(-1));
    case "Enter":
      return () => (attempt ? view.store.select(attempt.id) : view.toggle(spot));
    case " ":
      return () => view.toggle(spot);
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
 * @param {Spot} spot
 * @param {string} way
 */
function move(view, spot, way) {
  if (way === "parent") return view.focus(spot.parent ?? undefined);
  if (way === "child") {
    if (spot.expanded === false) return view.toggle(spot, true);
    return view.focus(spot.children[0]);
  }
  // Neighbours are those of the same level: siblings, and beyond them cousins.
  const level = view.layout.spots.filter((other) => other.level === spot.level);
  view.focus(level[level.indexOf(spot) + (way === "next" ? 1 : -1)]);
}
