import { afterEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";

import "../../lean_magic/widgets/explorer/explorer.css";
import { element } from "../../lean_magic/widgets/explorer/dom.js";
import { treePane } from "../../lean_magic/widgets/explorer/tree_pane.js";
import { Kernel, attempt, frame, largeTree, openStore, smallTree } from "./kernel.js";

/** @import {Attempt} from "../../lean_magic/widgets/explorer/types" */

afterEach(() => document.body.replaceChildren());

/**
 * The pane as it is in a page.
 * @param {Attempt[]} [attempts]
 */
async function openPane(attempts = smallTree()) {
  const opened = await openStore(new Kernel(attempts));
  const pane = treePane(opened.store, { signal: opened.signal });
  document.body.append(element("div", { class: "lean-magic-explorer", style: "display: grid; width: 600px; height: 420px" }, pane));
  await frame();
  const tree = /** @type {SVGElement} */ (pane.querySelector("[role=tree]"));
  return { ...opened, pane, tree, items: () => /** @type {SVGGElement[]} */ ([...tree.querySelectorAll("[role=treeitem]")]) };
}

/** @param {Element} item */
const name = (item) => item.querySelector(":scope > title")?.textContent;

/** @param {SVGElement} tree */
const labels = (tree) => [...tree.querySelectorAll("[role=treeitem]")].map(name);

/**
 * @param {Element} tree
 * @param {number | string} id
 */
function node(tree, id) {
  const found = tree.querySelector(`[data-key="${typeof id === "number" ? `attempt-${id}` : id}"]`);
  if (!found) throw new Error(`no node ${id}`);
  return /** @type {SVGGElement} */ (found);
}

const focused = () => document.activeElement?.getAttribute("data-key");

test("a screen reader hears tactic, outcome, time and level of each attempt", async () => {
  const { tree } = await openPane();
  expect(labels(tree)).toEqual([
    "theorem swap, 1 goal left",
    "constructor, 2 goals left, 12 ms",
    "exact hp, on goal 1, 1 goal left, 12 ms",
    "exact hq, finished, 3 ms",
    "omega, on goal 1, running",
    "simp, failed, 12 ms, simp made no progress",
  ]);
  expect(node(tree, 3).getAttribute("aria-level")).toBe("3");
  expect(node(tree, 5).getAttribute("aria-posinset")).toBe("2");
  expect(node(tree, 1).getAttribute("aria-expanded")).toBe("true");
  expect(node(tree, 5).hasAttribute("aria-expanded")).toBe(false);
});

test("status is told by word and shape, and the finished proof by its way", async () => {
  const { tree } = await openPane();
  expect(node(tree, 4).textContent).toContain("finished");
  const shapes = [1, 2, 4, 5].map((id) => `${node(tree, id).querySelector("rect")?.getAttribute("rx")} ${node(tree, id).querySelector("path")?.getAttribute("d")}`);
  expect(new Set(shapes).size).toBe(4);
  const onPath = [...tree.querySelectorAll(".lean-magic-node.lean-magic-on-path")].map((item) => item.getAttribute("data-key"));
  expect(onPath).toEqual(["attempt-0", "attempt-1", "attempt-3", "attempt-4"]);
});

test("a name, a mark and the goal are drawn when they are there, and go", async () => {
  const { tree, kernel } = await openPane();
  const third = { .../** @type {Attempt} */ (smallTree()[3]), name: "left", marked: true, place: 1 };
  kernel.change([third]);
  await frame();
  expect(labels(tree)).toContain("exact hp, on goal 2, 1 goal left, 12 ms, named left, marked");
  expect(node(tree, 3).querySelectorAll(".lean-magic-name, .lean-magic-star, .lean-magic-on-goal")).toHaveLength(3);
  kernel.change([{ ...third, name: null, marked: false, place: 0 }]);
  await frame();
  expect(node(tree, 3).querySelectorAll(".lean-magic-name, .lean-magic-star, .lean-magic-on-goal")).toHaveLength(0);
});

test("a long tactic is cut, and whole in name and tooltip, with the error", async () => {
  const tactic = "rw [Nat.add_comm, Nat.mul_comm,\n  Nat.add_assoc]";
  const { tree } = await openPane([attempt({ id: 0 }), attempt({ id: 1, tactic, status: "failed", error: "no match" })]);
  const item = node(tree, 1);
  expect(item.querySelector(".lean-magic-tactic")?.textContent).toBe("rw [Nat.add_comm, N…");
  expect(name(item)).toBe(`${tactic}, failed, 12 ms, no match`);
});

test("a click selects", async () => {
  const { tree, store, kernel } = await openPane();
  await userEvent.click(node(tree, 3));
  await frame();
  expect(store.current).toBe(3);
  expect(kernel.sentOf("select")).toHaveLength(1);
  expect(tree.querySelectorAll('[aria-selected="true"]')).toHaveLength(1);
  expect(node(tree, 3).getAttribute("aria-selected")).toBe("true");
  expect(node(tree, 3).tabIndex).toBe(0);
});

test("nodes that stay keep their elements, in the order of the tree", async () => {
  const { tree, items, kernel } = await openPane();
  const before = new Map(items().map((item) => [item.getAttribute("data-key"), item]));
  kernel.change([attempt({ id: 6, parent: 3 }), attempt({ id: 7, parent: 0 })], [5]);
  await frame();
  expect(items().map((item) => item.getAttribute("data-key"))).toEqual([0, 1, 3, 4, 6, 2, 7].map((id) => `attempt-${id}`));
  for (const item of items()) {
    const key = item.getAttribute("data-key");
    if (before.has(key)) expect(before.get(key)).toBe(item);
  }
  const edges = [...tree.querySelectorAll(".lean-magic-edges")].map((edge) => edge.getAttribute("d")?.match(/M/g)?.length);
  expect(edges).toEqual([3, 3]); // to 6, 2 and 7; on the way to the finished proof
});

test("what has the focus stays where it is when others come", async () => {
  const { tree, kernel } = await openPane();
  await userEvent.click(node(tree, 1));
  const before = node(tree, 1).getBoundingClientRect();
  kernel.change(Array.from({ length: 9 }, (_, index) => attempt({ id: 20 + index, parent: 0 })));
  await frame();
  const after = node(tree, 1).getBoundingClientRect();
  expect(after.left).toBeCloseTo(before.left);
  expect(after.top).toBeCloseTo(before.top);
  expect(focused()).toBe("attempt-1");
});

test("arrows go to parent, child and neighbours, beyond siblings too; Home and End to the ends", async () => {
  const { tree, store } = await openPane();
  node(tree, 0).focus();
  const steps = [
    ["{ArrowUp}", "attempt-0"],
    ["{ArrowDown}", "attempt-1"],
    ["{ArrowRight}", "attempt-2"],
    ["{ArrowRight}", "attempt-2"],
    ["{ArrowLeft}", "attempt-1"],
    ["{ArrowDown}", "attempt-3"],
    ["{ArrowUp}", "attempt-1"],
    ["{End}", "attempt-2"],
    ["{Home}", "attempt-0"],
  ];
  for (const [key, expected] of /** @type {[string, string][]} */ (steps)) {
    await userEvent.keyboard(key);
    expect(focused()).toBe(expected);
  }
  expect(store.current).toBe(0);
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(store.current).toBe(1);
});

test("letters go to the next attempt whose tactic or name begins so, unless they do something else", async () => {
  const { tree, kernel } = await openPane();
  kernel.change([{ .../** @type {Attempt} */ (smallTree()[5]), name: "Last" }]);
  await frame();
  let now = 0;
  /** @param {string} keys @param {number} [pause] */
  const type = (keys, pause = 5000) => {
    now += pause;
    for (const key of keys) {
      const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
      Object.defineProperty(event, "timeStamp", { value: (now += 10) });
      document.activeElement?.dispatchEvent(event);
    }
    return focused();
  };
  node(tree, 0).focus();
  expect(type("s")).toBe("attempt-2"); // simp
  expect(type("e")).toBe("attempt-3"); // exact hp
  expect(type("exact hq")).toBe("attempt-4");
  expect(type("e")).toBe("attempt-3"); // the next one, from the beginning again
  expect(type("ee")).toBe("attempt-3");
  expect(type("zz")).toBe("attempt-3");
  expect(type("om")).toBe("attempt-5"); // omega, and not marked
  expect(kernel.sentOf("mark")).toEqual([]);
  expect(type("sl")).toBe("attempt-2"); // nothing begins with both
  expect(type("l")).toBe("attempt-5"); // by its name
  expect(type("c")).toBe("attempt-1"); // constructor
  expect(type(" ")).toBe("attempt-1");
  expect(node(tree, 1).getAttribute("aria-expanded")).toBe("false");
});

test("Tab comes to one node only: the selected one, or that where the focus was", async () => {
  const { tree, items, store } = await openPane();
  store.select(3);
  await frame();
  expect(items().filter((item) => item.tabIndex === 0)).toEqual([node(tree, 3)]);
  node(tree, 3).focus();
  await userEvent.keyboard("{ArrowUp}");
  expect(items().filter((item) => item.tabIndex === 0)).toEqual([node(tree, 1)]);
});

test("a branch is closed and opened, by Space, by click and by going into it", async () => {
  const { tree, items } = await openPane();
  node(tree, 1).focus();
  await userEvent.keyboard(" ");
  expect(items()).toHaveLength(3);
  expect(node(tree, 1).getAttribute("aria-expanded")).toBe("false");
  expect(name(node(tree, 1))).toContain("3 attempts below not shown");
  await userEvent.keyboard("{ArrowDown}");
  expect(items()).toHaveLength(6);
  expect(focused()).toBe("attempt-1");
  await userEvent.click(/** @type {Element} */ (node(tree, 1).querySelector(".lean-magic-toggle")));
  expect(items()).toHaveLength(3);
  await userEvent.keyboard("*");
  expect(items()).toHaveLength(6);
});

test("what is selected elsewhere is seen, even in a closed branch", async () => {
  const { tree, kernel } = await openPane();
  node(tree, 1).focus();
  await userEvent.keyboard(" ");
  kernel.current = 4;
  kernel.change([]);
  await frame();
  expect(node(tree, 4).getAttribute("aria-selected")).toBe("true");
});

test("several failed attempts are one node, which a click opens", async () => {
  const failed = [2, 3, 4].map((id) => attempt({ id, status: "failed", goals: 0 }));
  const { tree, store } = await openPane([attempt({ id: 0 }), attempt({ id: 1 }), ...failed]);
  expect(labels(tree)).toEqual(["theorem swap, 1 goal left", "simp, 1 goal left, 12 ms", "3 failed attempts"]);
  await userEvent.click(node(tree, "failed-0"));
  expect(labels(tree).slice(2)).toEqual(["3 failed attempts", ...failed.map(() => "simp, failed, 12 ms")]);
  expect(store.current).toBe(0);
});

test("Delete prunes and Ctrl+Z brings back; the focus goes to the parent", async () => {
  const { tree, kernel, items, store } = await openPane();
  node(tree, 3).focus();
  await userEvent.keyboard("{Delete}");
  await frame();
  expect(kernel.sentOf("prune")).toEqual([{ kind: "prune", attempt: 3 }]);
  expect(items()).toHaveLength(4);
  expect(focused()).toBe("attempt-1");
  await userEvent.keyboard("{Control>}z{/Control}");
  await frame();
  expect(items()).toHaveLength(6);
  await frame();
  expect(store.current).toBe(3); // what is back is looked at
  await userEvent.keyboard("{Home}{Delete}");
  expect(kernel.sentOf("prune")).toHaveLength(1); // the root stays
});

test("M marks and takes the mark away", async () => {
  const { tree, kernel } = await openPane();
  node(tree, 1).focus();
  await userEvent.keyboard("m");
  await frame();
  await userEvent.keyboard("m");
  expect(kernel.sentOf("mark").map((message) => message.marked)).toEqual([true, false]);
});

test("F2 renames in place: Enter keeps, Escape does not, nothing is no name", async () => {
  const { tree, kernel, pane } = await openPane();
  node(tree, 1).focus();
  await userEvent.keyboard("{F2}split{Enter}");
  await frame();
  expect(focused()).toBe("attempt-1");
  expect(name(node(tree, 1))).toContain("named split");
  await userEvent.keyboard("{F2}other{Escape}");
  expect(pane.querySelector("input")).toBeNull();
  expect(focused()).toBe("attempt-1");
  await userEvent.keyboard("{F2}{Backspace}{Enter}");
  expect(kernel.sentOf("rename").map((message) => message.name)).toEqual(["split", null]);
});

test("two clicks rename, but not on what closes a branch", async () => {
  const { tree, pane } = await openPane();
  await userEvent.dblClick(/** @type {Element} */ (node(tree, 1).querySelector(".lean-magic-toggle")));
  expect(pane.querySelector("input")).toBeNull();
  await userEvent.dblClick(/** @type {Element} */ (node(tree, 1).querySelector(".lean-magic-tactic")));
  expect(pane.querySelector("input")?.matches(":focus")).toBe(true);
});

test("zoom by keys and wheel, fit by 0, pan by dragging, which selects nothing", async () => {
  const { tree, store } = await openPane(largeTree(40));
  const content = /** @type {SVGGElement} */ (tree.firstElementChild);
  const scale = () => Number(/scale\((.*)\)/.exec(content.getAttribute("transform") ?? "")?.[1]);
  node(tree, 0).focus();
  const first = scale();
  await userEvent.keyboard("+");
  expect(scale()).toBeGreaterThan(first);
  await userEvent.keyboard("-");
  expect(scale()).toBeCloseTo(first);
  tree.dispatchEvent(new WheelEvent("wheel", { deltaY: -100, ctrlKey: true, cancelable: true, bubbles: true }));
  expect(scale()).toBeGreaterThan(first);
  const scroll = new WheelEvent("wheel", { deltaY: -100, cancelable: true, bubbles: true });
  tree.dispatchEvent(scroll);
  expect(scroll.defaultPrevented).toBe(false);

  const before = node(tree, 0).getBoundingClientRect();
  const options = { sourcePosition: { x: 20, y: 20 }, targetPosition: { x: 80, y: 60 } };
  await userEvent.dragAndDrop(tree, tree, options);
  expect(node(tree, 0).getBoundingClientRect().left - before.left).toBeCloseTo(60, 0);
  expect(store.current).toBe(0);

  await userEvent.keyboard("0");
  const canvas = tree.getBoundingClientRect();
  for (const item of tree.querySelectorAll(".lean-magic-box")) {
    const box = item.getBoundingClientRect();
    expect(box.left >= canvas.left && box.right <= canvas.right && box.top >= canvas.top && box.bottom <= canvas.bottom).toBe(true);
  }
});

/**
 * Whether nodes are seen whole.
 * @param {SVGElement} tree
 * @param {(number | string)[]} ids
 */
const seen = (tree, ...ids) => {
  const canvas = tree.getBoundingClientRect();
  return ids.map((id) => {
    const box = /** @type {Element} */ (node(tree, id).querySelector(".lean-magic-box") ?? node(tree, id)).getBoundingClientRect();
    return box.width > 0 && box.left >= canvas.left && box.right <= canvas.right && box.top >= canvas.top && box.bottom <= canvas.bottom;
  });
};
const select = async (/** @type {Kernel} */ kernel, /** @type {Attempt} */ one) => {
  kernel.current = one.id;
  kernel.change([one]);
  await frame();
};
const failure = (/** @type {number} */ id) => attempt({ id, status: "failed", goals: 0 });

test("a tree for which there is room is seen whole, also when failures are folded", async () => {
  const { tree, kernel, pane } = await openPane([attempt({ id: 0 })]);
  /** @type {HTMLElement} */ (pane.parentElement).style.height = "240px";
  await frame();
  for (const id of [1, 2, 3, 4, 5, 6, 7, 8, 9]) await select(kernel, failure(id));
  expect(seen(tree, 9)).toEqual([true]);
  await select(kernel, attempt({ id: 10 }));
  expect(seen(tree, 0, 10, "failed-0")).toEqual([true, true, true]);
});

test("of a larger tree, the selected node is seen with its parent", async () => {
  const { tree, kernel } = await openPane([attempt({ id: 0 })]);
  for (const id of [1, 2, 3, 4, 5, 6, 7, 8]) {
    await select(kernel, attempt({ id, parent: id - 1 }));
    expect(seen(tree, id - 1, id)).toEqual([true, true]);
  }
  await select(kernel, attempt({ id: 1 }));
  expect(seen(tree, 0, 1)).toEqual([true, true]);
  kernel.change([], [3]);
  await frame();
  expect(seen(tree, 0, 1, 2)).toEqual([true, true, true]);
});

test("the tree is in sight after it was closed, zoomed, freed of failures, or has less room", async () => {
  const chain = [attempt({ id: 0 }), ...[1, 2, 3, 4, 5, 6, 7].map((id) => attempt({ id, parent: id - 1 }))];
  const { tree, pane, kernel, store } = await openPane([...chain, failure(8), failure(9)]);
  const box = /** @type {HTMLElement} */ (pane.parentElement);
  const click = (/** @type {string} */ label) => userEvent.click(/** @type {Element} */ (pane.querySelector(`[aria-label^="${label}"]`)));
  node(tree, 0).focus();
  await userEvent.keyboard("{End}{Home}");
  await userEvent.keyboard(" ");
  expect(seen(tree, 0)).toEqual([true]);
  for (const _ of [1, 2, 3]) await click("Zoom in");
  expect(seen(tree, 0)).toEqual([true]);
  await userEvent.keyboard("*0");
  for (const _ of [1, 2, 3, 4, 5]) await click("Zoom in");
  store.select(6);
  await frame();
  expect(seen(tree, 5, 6)).toEqual([true, true]);
  box.style.width = "420px";
  box.style.height = "260px";
  await frame();
  expect(seen(tree, 6)).toEqual([true]);
  await select(kernel, failure(9));
  await select(kernel, attempt({ id: 1 }));
  await click("Hide failed");
  expect(seen(tree, 1)).toEqual([true]);
});

test("of a large tree only what is near is drawn, from far away only boxes; every attempt can be reached", async () => {
  const { tree, items } = await openPane(largeTree(300));
  const drawn = (/** @type {string} */ part) => tree.querySelectorAll(part).length;
  expect(items()).toHaveLength(300);
  expect(drawn(".lean-magic-tactic")).toBeGreaterThan(3);
  expect(drawn(".lean-magic-tactic")).toBeLessThan(100);
  node(tree, 0).focus();
  await userEvent.keyboard("{End}");
  const last = /** @type {Element} */ (document.activeElement);
  expect(last.querySelector(".lean-magic-tactic")).not.toBeNull();
  await userEvent.keyboard("0");
  await frame();
  expect([drawn(".lean-magic-tactic"), drawn(".lean-magic-box")]).toEqual([0, items().length]);
});

test("a pane that was out of the page for a while is as it was", async () => {
  const { pane, tree, store } = await openPane();
  const transform = () => tree.firstElementChild?.getAttribute("transform");
  const before = transform();
  const home = /** @type {Element} */ (pane.parentElement);
  pane.remove();
  await frame();
  store.select(4);
  await frame();
  home.append(pane);
  await frame();
  expect(node(tree, 4).querySelector(".lean-magic-tactic")?.textContent).toBe("exact hq");
  expect(node(tree, 4).getAttribute("aria-selected")).toBe("true");
  expect(transform()).toBe(before);
});

test("two views have their own zoom and closed branches, and the same selection", async () => {
  const { tree, store, signal, items } = await openPane();
  const other = treePane(store, { signal });
  document.body.append(other);
  node(tree, 1).focus();
  await userEvent.keyboard(" ");
  expect(items()).toHaveLength(3);
  expect(other.querySelectorAll("[role=treeitem]")).toHaveLength(6);
  store.select(2);
  await frame();
  expect(node(other, 2).getAttribute("aria-selected")).toBe("true");
  expect(node(tree, 2).getAttribute("aria-selected")).toBe("true");
});

test("until the kernel tells the tree, that is said", async () => {
  const kernel = new Kernel();
  kernel.silent = true;
  const { store, signal } = await openStore(kernel);
  const pane = treePane(store, { signal });
  document.body.append(pane);
  expect(pane.innerText).toContain("Waiting for the kernel");
});
