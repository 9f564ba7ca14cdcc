import { afterEach, expect, test } from "vitest";

import { HistoryWalk, TacticHistory } from "../../lean_magic/widgets/explorer/history.js";

afterEach(() => localStorage.clear());

test("what was run is kept by the browser, the newest first, and nothing twice", () => {
  const history = new TacticHistory();
  for (const tactic of ["simp", "intro h", "simp", "constructor\n· rfl"]) history.add(tactic);
  expect(new TacticHistory().entries).toEqual(["constructor\n· rfl", "simp", "intro h"]);
});

test("it does not grow for ever", () => {
  const history = new TacticHistory();
  for (let number = 0; number < 300; number++) history.add(`exact ${number}`);
  expect(history.entries).toHaveLength(200);
  expect(history.entries[0]).toBe("exact 299");
});

test("another explorer's tactics are there, too", () => {
  const [one, other] = [new TacticHistory(), new TacticHistory()];
  one.add("simp");
  other.add("omega");
  one.add("rfl");
  expect(one.entries).toEqual(["rfl", "omega", "simp"]);
});

test("where nothing may be kept, or what is kept is unreadable, the page remembers", () => {
  const forbidden = /** @type {Storage} */ (/** @type {unknown} */ ({
    getItem: () => null,
    setItem: () => {
      throw new Error("QuotaExceededError");
    },
  }));
  const history = new TacticHistory(forbidden);
  history.add("simp");
  history.add("rfl");
  expect(history.entries).toEqual(["rfl", "simp"]);
  localStorage.setItem("lean-magic-tactics", "{");
  expect(new TacticHistory().entries).toEqual([]);
  localStorage.setItem("lean-magic-tactics", '[1, "rfl"]');
  expect(new TacticHistory().entries).toEqual(["rfl"]);
});

test("a search wants all words, in any order and case", () => {
  const history = new TacticHistory();
  for (const tactic of ["simp [Nat.add_comm]", "rw [Nat.add_comm]", "omega"]) history.add(tactic);
  expect(history.search("nat RW")).toEqual(["rw [Nat.add_comm]"]);
  expect(history.search("")).toHaveLength(3);
  expect(history.search("exact")).toEqual([]);
});

test("a walk goes back to what was being written", () => {
  const history = new TacticHistory();
  for (const tactic of ["one", "two", "three"]) history.add(tactic);
  const walk = new HistoryWalk(history);
  expect(walk.newer()).toBeNull();
  expect(["draft", "three", "two"].map((text) => walk.older(text))).toEqual(["three", "two", "one"]);
  expect(walk.older("one")).toBeNull();
  expect([walk.newer(), walk.newer(), walk.newer(), walk.newer()]).toEqual(["two", "three", "draft", null]);
  walk.end();
  expect(walk.older("three")).toBe("two"); // what is there already is not brought back
});
