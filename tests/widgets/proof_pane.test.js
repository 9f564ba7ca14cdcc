import { afterEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";

import "../../lean_magic/widgets/explorer/explorer.css";
import { proofPane } from "../../lean_magic/widgets/explorer/proof_pane.js";
import { Kernel, frame, openStore } from "./kernel.js";

/** @import {Proof, ProofStep, Scope} from "../../lean_magic/widgets/explorer/types" */

/** @type {() => void} */
let close = () => {};

afterEach(() => {
  close();
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

/**
 * @param {string} tactic
 * @param {Partial<ProofStep>} [rest]
 * @returns {ProofStep}
 */
const step = (tactic, rest = {}) => ({
  tactic,
  attempt: null,
  position: null,
  new_hypotheses: [],
  gone: [],
  goal: null,
  closes: false,
  scopes: [],
  inner: [],
  ...rest,
});

/**
 * @param {string} target
 * @param {Partial<Scope> & { case?: string }} [rest]
 * @returns {Scope}
 */
const scope = (target, { case: name, ...rest } = {}) => ({
  goal: { case: name ?? null, target },
  hypotheses: [],
  steps: [],
  closed: true,
  ...rest,
});

/**
 * @param {string} id
 * @param {string} type
 * @param {string[]} [from]
 */
const hypothesis = (id, type, from = []) => ({ id: `#${id}`, name: id, type, from: from.map((one) => `#${one}`) });

/** @type {Proof} h : p ∧ q ⊢ (q ∧ p) ∧ True, the last part left open */
const swap = {
  finished: false,
  scope: scope("p ∧ q → (q ∧ p) ∧ True", {
    closed: false,
    hypotheses: [hypothesis("p", "Prop"), hypothesis("q", "Prop")],
    steps: [
      step("intro h", { attempt: 1, new_hypotheses: [hypothesis("h", "p ∧ q")], goal: "(q ∧ p) ∧ True" }),
      step("have ⟨hp, hq⟩ := h", {
        attempt: 3,
        new_hypotheses: [hypothesis("hp", "p", ["h"]), hypothesis("hq", "q", ["h"])],
        gone: ["#h"],
      }),
      step("constructor", {
        position: [3, 2],
        scopes: [
          scope("q ∧ p", {
            case: "left",
            hypotheses: [hypothesis("hp", "p"), hypothesis("hq", "q")],
            steps: [step("exact ⟨hq, hp⟩", { attempt: 4, closes: true })],
          }),
          scope("True", { case: "right", closed: false }),
        ],
      }),
    ],
  }),
};

class ProofKernel extends Kernel {
  proof = swap;
  /** @param {import("../../lean_magic/widgets/explorer/types").PageMessage} message */
  send(message) {
    if (message.kind !== "proof") return super.send(message);
    this.sent.push(message);
    if (this.silent) return;
    queueMicrotask(() => this.tell({ kind: "proof", request: message.request, attempt: message.attempt, proof: this.proof }));
  }
}

/** @param {{ current?: number, hasProof?: boolean, proof?: Proof }} [options] */
async function open({ current = 4, hasProof = false, proof = swap } = {}) {
  const kernel = new ProofKernel();
  kernel.current = current;
  kernel.tree = { has_proof: hasProof };
  kernel.proof = proof;
  const opened = await openStore(kernel);
  close = opened.close;
  const pane = proofPane(opened.store, { signal: opened.signal });
  const root = document.createElement("div");
  root.className = "lean-magic-explorer";
  root.append(pane);
  document.body.append(root);
  await frame();
  await frame();
  return { kernel, pane, store: opened.store };
}

/**
 * @param {HTMLElement} pane
 * @param {string} text
 */
function button(pane, text) {
  const found = [...pane.querySelectorAll("button")].find((one) => one.textContent?.includes(text));
  if (!found) throw new Error(`there is no button ${text}`);
  return found;
}

/**
 * What is seen, from top to bottom.
 * @param {HTMLElement} pane
 * @param {string} selector
 */
function seen(pane, selector) {
  const found = /** @type {HTMLElement[]} */ ([...pane.querySelectorAll(selector)]);
  return found.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map((one) => one.textContent);
}

test("hypotheses flow down, goals are closed from the bottom upward", async () => {
  const { pane } = await open();
  expect(seen(pane, ".lean-magic-proof-chip")).toEqual(["p : Prop", "q : Prop", "h : p ∧ q", "hp : p", "hq : q"]);
  const goals = seen(
    pane,
    ".lean-magic-proof-scope > .lean-magic-proof-scope-goal, .lean-magic-proof-step-bottom .lean-magic-proof-goal",
  );
  expect(goals.slice(-2)).toEqual(["⊢ goal: (q ∧ p) ∧ True", "⊢ goal: p ∧ q → (q ∧ p) ∧ True"]);
  const tops = [".lean-magic-proof-made", ".lean-magic-proof-box", ".lean-magic-proof-step-bottom"].map(
    (part) => pane.querySelector(part)?.getBoundingClientRect().top ?? 0,
  );
  expect(tops).toEqual([...tops].sort((a, b) => a - b));
  // Boxes stand side by side.
  const [left, right] = [...pane.querySelectorAll(".lean-magic-proof-box")].map((box) => box.getBoundingClientRect());
  expect(left.right).toBeLessThanOrEqual(right.left);
});

test("in the document, the steps are in their order, each told once", async () => {
  const { pane } = await open();
  expect([...pane.querySelectorAll("button.lean-magic-proof-tactic")].map((one) => one.textContent)).toEqual([
    "intro h",
    "have ⟨hp, hq⟩ := h",
    "✓ exact ⟨hq, hp⟩, closes the goal",
    "constructor",
  ]);
  for (const echo of pane.querySelectorAll(".lean-magic-proof-echo")) expect(echo.getAttribute("aria-hidden")).toBe("true");
  expect([...pane.querySelectorAll("[role=group]")].map((group) => group.getAttribute("aria-label"))).toEqual([
    "Drawing of the proof",
    "goal p ∧ q → (q ∧ p) ∧ True, open",
    "case left, goal q ∧ p, closed",
    "case right, goal True, open",
  ]);
});

test("what is open and what is closed is told, and counted", async () => {
  const { pane, kernel, store } = await open();
  expect(pane.querySelector("header")?.textContent).toContain("1 goal open");
  expect(pane.querySelectorAll(".lean-magic-proof-open")).toHaveLength(1);
  expect([...pane.querySelectorAll(".lean-magic-proof-scope-name")].map((name) => name.textContent)).toEqual([
    "✓ case left",
    "○ case right",
  ]);
  kernel.proof = { finished: true, scope: scope("True", { steps: [step("trivial", { closes: true })] }) };
  store.select(3);
  await frame();
  await frame();
  expect(pane.querySelector("header")?.textContent).toContain("✓ finished");
  expect(pane.querySelector(".lean-magic-proof-open")).toBeNull();
});

test("a proof that Lean did not accept is not said to be finished, though nothing is open", async () => {
  const { pane } = await open({
    proof: { finished: false, scope: scope("True", { closed: false, steps: [step("sorry", { closes: true })] }) },
  });
  expect(pane.querySelector("header")?.textContent).toContain("not finished");
  expect(pane.querySelector("header")?.textContent).not.toContain("✓");
});

test("where a hypothesis comes from and where it goes is lit, by mouse and keyboard", async () => {
  const { pane } = await open();
  const lit = () =>
    ["lit", "source", "use"].map((name) =>
      [...pane.querySelectorAll(`.lean-magic-proof-${name}`)].map((one) => one.querySelector("b")?.textContent),
    );
  await userEvent.hover(button(pane, "hp : p"));
  expect(lit()).toEqual([["hp"], ["h"], []]);
  await userEvent.hover(button(pane, "h : p ∧ q"));
  expect(lit()).toEqual([["h"], [], ["hp", "hq"]]);
  await userEvent.hover(/** @type {HTMLElement} */ (pane.querySelector("h3")));
  expect(lit()).toEqual([[], [], []]);
  button(pane, "hq : q").focus();
  expect(lit()).toEqual([["hq"], ["h"], []]);
  await userEvent.keyboard("{Enter}");
  /** @type {HTMLElement} */ (document.activeElement).blur();
  expect(lit()).toEqual([["hq"], ["h"], []]);
});

test("a tactic lights what it makes and what it needs, wherever it is shown", async () => {
  const { pane } = await open();
  await userEvent.hover(/** @type {HTMLElement} */ (pane.querySelector(".lean-magic-proof-echo")));
  expect([...pane.querySelectorAll(".lean-magic-proof-lit")].map((one) => one.textContent)).toEqual(["intro h", "intro h"]);
  expect([...pane.querySelectorAll(".lean-magic-proof-source")].map((one) => one.textContent)).toEqual(["h : p ∧ q"]);
});

test("a tactic selects the attempt it belongs to; the selected one is marked", async () => {
  const { kernel, pane, store } = await open();
  expect(pane.querySelector("[aria-current]")?.textContent).toContain("exact ⟨hq, hp⟩");
  button(pane, "intro h").click();
  expect(store.current).toBe(1);
  await frame();
  await frame();
  expect(pane.querySelector("[aria-current=step]")?.textContent).toBe("intro h");
  button(pane, "constructor").click(); // it belongs to none
  expect(store.current).toBe(1);
  /** @type {HTMLElement} */ (pane.querySelector(".lean-magic-proof-echo")).click();
  expect(kernel.sentOf("select").map(({ attempt }) => attempt)).toEqual([1]);
});

test("the arrow keys go through the drawing, which is one stop for Tab", async () => {
  const { pane } = await open();
  const stops = pane.querySelectorAll(".lean-magic-proof-sheet [tabindex='0']");
  expect(stops).toHaveLength(1);
  /** @type {HTMLElement} */ (stops[0]).focus();
  await userEvent.keyboard("{ArrowDown}{ArrowRight}");
  expect(document.activeElement?.textContent).toBe("intro h");
  await userEvent.keyboard("{ArrowUp}{End}");
  expect(document.activeElement?.textContent).toBe("constructor");
  expect(pane.querySelectorAll(".lean-magic-proof-sheet [tabindex='0']")).toHaveLength(1);
});

test("the proof of the path to the selected attempt is asked for, of a failed one the proof before it", async () => {
  const { kernel, store } = await open({ current: 0 });
  expect(kernel.sentOf("proof")).toHaveLength(0);
  store.select(4);
  await frame();
  store.select(2); // failed in the first state
  await frame();
  store.select(5); // runs on the goals of 1
  await frame();
  expect(kernel.sentOf("proof").map(({ attempt }) => attempt)).toEqual([4, 1]);
});

test("without a step, the pane says what to do; with a proof in the code, it shows that", async () => {
  const empty = await open({ current: 0 });
  expect(empty.pane.textContent).toContain("No step yet. Run a tactic");
  expect(button(empty.pane, "Copy").disabled).toBe(true);
  close();
  const full = await open({ current: 0, hasProof: true });
  expect(full.kernel.sentOf("proof")).toMatchObject([{ attempt: null }]);
  expect(full.pane.querySelector("h3")?.textContent).toBe("Proof in the code");
});

test("where a proof that was taken over from the code ends, the code is drawn; on the way, the path", async () => {
  const { kernel, store } = await open({ current: 0, hasProof: true });
  const [root, ...others] = kernel.attempts;
  kernel.change([root, ...others.map((one) => (one.id === 5 ? one : { ...one, by: /** @type {const} */ ("proof") }))]);
  await frame();
  store.select(4);
  await frame();
  expect(kernel.sentOf("proof").map(({ attempt }) => attempt)).toEqual([null]); // the same proof
  store.select(1);
  await frame();
  kernel.change([{ ...others[4], by: "person", status: "open", goals: 1 }]);
  store.select(5);
  await frame();
  expect(kernel.sentOf("proof").map(({ attempt }) => attempt)).toEqual([null, 1, 5]);
});

test("what nobody sees is not asked for, until it is seen", async () => {
  const { kernel, pane, store } = await open({ current: 1 });
  pane.hidden = true;
  store.select(4);
  await frame();
  expect(kernel.sentOf("proof")).toHaveLength(1);
  pane.hidden = false;
  await frame();
  await frame();
  expect(kernel.sentOf("proof").map(({ attempt }) => attempt)).toEqual([1, 4]);
});

test("what happens elsewhere leaves the drawing alone", async () => {
  const { kernel, pane } = await open();
  const drawn = pane.querySelector(".lean-magic-proof-scope");
  kernel.change([]);
  await frame();
  expect(drawn?.isConnected).toBe(true);
  expect(kernel.sentOf("proof")).toHaveLength(1);
});

test("an answer that is too late is not drawn, and why there is none is said", async () => {
  const { kernel, pane, store } = await open({ current: 1 });
  kernel.silent = true;
  store.select(3);
  await frame();
  store.select(4);
  await frame();
  const [, first, second] = kernel.sentOf("proof");
  kernel.tell({ kind: "problem", request: second.request, text: "no state" });
  kernel.tell({ kind: "proof", request: first.request, attempt: 3, proof: swap });
  await frame();
  expect(pane.querySelector(".lean-magic-proof-sheet")?.textContent).toBe("The proof can't be drawn: no state");
});

test("a wide proof fits into the view", async () => {
  const scopes = Array.from({ length: 12 }, (_, index) =>
    scope(`f ${index} = a long goal`, { steps: [step("simp", { closes: true })] }),
  );
  const { pane } = await open({ proof: { finished: true, scope: scope("p", { steps: [step("constructor", { scopes })] }) } });
  const scroller = /** @type {HTMLElement} */ (pane.querySelector(".lean-magic-proof-scroller"));
  expect(button(pane, "75%").title).toContain("Normal"); // no smaller, unless asked for
  expect(scroller.scrollWidth).toBeGreaterThan(1.5 * scroller.clientWidth);
  button(pane, "Fit").click();
  expect(scroller.scrollWidth).toBeLessThanOrEqual(scroller.clientWidth + 1);
});

test("zoom and compact", async () => {
  const { pane } = await open();
  const width = () => button(pane, "hp : p").getBoundingClientRect().width;
  const before = width();
  button(pane, "+").click();
  expect(width() / before).toBeCloseTo(1.2, 1);
  expect(button(pane, "120%").textContent).toBe("120%");
  button(pane, "hp : p").focus();
  await userEvent.keyboard("0");
  expect(width()).toBeCloseTo(before, 1);
  for (let count = 0; count < 20; count++) button(pane, "−").click();
  expect(button(pane, "20%").textContent).toBe("20%");
  button(pane, "20%").click();
  button(pane, "Compact").click();
  expect(button(pane, "hp : p").innerText).toBe("hp");
  expect(button(pane, "Compact").getAttribute("aria-pressed")).toBe("true");
});

test("a proof can be copied as text", async () => {
  const { pane } = await open();
  /** @type {string[]} */
  const copied = [];
  vi.spyOn(navigator.clipboard, "writeText").mockImplementation(async (text) => void copied.push(text));
  button(pane, "Copy").click();
  await frame();
  expect(copied[0]).toBe(`p : Prop
q : Prop
⊢ p ∧ q → (q ∧ p) ∧ True
intro h
  + h : p ∧ q
  ⊢ (q ∧ p) ∧ True
have ⟨hp, hq⟩ := h
  + hp : p
  + hq : q
constructor
  case left
  ⊢ q ∧ p
  exact ⟨hq, hp⟩  ✓
  case right
  ⊢ True
  ○ open`);
});

test("proofs inside stand above what they prove; what is cleared is told", async () => {
  const inner = scope("p", { hypotheses: [hypothesis("q", "Prop")], steps: [step("exact foo", { closes: true })] });
  const proof = {
    finished: false,
    scope: scope("q", {
      closed: false,
      hypotheses: [hypothesis("q", "Prop")],
      steps: [
        step("have hp : p := by\n  exact foo", { inner: [inner], new_hypotheses: [hypothesis("hp", "p")] }),
        step("clear hp", { gone: ["#hp"] }),
      ],
    }),
  };
  const { pane } = await open({ proof });
  const box = /** @type {Element} */ (pane.querySelector(".lean-magic-proof-inner .lean-magic-proof-box"));
  expect(box.querySelector(".lean-magic-proof-given")).toBeNull(); // known already
  expect(box.getBoundingClientRect().bottom).toBeLessThanOrEqual(button(pane, "have hp").getBoundingClientRect().top);
  expect(button(pane, "have hp").textContent).toBe("have hp : p := by …");
  expect(button(pane, "have hp").title).toContain("\n  exact foo");
  expect(pane.querySelector(".lean-magic-proof-gone")?.textContent).toBe("without hp");
});

test("several goals may be there from the beginning: no tactic made them", async () => {
  const scopes = [scope("p", { steps: [step("exact hp", { closes: true })] }), scope("q", { closed: false })];
  const { pane } = await open({
    proof: { finished: false, scope: scope("p", { closed: false, steps: [step("", { scopes })] }) },
  });
  expect(pane.querySelectorAll(".lean-magic-proof-box")).toHaveLength(2);
  expect([...pane.querySelectorAll(".lean-magic-proof-tactic")].map((one) => one.textContent)).toEqual([
    "✓ exact hp, closes the goal",
  ]);
});

test("text is never markup; many and long hypotheses are cut, and shown in full on demand", async () => {
  const evil = `<img src=x onerror="window.hacked = true">`;
  const many = Array.from({ length: 200 }, (_, index) =>
    hypothesis(`h${index}`, index ? "Nat" : `${evil} ${"x + ".repeat(5000)}`),
  );
  const proof = {
    finished: false,
    scope: scope(evil, {
      case: evil,
      closed: false,
      hypotheses: many,
      steps: [step(evil, { new_hypotheses: [hypothesis(evil, evil)], goal: evil })],
    }),
  };
  const { pane } = await open({ proof });
  expect(pane.querySelector("img")).toBeNull();
  expect(pane.textContent).toContain(evil);
  expect(pane.querySelectorAll(".lean-magic-proof-given li")).toHaveLength(13);
  const long = button(pane, "h0 : ");
  expect(long.textContent?.length).toBeLessThan(200);
  long.click();
  expect(long.textContent?.length).toBeGreaterThan(20_000);
  button(pane, "… 188 more").click();
  expect(pane.querySelectorAll(".lean-magic-proof-given li")).toHaveLength(200);
  expect(document.activeElement?.textContent).toBe("h12 : Nat");
});

test("100 steps are drawn", async () => {
  const steps = Array.from({ length: 100 }, (_, index) => step(`rw [lemma_${index}]`, { attempt: null, goal: `x${index} = 0` }));
  const { pane } = await open({ proof: { finished: false, scope: scope("x = 0", { closed: false, steps }) } });
  const goals = seen(pane, ".lean-magic-proof-goal");
  expect(goals).toHaveLength(101);
  expect(goals[0]).toContain("x99 = 0");
  expect(goals[100]).toContain("x = 0");
});
