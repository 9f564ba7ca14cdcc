import { afterEach, beforeEach, expect, test, vi } from "vitest";

import "../../lean_magic/widgets/explorer/explorer.css";
import { statePane } from "../../lean_magic/widgets/explorer/state_pane.js";
import { Kernel, attempt, details, frame, openStore, smallTree } from "./kernel.js";

/** @import {Attempt, Details} from "../../lean_magic/widgets/explorer/types" */

/** @type {(() => void)[]} */
let closers = [];

beforeEach(() => localStorage.clear());
afterEach(() => {
  for (const close of closers) close();
  closers = [];
  document.body.replaceChildren();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A kernel that knows different details of each attempt. */
class DetailedKernel extends Kernel {
  /** @type {Record<number, Partial<Details>>} */
  known = {};

  /** @param {import("../../lean_magic/widgets/explorer/types").PageMessage} message */
  send(message) {
    if (message.kind !== "details") return super.send(message);
    this.sent.push(message);
    if (this.silent) return;
    const of = (/** @type {number} */ id) => ({ ...details, messages: [], ...this.known[id] });
    queueMicrotask(() => this.tell({ kind: "details", details: Object.fromEntries(message.attempts.map((id) => [id, of(id)])) }));
  }
}

/**
 * @param {{ current?: number, attempts?: Attempt[], known?: Record<number, Partial<Details>> }} [options]
 */
async function open({ current = 1, attempts = smallTree(), known = {} } = {}) {
  const kernel = new DetailedKernel(attempts);
  kernel.current = current;
  kernel.known = known;
  const { store, signal, close } = await openStore(kernel);
  closers.push(close);
  const pane = statePane(store, { signal });
  document.body.append(pane);
  await frame();
  await frame();
  return { kernel, store, signal, pane, close };
}

/**
 * @param {ParentNode} pane
 * @param {string} text
 */
function button(pane, text) {
  const found = [...pane.querySelectorAll("button")].find(
    (one) => one.textContent === text || one.getAttribute("aria-label") === text,
  );
  if (!found) throw new Error(`there is no button ${text}`);
  return found;
}

/** @param {HTMLElement} pane */
const text = (pane) => pane.querySelector(".lean-magic-state-present")?.textContent ?? "";

test("the goals of the selected attempt are shown, with the words that changed", async () => {
  const { pane } = await open();
  const [first, second] = pane.querySelectorAll(".lean-magic-goal");
  expect(pane.querySelector("h3")?.textContent).toBe("After constructor");
  expect(first.textContent).toContain("Goal 1 of 2: case left");
  expect(second.textContent).toContain("Goal 2 of 2: case right");
  expect(first.querySelector("del")?.textContent).toBe("∧ q");
  const lines = [...first.querySelectorAll("li")].map((line) => line.textContent);
  expect(lines).toEqual(["p q : Prop", "+new: hp : p", "inst✝ : Decidable p", "n : Nat := 2", "−gone: h : p ∧ q"]);
});

test("the pane follows the selection", async () => {
  const { pane, store } = await open({
    known: { 3: { goals: [{ case: null, hypotheses: [], target: [["only", "same"]], change: "same", text: "⊢ only" }] } },
  });
  store.select(3);
  await frame();
  await frame();
  expect(pane.querySelectorAll(".lean-magic-goal")).toHaveLength(1);
  expect(text(pane)).toContain("⊢ only");
  expect(pane.querySelector("h3")?.textContent).toBe("After exact hp");
});

test("a finished proof is said to be one, a proof that rests on sorry never", async () => {
  const attempts = [...smallTree(), attempt({ id: 6, tactic: "sorry", status: "sorry", goals: 0 })];
  const { pane, store } = await open({
    current: 4,
    attempts,
    known: { 4: { goals: [] }, 6: { goals: [], text: "no goals (Incomplete: contains sorry)" } },
  });
  expect(text(pane)).toContain("No goals: proof finished (checked by the kernel)");
  store.select(6);
  await frame();
  await frame();
  expect(text(pane)).toContain("not proved: it rests on sorry");
  expect(text(pane)).not.toMatch(/finished|checked/);
  expect(pane.querySelector(".lean-magic-state-finished")).toBeNull();
});

test("why no goals are no proof is told as Lean tells it", async () => {
  const attempts = [...smallTree(), attempt({ id: 6, tactic: "foo", status: "sorry", goals: 0 })];
  const { pane } = await open({
    current: 6,
    attempts,
    known: { 6: { goals: [], text: "no goals (Incomplete: contains metavariable(s))" } },
  });
  expect(text(pane)).toContain("No goals, but not proved: Incomplete: contains metavariable(s)");
});

test("a failed attempt shows its error once, and the goals before it without marks", async () => {
  const { pane } = await open({
    current: 2,
    known: {
      2: {
        goals: [],
        messages: [
          { severity: "error", text: "simp made no progress" },
          { severity: "info", text: "a trace" },
        ],
      },
    },
  });
  expect(text(pane).match(/simp made no progress/g)).toHaveLength(1);
  expect(text(pane)).toContain("info: a trace");
  expect(text(pane)).toContain("The goals before it");
  expect(pane.querySelectorAll(".lean-magic-goal")).toHaveLength(2);
  expect(pane.querySelector("ins, del, .lean-magic-goal-sign")).toBeNull();
});

test.each(
  /** @type {const} */ ([
    ["timeout", "Timed out"],
    ["out_of_memory", "Out of memory"],
    ["crashed", "Lean crashed"],
    ["cancelled", "Cancelled"],
  ]),
)("%s is told in words", async (status, words) => {
  const attempts = [...smallTree().slice(0, 2), attempt({ id: 2, tactic: "simp", status, goals: 0, error: "details of it" })];
  const { pane } = await open({ current: 2, attempts });
  expect(text(pane)).toContain(words);
  expect(text(pane)).toContain("details of it");
});

test("a running attempt counts the seconds, can be cancelled, and shows the goals it works on", async () => {
  const { kernel, pane, store, close } = await open({ current: 1 });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  kernel.change([attempt({ id: 9, parent: 1, tactic: "omega", status: "running", goals: 0, elapsed: null })]);
  await frame();
  store.select(9);
  await frame();
  await frame();
  expect(text(pane)).toContain("running…");
  expect(pane.querySelectorAll(".lean-magic-goal")).toHaveLength(2);
  vi.advanceTimersByTime(3100);
  expect(text(pane)).toContain("running… (3 s)");
  button(pane, "Cancel").click();
  expect(kernel.sentOf("cancel")).toEqual([{ kind: "cancel", attempt: 9 }]);
  await frame();
  await frame();
  expect(text(pane)).toContain("Cancelled");
  expect(vi.getTimerCount()).toBe(0);
  close();
});

test("closing the view stops the clock", async () => {
  const { close, pane } = await open({ current: 5 });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  expect(text(pane)).toContain("running…");
  close();
  expect(vi.getTimerCount()).toBe(0);
});

test("what 'Try this' offers is run where the attempt was", async () => {
  const attempts = [
    ...smallTree(),
    attempt({ id: 6, parent: 1, place: 1, tactic: "exact?", status: "finished", goals: 0, offers: ["exact hp", "simp [h]"] }),
  ];
  const messages = [
    { severity: "info", text: "Try these:\n  [apply] exact hp\n  [apply] simp [h]" },
    { severity: "info", text: "something else" },
  ];
  const { kernel, pane, store } = await open({ current: 6, attempts, known: { 6: { goals: [], messages } } });
  expect(text(pane)).not.toContain("[apply]");
  expect(text(pane)).toContain("something else");
  button(pane, "simp [h]").click();
  await frame();
  expect(kernel.sentOf("run")[0]).toMatchObject({ parent: 1, place: 1, tactic: "simp [h]" });
  expect(store.selected?.tactic).toBe("simp [h]");
});

test("a goal is chosen with a radio button, here or elsewhere", async () => {
  const { pane, store } = await open();
  const radios = pane.querySelectorAll("input[type=radio]");
  expect([...radios].map((radio) => /** @type {HTMLInputElement} */ (radio).checked)).toEqual([true, false]);
  /** @type {HTMLElement} */ (radios[1]).click();
  expect(store.place).toBe(1);
  store.place = 0;
  await frame();
  expect([...pane.querySelectorAll("input[type=radio]")].map((radio) => /** @type {HTMLInputElement} */ (radio).checked)).toEqual(
    [true, false],
  );
  expect(radios[0].isConnected).toBe(true);
});

test("two views of one explorer have their own radio buttons", async () => {
  const { pane, store, signal } = await open();
  const second = statePane(store, { signal });
  document.body.append(second);
  await frame();
  const names = [pane, second].map((one) => one.querySelector("input[type=radio]")?.getAttribute("name"));
  expect(new Set(names).size).toBe(2);
});

test("the text of a state, and of one goal, can be copied, also without navigator.clipboard", async () => {
  const { pane } = await open();
  /** @type {string[]} */
  const copied = [];
  vi.spyOn(navigator.clipboard, "writeText").mockImplementation(async (text) => void copied.push(text));
  button(pane, "Copy").click();
  button(pane, "Copy Goal 2 of 2: case right").click();
  await frame();
  expect(copied).toEqual([details.text, "case right\n⊢ q"]);

  vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new Error("denied"));
  vi.spyOn(document, "execCommand").mockImplementation(() => {
    copied.push(/** @type {HTMLTextAreaElement} */ (document.activeElement).value);
    return true;
  });
  button(pane, "Copy").click();
  await frame();
  expect(copied[2]).toBe(details.text);
  expect(pane.querySelector("[aria-live]")?.textContent).toBe("Copied the state");
  expect(document.querySelector("textarea")).toBeNull();

  vi.spyOn(document, "execCommand").mockReturnValue(false);
  button(pane, "Copy").click();
  await frame();
  expect(pane.querySelector("[aria-live]")?.textContent).toMatch(/^Could not copy/);
});

test("a pinned state stays beside the selected one, whatever happens to it", async () => {
  const { kernel, pane, store } = await open();
  const pinned = /** @type {HTMLElement} */ (pane.querySelector(".lean-magic-state-pinned"));
  expect(pinned.hidden).toBe(true);
  button(pane, "Pin").click();
  expect(button(pane, "Unpin").getAttribute("aria-pressed")).toBe("true");
  expect(pinned.hidden).toBe(true); // it would be there twice
  store.select(4);
  await frame();
  await frame();
  expect(pinned.hidden).toBe(false);
  expect(pinned.textContent).toContain("Pinned: After constructor");
  expect(pinned.textContent).toContain("case right");
  expect(pinned.querySelector("input")).toBeNull();
  expect(pinned.nextElementSibling?.querySelector("h4")?.textContent).toBe("Selected: After exact hq");
  expect(pane.querySelector("h3")?.textContent).toBe("After exact hq");

  kernel.current = 0;
  kernel.change([], [1, 3, 4, 5]);
  await frame();
  expect(pinned.textContent).toContain("no longer in the tree");
  expect(pinned.textContent).toContain("case right");
  button(pinned, "Unpin").click();
  expect(pinned.hidden).toBe(true);
  expect(document.activeElement).toBe(button(pane, "Pin"));
});

test("what does not concern the attempt leaves what is drawn, and what is selected in it", async () => {
  const { kernel, pane } = await open();
  const term = pane.querySelector(".lean-magic-goal-term");
  kernel.change([attempt({ id: 20, tactic: "other" }), { ...smallTree()[1], name: "named", marked: true }]);
  await frame();
  expect(term?.isConnected).toBe(true);
  kernel.change([{ ...smallTree()[1], status: "finished", goals: 0 }]);
  await frame();
  await frame();
  expect(term?.isConnected).toBe(false);
});

test("nothing flashes between two selections", async () => {
  const { kernel, pane, store } = await open();
  kernel.silent = true;
  store.select(3);
  await frame();
  const present = /** @type {HTMLElement} */ (pane.querySelector(".lean-magic-state-present"));
  expect(present.getAttribute("aria-busy")).toBe("true");
  expect(present.querySelectorAll(".lean-magic-goal")).toHaveLength(2);
  kernel.tell({ kind: "details", details: { 3: { goals: [details.goals[1]], messages: [], text: "" } } });
  await frame();
  expect(present.getAttribute("aria-busy")).toBeNull();
  expect(present.querySelectorAll(".lean-magic-goal")).toHaveLength(1);
});

test("without a kernel, goals that were not asked for are said to be unknown", async () => {
  const { kernel, pane, store } = await open();
  kernel.silent = true;
  store.select(3);
  await frame();
  store.disconnect("gone");
  await frame();
  expect(text(pane)).toContain("The goals are not known");
});

test("the text of goals is never markup", async () => {
  const evil = `<img src=x onerror="window.hacked = true"><script>window.hacked = true</script>`;
  const hypotheses = [
    {
      names: [{ text: evil, inaccessible: false }],
      type: /** @type {any} */ ([[evil, "inserted"]]),
      value: /** @type {any} */ ([[evil, "same"]]),
      instance: false,
      change: /** @type {const} */ ("inserted"),
    },
  ];
  const goals = [
    {
      case: evil,
      hypotheses,
      target: /** @type {any} */ ([[evil, "removed"]]),
      change: /** @type {const} */ ("new"),
      text: evil,
    },
  ];
  const attempts = [
    attempt({ id: 0 }),
    attempt({ id: 1, tactic: evil, offers: [evil] }),
    attempt({ id: 2, parent: 1, tactic: evil, status: "failed", error: evil }),
  ];
  const known = { 1: { goals, messages: [{ severity: "error", text: evil }], text: evil } };
  const { pane, store } = await open({ attempts, known });
  expect(text(pane)).toContain(evil);
  button(pane, "Pin").click();
  store.select(2);
  await frame();
  await frame();
  expect(text(pane)).toContain(evil);
  expect(pane.querySelectorAll("img, script")).toHaveLength(0);
  expect(/** @type {any} */ (window).hacked).toBeUndefined();
});

test("more goals than the kernel tells of are counted", async () => {
  const { pane } = await open({ attempts: [attempt({ id: 0 }), attempt({ id: 1, goals: 150 })] });
  expect(text(pane)).toContain("Goal 1 of 150");
  expect(text(pane)).toContain("… 148 more goals");
});

test("of many goals the first are open; one that is chosen opens", async () => {
  const goals = Array.from({ length: 100 }, () => details.goals[0]);
  const { pane, store } = await open({ attempts: [attempt({ id: 0 }), attempt({ id: 1, goals: 100 })], known: { 1: { goals } } });
  const views = pane.querySelectorAll(".lean-magic-goal");
  expect(views).toHaveLength(100);
  expect(pane.querySelectorAll(".lean-magic-goal-body")).toHaveLength(8);
  /** @type {HTMLElement} */ (views[50].querySelector("input")).click();
  expect(store.place).toBe(50);
  expect(views[50].querySelector(".lean-magic-goal-body")?.textContent).toContain("hp : p");
  button(views[50], "Goal 51 of 100: case left").click();
  expect(views[50].querySelector(".lean-magic-goal-body")).toBeNull();
});

test("the first goal alone is open, if so wanted, and the choice is the same in a new view", async () => {
  const { pane, store, signal } = await open();
  /** @type {HTMLElement} */ (pane.querySelector("input[name=firstGoal]")).click();
  expect(pane.querySelectorAll(".lean-magic-goal-body")).toHaveLength(1);
  const second = statePane(store, { signal });
  document.body.append(second);
  expect(second.querySelectorAll(".lean-magic-goal-body")).toHaveLength(1);
  expect(button(second, "Filters (1)").getAttribute("aria-expanded")).toBe("false");
});
