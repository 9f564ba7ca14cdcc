// Where each attempt is drawn. No page is needed for it.

/** @import {Attempt} from "./types" */
import { hierarchy, tree } from "d3-hierarchy";
import { hasFailed } from "./words.js";

/** Size of a node, in pixels. */
export const WIDTH = 168;
export const HEIGHT = 42;

/** So many failed attempts of one parent are drawn as one node, until it is opened. */
export const FEW = 3;

const GAPS = { down: { siblings: 14, levels: 38 }, right: { siblings: 14, levels: 44 } };

/**
 * What one view shows of the tree.
 * @typedef {object} Shown
 * @property {Set<number>} collapsed attempts whose children are not drawn
 * @property {Set<number>} opened attempts whose failed children are drawn one by one
 * @property {boolean} hideFailed
 * @property {"down" | "right"} direction where children are
 */

/**
 * Where a node is drawn: an attempt, or several failed ones of one parent.
 * @typedef {object} Spot
 * @property {string} key the same for the same node at another time
 * @property {Attempt} attempt of a group: the parent
 * @property {number} failed how many failed attempts it stands for; 0: it is an attempt
 * @property {Spot | null} parent
 * @property {Spot[]} children those drawn
 * @property {number} level from 1
 * @property {number} position among its siblings, from 1
 * @property {number} siblings how many there are, with it
 * @property {boolean | null} expanded null: there is nothing below
 * @property {number} hidden how many attempts below are not drawn
 * @property {number} x of its middle
 * @property {number} y of its middle
 */

/**
 * @typedef {object} Layout
 * @property {Spot[]} spots depth first: parents before their children, siblings in their order
 * @property {Map<string, Spot>} byKey
 * @property {{ left: number, top: number, width: number, height: number }} bounds
 */

/**
 * @param {number} id
 * @returns {string} the key of an attempt's node
 */
export function keyOf(id) {
  return `attempt-${id}`;
}

/**
 * Lay out the tree.
 * @param {{ attempts: ReadonlyMap<number, Attempt>, children: (id: number) => number[], current: number }} attempts
 * @param {Shown} shown
 * @returns {Layout}
 */
export function layoutOf(attempts, shown) {
  const root = attempts.attempts.get(0);
  if (!root) return { spots: [], byKey: new Map(), bounds: { left: 0, top: 0, width: 0, height: 0 } };
  const gaps = GAPS[shown.direction];
  const down = shown.direction === "down";
  const across = (down ? WIDTH : HEIGHT) + gaps.siblings;
  const along = (down ? HEIGHT : WIDTH) + gaps.levels;
  const drawn = tree()
    .nodeSize([across, along])
    .separation((a, b) => (a.parent === b.parent ? 1 : 1.2))(
    hierarchy(/** @type {any} */ (spot(root, 0)), (node) => childrenOf(node, attempts, shown)),
  );

  /** @type {Layout} */
  const layout = { spots: [], byKey: new Map(), bounds: { left: 0, top: 0, width: 0, height: 0 } };
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  drawn.eachBefore((/** @type {any} */ node) => {
    /** @type {Spot} */
    const at = node.data;
    at.parent = node.parent?.data ?? null;
    at.children = node.children?.map((/** @type {any} */ child) => child.data) ?? [];
    at.level = node.depth + 1;
    at.siblings = at.parent?.children.length ?? 1;
    at.position = at.parent ? at.parent.children.indexOf(at) + 1 : 1;
    [at.x, at.y] = down ? [node.x, node.y] : [node.y, node.x];
    [left, right] = [Math.min(left, at.x), Math.max(right, at.x)];
    [top, bottom] = [Math.min(top, at.y), Math.max(bottom, at.y)];
    layout.spots.push(at);
    layout.byKey.set(at.key, at);
  });
  layout.bounds = { left: left - WIDTH / 2, top: top - HEIGHT / 2, width: right - left + WIDTH, height: bottom - top + HEIGHT };
  return layout;
}

/**
 * @param {Attempt} attempt
 * @param {number} failed
 * @returns {Spot}
 */
function spot(attempt, failed) {
  const key = failed ? `failed-${attempt.id}` : keyOf(attempt.id);
  return { key, attempt, failed, parent: null, children: [], level: 1, position: 1, siblings: 1, expanded: null, hidden: 0, x: 0, y: 0 };
}

/**
 * @param {Spot} node
 * @param {Parameters<typeof layoutOf>[0]} attempts
 * @param {Shown} shown
 * @returns {Spot[] | null}
 */
function childrenOf(node, attempts, shown) {
  const { collapsed, opened, hideFailed } = shown;
  const id = node.attempt.id;
  const all = attempts.children(id).map((child) => /** @type {Attempt} */ (attempts.attempts.get(child)));
  const failed = all.filter((child) => hasFailed(child.status));
  if (node.failed) {
    node.expanded = opened.has(id) || failed.some((child) => child.id === attempts.current);
    if (!node.expanded) node.hidden = node.failed;
    return node.expanded ? failed.map((child) => spot(child, 0)) : null;
  }
  const visible = hideFailed ? all.filter((child) => !hasFailed(child.status) || child.id === attempts.current) : all;
  if (visible.length === 0) return null;
  node.expanded = !collapsed.has(id);
  if (!node.expanded) {
    node.hidden = countBelow(id, attempts);
    return null;
  }
  if (hideFailed || failed.length < FEW) return visible.map((child) => spot(child, 0));
  const others = all.filter((child) => !hasFailed(child.status)).map((child) => spot(child, 0));
  return [...others, spot(node.attempt, failed.length)];
}

/**
 * @param {number} id
 * @param {Parameters<typeof layoutOf>[0]} attempts
 * @returns {number}
 */
function countBelow(id, attempts) {
  let count = 0;
  const todo = [id];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const children = attempts.children(at);
    count += children.length;
    todo.push(...children);
  }
  return count;
}
