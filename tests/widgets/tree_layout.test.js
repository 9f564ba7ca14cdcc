import { expect, test } from "vitest";

import { HEIGHT, WIDTH, layoutOf } from "../../lean_magic/widgets/explorer/tree_layout.js";
import { attempt, largeTree, smallTree } from "./kernel.js";

/** @import {Attempt} from "../../lean_magic/widgets/explorer/types" */
/** @import {Spot, Shown} from "../../lean_magic/widgets/explorer/tree_layout.js" */

/**
 * @param {Attempt[]} attempts
 * @param {Partial<Shown>} [shown]
 * @param {number} [current]
 */
function layout(attempts, shown = {}, current = 0) {
  const children = (/** @type {number} */ id) => attempts.filter((one) => one.parent === id).map((one) => one.id);
  return layoutOf(
    { attempts: new Map(attempts.map((one) => [one.id, one])), children, current },
    { collapsed: new Set(), opened: new Set(), hideFailed: false, direction: "down", ...shown },
  );
}

/** @param {Spot[]} spots */
const keys = (spots) => spots.map((spot) => spot.key.replace("attempt-", ""));

/**
 * The small tree with so many failed attempts below attempt 3.
 * @param {number} count
 */
function withFailed(count) {
  return [...smallTree(), ...Array.from({ length: count }, (_, index) => attempt({ id: 10 + index, parent: 3, status: index ? "failed" : "timeout" }))];
}

test("without attempts there is nothing to draw", () => {
  expect(layout([]).spots).toEqual([]);
});

test("nodes are depth first, siblings in the order they were added", () => {
  const { spots, byKey } = layout(smallTree());
  expect(keys(spots)).toEqual(["0", "1", "3", "4", "5", "2"]);
  expect(byKey.get("attempt-5")).toMatchObject({ level: 3, position: 2, siblings: 2, expanded: null });
  expect(byKey.get("attempt-1")).toMatchObject({ level: 2, position: 1, siblings: 2, expanded: true });
});

test.each(/** @type {const} */ (["down", "right"]))("nothing overlaps, and children are %s", (direction) => {
  const { spots, bounds } = layout(largeTree(300), { direction });
  for (const [index, one] of spots.entries()) {
    for (const other of spots.slice(index + 1)) {
      expect(Math.abs(one.x - other.x) >= WIDTH || Math.abs(one.y - other.y) >= HEIGHT).toBe(true);
    }
    if (one.parent) expect(direction === "down" ? one.y - one.parent.y : one.x - one.parent.x).toBeGreaterThan(direction === "down" ? HEIGHT : WIDTH);
    expect(one.x - WIDTH / 2).toBeGreaterThanOrEqual(bounds.left);
    expect(one.y + HEIGHT / 2).toBeLessThanOrEqual(bounds.top + bounds.height);
  }
});

test("a closed branch says how much it hides", () => {
  const { spots, byKey } = layout(smallTree(), { collapsed: new Set([1]) });
  expect(keys(spots)).toEqual(["0", "1", "2"]);
  expect(byKey.get("attempt-1")).toMatchObject({ expanded: false, hidden: 3 });
});

test("many failed attempts of one parent are one node, behind its others", () => {
  expect(keys(layout(withFailed(2)).spots)).toEqual(["0", "1", "3", "4", "10", "11", "5", "2"]);
  const { spots, byKey } = layout(withFailed(3));
  expect(keys(spots)).toEqual(["0", "1", "3", "4", "failed-3", "5", "2"]);
  expect(byKey.get("failed-3")).toMatchObject({ failed: 3, expanded: false, hidden: 3, level: 4 });
});

test("failed attempts are seen one by one when they are asked for, or one is selected", () => {
  const opened = ["0", "1", "3", "4", "failed-3", "10", "11", "12", "5", "2"];
  expect(keys(layout(withFailed(3), { opened: new Set([3]) }).spots)).toEqual(opened);
  expect(keys(layout(withFailed(3), {}, 11).spots)).toEqual(opened);
});

test("failed attempts can be left out, but for the selected one", () => {
  expect(keys(layout(withFailed(3), { hideFailed: true }).spots)).toEqual(["0", "1", "3", "4", "5"]);
  expect(keys(layout(withFailed(3), { hideFailed: true }, 2).spots)).toEqual(["0", "1", "3", "4", "5", "2"]);
});
