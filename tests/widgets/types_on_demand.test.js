import { afterEach, beforeEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";

import "../../lean_magic/widgets/explorer/explorer.css";
import { statePane } from "../../lean_magic/widgets/explorer/state_pane.js";
import { Kernel, details, frame, openStore } from "./kernel.js";

/** @import {Details} from "../../lean_magic/widgets/explorer/types" */

/** @type {() => void} */
let close = () => {};

beforeEach(() => localStorage.clear());
afterEach(() => {
  close();
  document.body.replaceChildren();
});

/** @param {Kernel} [kernel] */
async function open(kernel = new Kernel()) {
  kernel.current = 1;
  const opened = await openStore(kernel);
  close = opened.close;
  const pane = statePane(opened.store, { signal: opened.signal });
  const root = document.createElement("div");
  root.className = "lean-magic-explorer";
  root.append(pane);
  document.body.append(root);
  await frame();
  await frame();
  return { kernel, pane };
}

/** @param {string} target of the one goal */
function withTarget(target) {
  class Other extends Kernel {
    /** @param {import("../../lean_magic/widgets/explorer/types").PageMessage} message */
    send(message) {
      if (message.kind !== "details") return super.send(message);
      /** @type {Details} */
      const other = { ...details, goals: [{ ...details.goals[1], target: [[target, "same"]] }] };
      queueMicrotask(() => this.tell({ kind: "details", details: { 1: other } }));
    }
  }
  return new Other();
}

/** @param {HTMLElement} pane */
const popover = (pane) => /** @type {HTMLElement | null} */ (pane.querySelector(".lean-magic-type-popover"));

/**
 * @param {HTMLElement} pane
 * @param {string} text
 */
function nameOf(pane, text) {
  return /** @type {HTMLElement} */ (
    [...pane.querySelectorAll(".lean-magic-goal-name")].find((name) => name.textContent === text)
  );
}

/**
 * @param {HTMLElement} pane
 * @param {number} goal
 */
const target = (pane, goal) =>
  /** @type {HTMLElement} */ (pane.querySelectorAll(".lean-magic-goal-target .lean-magic-goal-term")[goal]);

test("a name that is clicked is asked for, in its goal, and the answer is shown and read aloud", async () => {
  const { kernel, pane } = await open();
  await userEvent.click(nameOf(pane, "hp"));
  await frame();
  expect(kernel.sentOf("type")[0]).toMatchObject({ attempt: 1, place: 0, text: "hp" });
  expect(popover(pane)?.textContent).toBe("hp : Prop×");
  expect(pane.querySelector(".lean-magic-spoken[aria-live]")?.textContent).toBe("hp : Prop");
  await userEvent.keyboard("{Escape}");
  expect(popover(pane)).toBeNull();
});

test("a word of a type is asked for by a click; a click elsewhere closes the answer", async () => {
  const { kernel, pane } = await open();
  const term = /** @type {HTMLElement} */ (pane.querySelectorAll(".lean-magic-goal-hypothesis .lean-magic-goal-term")[2]); // Decidable p
  const { width, height } = term.getBoundingClientRect();
  await userEvent.click(term, { position: { x: width - 3, y: height / 2 } });
  expect(kernel.sentOf("type")[0]).toMatchObject({ place: 0, text: "p" });
  await userEvent.click(term, { position: { x: 3, y: height / 2 } });
  expect(kernel.sentOf("type")[1]).toMatchObject({ text: "Decidable" });
  await userEvent.click(/** @type {HTMLElement} */ (pane.querySelector("h3")));
  expect(popover(pane)).toBeNull();
});

test.each([
  ["p ∧ (q ∨ r)", "∧", "p ∧ (q ∨ r)"],
  ["p ∧ (q ∨ (r → s))", "∨", "(q ∨ (r → s))"],
  ["(p ∧ q) ∨ (q ∧ p)", ")", "(p ∧ q)"],
  ["f ⟨a + b, [c, d]⟩", "+", "⟨a + b, [c, d]⟩"],
])("a click on notation asks for the term around it: in %s, %s is of %s", async (whole, sign, asked) => {
  const { kernel, pane } = await open(withTarget(whole));
  const term = target(pane, 0);
  const text = /** @type {Text} */ (term.firstChild);
  const range = document.createRange();
  range.setStart(text, whole.indexOf(sign));
  range.setEnd(text, whole.indexOf(sign) + 1);
  const [box, frame_] = [range.getBoundingClientRect(), term.getBoundingClientRect()];
  const position = { x: (box.left + box.right) / 2 - frame_.left, y: frame_.height / 2 };
  await userEvent.click(term, { position });
  expect(kernel.sentOf("type").map((message) => message.text)).toEqual([asked]);
  await frame();
  expect(popover(pane)?.textContent).toBe(`${asked} : Prop×`);
  kernel.silent = true;
  await userEvent.click(term, { position });
  kernel.tell({ kind: "type", request: kernel.sentOf("type")[1]?.request ?? 0, text: "expected term", ok: false });
  await frame();
  expect(popover(pane)).toBeNull();
});

test("what is selected with the mouse is asked for with a button beside it, without what is gone", async () => {
  const { kernel, pane } = await open();
  const offer = /** @type {HTMLElement} */ (pane.querySelector(".lean-magic-type-offer"));
  expect(offer.hidden).toBe(true);
  document.getSelection()?.selectAllChildren(target(pane, 0)); // p, then "∧ q" that is gone
  await frame();
  expect(offer.hidden).toBe(false);
  await userEvent.click(offer);
  expect(kernel.sentOf("type")[0]).toMatchObject({ text: "p" });
  expect(offer.hidden).toBe(true);
});

test("a selection of more than one term is not offered, and closes what was told of another", async () => {
  const { pane } = await open();
  nameOf(pane, "hp").click();
  await frame();
  document.getSelection()?.selectAllChildren(/** @type {Element} */ (pane.querySelector(".lean-magic-goal-hypotheses")));
  await frame();
  expect(pane.querySelector(".lean-magic-type-offer")?.hasAttribute("hidden")).toBe(true);
  pane.querySelector("h3")?.dispatchEvent(new KeyboardEvent("keydown", { key: "t", code: "KeyT", altKey: true, bubbles: true }));
  expect(popover(pane)).toBeNull();
});

test("all works by keyboard: lines, words, more words, asking", async () => {
  const { kernel, pane } = await open();
  /** @type {HTMLElement} */ (pane.querySelector("header .lean-magic-goal-fold")).focus();
  await userEvent.keyboard("{ArrowRight}{ArrowDown}");
  const first = pane.querySelectorAll(".lean-magic-goal-body [tabindex='0']");
  expect(first).toHaveLength(2); // one stop in each goal
  /** @type {HTMLElement} */ (first[0]).focus();
  expect(document.activeElement?.textContent).toBe("p");
  await userEvent.keyboard("{ArrowRight}");
  expect(document.activeElement?.textContent).toBe("q");
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowRight}");
  expect(document.getSelection()?.toString()).toBe("Decidable");
  expect(pane.querySelector(".lean-magic-spoken[aria-live]")?.textContent).toBe("Decidable");
  await userEvent.keyboard("{Shift>}{ArrowRight}{/Shift}");
  expect(document.getSelection()?.toString()).toBe("Decidable p");
  await userEvent.keyboard("{Enter}");
  await userEvent.keyboard("{Escape}");
  expect(document.getSelection()?.toString()).toBe("");
  await userEvent.keyboard("{End}{Alt>}t{/Alt}");
  expect(document.activeElement?.textContent).toBe("⊢");
  expect(kernel.sentOf("type").map(({ text }) => text)).toEqual(["Decidable p", "p"]);
  await userEvent.keyboard("{Home}{ArrowLeft}");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("type of p q");
  await userEvent.keyboard("{Enter}");
  expect(document.activeElement?.getAttribute("aria-expanded")).toBe("false");
  expect(pane.querySelectorAll(".lean-magic-goal-body [tabindex='0']")).toHaveLength(2);
});

test("a name or a turnstile stands for its whole, also where it is shown in part", async () => {
  const whole = "x + ".repeat(2000).trim();
  const { kernel, pane } = await open(withTarget(whole));
  await userEvent.click(nameOf(pane, "⊢"));
  expect(kernel.sentOf("type")[0].text).toBe(whole);
});

test("the last question counts, and why there is no answer is said", async () => {
  const { kernel, pane } = await open();
  kernel.silent = true;
  nameOf(pane, "hp").click();
  nameOf(pane, "n").click();
  const [first, second] = kernel.sentOf("type");
  kernel.tell({ kind: "type", request: second.request, text: "unknown identifier 'n'", ok: false });
  kernel.tell({ kind: "type", request: first.request, text: "late", ok: true });
  await frame();
  expect(popover(pane)?.querySelector("em")?.textContent).toBe("unknown identifier 'n'");
  expect(pane.textContent).not.toContain("late");
  nameOf(pane, "h").click();
  kernel.tell({ kind: "problem", request: kernel.sentOf("type")[2].request, text: "the worker is gone" });
  await frame();
  expect(popover(pane)?.textContent).toContain("the worker is gone");
});

test("in a shadow root, too", async () => {
  const { pane, kernel } = await open();
  const host = document.createElement("div");
  document.body.append(host);
  host.attachShadow({ mode: "open" }).append(pane);
  nameOf(pane, "hp").focus();
  await userEvent.keyboard("{ArrowRight}{Enter}");
  expect(kernel.sentOf("type")[0]).toMatchObject({ text: "p" });
});
