import { afterEach, beforeEach, expect, test } from "vitest";

import { FILTERS, Filters } from "../../lean_magic/widgets/explorer/filters.js";
import { goalView, unmarked } from "../../lean_magic/widgets/explorer/goal.js";
import { details } from "./kernel.js";

/** @import {Goal, Hypothesis, Text} from "../../lean_magic/widgets/explorer/types" */
/** @import {Filter} from "../../lean_magic/widgets/explorer/filters.js" */

const KEY = "lean-magic-explorer-filters";
const initial = /** @type {Record<Filter, boolean>} */ (Object.fromEntries(FILTERS.map(({ name, initial }) => [name, initial])));

beforeEach(() => localStorage.clear());
afterEach(() => document.body.replaceChildren());

/**
 * @param {Goal} goal
 * @param {Partial<Record<Filter, boolean>>} [filters]
 * @param {Map<string, boolean>} [folds]
 */
function draw(goal, filters = {}, folds = new Map()) {
  document.body.replaceChildren(goalView(goal, { filters: { ...initial, ...filters }, folds, key: "k" }));
  return /** @type {HTMLElement} */ (document.body.firstElementChild);
}

/** What is read: a line each. */
const lines = () => [...document.querySelectorAll("li, p")].map((line) => line.textContent);

/** @param {string} selector */
const click = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector)).click();

/** @param {string} text @returns {Text} */
const plain = (text) => [[text, "same"]];

/**
 * @param {string} name
 * @param {string} type
 * @returns {Hypothesis}
 */
const hypothesis = (name, type) => ({
  names: [{ text: name, inaccessible: name.includes("✝") }],
  type: plain(type),
  value: null,
  instance: false,
  change: "same",
});

/**
 * @param {Hypothesis[]} hypotheses
 * @param {string} [target]
 * @returns {Goal}
 */
const goalWith = (hypotheses, target = "p") => ({ case: null, hypotheses, target: plain(target), change: "same", text: "" });

test("filters hide, and what is hidden is counted, with the reasons, and can be shown", () => {
  draw(details.goals[0], { instances: false, changedOnly: true });
  expect(lines()).toEqual(["+new: hp : p", "−gone: h : p ∧ q", "⊢ p ∧ q"]);
  const count = /** @type {HTMLElement} */ (document.querySelector(".lean-magic-goal-hidden"));
  expect(count.textContent).toBe("4 hidden");
  expect(count.title).toBe("3 unchanged, 1 instance");
  count.click();
  expect(lines()).toHaveLength(6);
  expect(document.activeElement?.textContent).toBe("hide 4 again");
  /** @type {HTMLElement} */ (document.activeElement).click();
  expect(lines()).toHaveLength(3);
});

test("of names that share a type, only those that cannot be written are hidden", () => {
  const mixed = {
    ...hypothesis("a", "Nat"),
    names: [
      { text: "a", inaccessible: false },
      { text: "b✝", inaccessible: true },
    ],
  };
  draw(goalWith([mixed, hypothesis("c✝", "Nat")]), { inaccessible: false });
  expect(lines()).toEqual(["a : Nat", "⊢ p"]);
  expect(document.querySelector(".lean-magic-goal-hidden")?.textContent).toBe("2 hidden");
});

test("a value that is hidden is shown on demand", () => {
  draw(details.goals[0], { values: false });
  expect(lines()[3]).toBe("n : Nat := …");
  click(".lean-magic-goal-hypothesis .lean-magic-goal-more");
  expect(lines()[3]).toBe("n : Nat := 2");
  expect(document.activeElement?.textContent).toBe("n");
});

test("types are shown on demand, one by one, and the choice is kept", () => {
  const folds = new Map();
  draw(details.goals[0], { types: false }, folds);
  expect(lines()).toEqual(["p q", "+new: hp", "inst✝", "n", "−gone: h", "⊢ p ∧ q"]);
  const fold = /** @type {HTMLElement} */ (document.querySelector(".lean-magic-goal-fold"));
  expect(fold.getAttribute("aria-expanded")).toBe("false");
  fold.click();
  expect(lines()[0]).toBe("p q : Prop");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("type of p q");
  draw(details.goals[0], { types: false }, folds);
  expect(lines().slice(0, 2)).toEqual(["p q : Prop", "+new: hp"]);
  /** @type {HTMLElement} */ (document.querySelector(".lean-magic-goal-fold")).click();
  expect(lines()[0]).toBe("p q");
});

test("the target may come first", () => {
  draw(details.goals[0], { targetFirst: true });
  expect(lines()[0]).toBe("⊢ p ∧ q");
});

test("a goal of conv has no turnstile", () => {
  draw({ ...goalWith([], "a + b"), text: "a b : Nat\n| a + b" });
  expect(lines()).toEqual(["| a + b"]);
});

test("a long type is cut, says by how much, and is shown in full on demand", () => {
  draw(goalWith([hypothesis("h", "x + ".repeat(25_000))]));
  const [line] = lines();
  expect(line).toMatch(/^h : (x \+ ){60} … 99,760 more characters$/);
  click(".lean-magic-goal-more");
  expect(lines()[0]?.length).toBeGreaterThan(100_000);
  expect(document.activeElement?.textContent).toBe("less");
  click(".lean-magic-goal-more");
  expect(lines()[0]).toBe(line);
});

test("a long text is not cut within a character, nor are marks lost", () => {
  draw({
    ...goalWith([]),
    target: [
      ["old ", "removed"],
      ["𝕜".repeat(3000), "inserted"],
    ],
  });
  const inserted = document.querySelector("ins")?.textContent ?? "";
  expect([...inserted].every((character) => character === "𝕜")).toBe(true);
  expect(document.querySelector("del")?.textContent).toBe("old ");
});

test("what is gone and what has come instead of it are apart", () => {
  draw({
    ...goalWith([]),
    target: [
      ["a", "removed"],
      ["b", "inserted"],
      [" = c", "same"],
    ],
  });
  expect(lines()).toEqual(["⊢ a b = c"]);
});

test("200 hypotheses are drawn, each with its own fold", () => {
  draw(goalWith(Array.from({ length: 200 }, (_, index) => hypothesis(`h${index}`, `P ${index}`))));
  expect(document.querySelectorAll("li")).toHaveLength(200);
  expect(
    new Set([...document.querySelectorAll(".lean-magic-goal-fold")].map((fold) => fold.getAttribute("aria-label"))).size,
  ).toBe(200);
});

test("a goal can be shown without what changed", () => {
  draw(unmarked(details.goals[0]));
  expect(lines()).toEqual(["p q : Prop", "hp : p", "inst✝ : Decidable p", "n : Nat := 2", "⊢ p "]);
  expect(document.querySelector("ins, del")).toBeNull();
});

test("filters are remembered, and shared by views that do not know each other", () => {
  const { signal } = new AbortController();
  const first = new Filters(signal);
  const second = new Filters(signal);
  let told = 0;
  second.addEventListener("changed", () => told++);
  first.toggle("instances");
  expect(second.values.instances).toBe(false);
  expect(told).toBe(1);
  expect(new Filters(signal).values.instances).toBe(false);
});

test("a filter set in another window is taken over; nonsense counts as nothing", () => {
  const controller = new AbortController();
  const filters = new Filters(controller.signal);
  window.dispatchEvent(new StorageEvent("storage", { key: KEY, newValue: JSON.stringify({ values: false, types: "yes" }) }));
  expect(filters.values).toEqual({ ...initial, values: false });
  window.dispatchEvent(new StorageEvent("storage", { key: KEY, newValue: "{" }));
  expect(filters.values).toEqual(initial);
  window.dispatchEvent(new StorageEvent("storage", { key: "other", newValue: JSON.stringify({ values: false }) }));
  expect(filters.values).toEqual(initial);
  controller.abort();
  window.dispatchEvent(new StorageEvent("storage", { key: KEY, newValue: JSON.stringify({ values: false }) }));
  expect(filters.values).toEqual(initial);
});
