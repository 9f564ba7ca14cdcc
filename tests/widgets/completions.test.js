import { userEvent } from "vitest/browser";
import { afterEach, expect, test } from "vitest";

import { tacticInput } from "../../lean_magic/widgets/explorer/tactic_input.js";
import { Kernel, openStore } from "./kernel.js";

const { keyboard } = userEvent;
/** @type {(() => void)[]} */
const closing = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  document.body.replaceChildren();
});

/** @param {Kernel} [kernel] */
async function open(kernel) {
  const opened = await openStore(kernel);
  closing.push(opened.close);
  const pane = tacticInput(opened.store, opened);
  const after = document.createElement("button");
  document.body.append(pane, after);
  const field = /** @type {HTMLTextAreaElement} */ (pane.querySelector("textarea"));
  field.focus();
  const list = /** @type {HTMLElement} */ (pane.querySelector(".lean-magic-list"));
  const active = () => document.getElementById(field.getAttribute("aria-activedescendant") ?? "")?.textContent;
  const isOpen = () => list.matches(":popover-open") && field.getAttribute("aria-expanded") === "true";
  return { ...opened, pane, field, list, active, isOpen, after };
}

test.each(["{Tab}", "{Control>} {/Control}"])("%s opens a list of what fits; arrows choose, Enter takes", async (key) => {
  const { kernel, field, list, active, isOpen } = await open();
  await keyboard(`intro x; sim${key}`);
  await expect.poll(isOpen).toBe(true);
  expect(kernel.sentOf("complete")).toMatchObject([{ attempt: 0, place: 0, text: "intro x; sim", cursor: 12 }]);
  expect(field.getAttribute("role")).toBe("combobox");
  expect(field.getAttribute("aria-controls")).toBe(list.querySelector("[role=listbox]")?.id);
  expect(active()).toBe("simp tactic");
  expect(list.textContent).toContain("hp : p hypothesis");
  expect(list.textContent).toContain("Simplifies.");
  await keyboard("{ArrowUp}");
  expect(active()).toBe("hp : p hypothesis");
  await keyboard("{ArrowUp}");
  expect(active()).toBe("simp_all tactic");
  expect(list.querySelectorAll("[aria-selected=true]")).toHaveLength(1);
  await keyboard("{Enter}");
  expect(field.value).toBe("intro x; simp_all");
  expect(isOpen()).toBe(false);
  for (const name of ["role", "aria-expanded", "aria-activedescendant"]) expect(field.hasAttribute(name)).toBe(false);
  expect(kernel.sentOf("run")).toEqual([]);
  await keyboard("{Control>}z{/Control}");
  expect(field.value).toBe("intro x; sim");
});

test("what is typed narrows the list by asking again, once per pause", async () => {
  const { kernel, isOpen } = await open();
  await keyboard("s{Tab}");
  await expect.poll(isOpen).toBe(true);
  await keyboard("imp");
  await expect.poll(() => kernel.sentOf("complete").length).toBe(2);
  expect(kernel.sentOf("complete")[1]).toMatchObject({ text: "simp", cursor: 4 });
  expect(isOpen()).toBe(true);
});

test("an answer to what is no longer written is dropped", async () => {
  const kernel = new Kernel();
  const { field, isOpen, pane } = await open(kernel);
  kernel.silent = true;
  await keyboard("s{Tab}");
  await keyboard("i");
  await expect.poll(() => kernel.sentOf("complete").length).toBe(2);
  const [first, second] = kernel.sentOf("complete").map(({ request }) => request);
  kernel.tell({ kind: "completions", request: second, start: 0, items: [{ text: "simp", kind: "tactic" }, { text: "simp_all", kind: "tactic" }] });
  kernel.tell({ kind: "completions", request: first, start: 0, items: [{ text: "skip", kind: "tactic" }] });
  await expect.poll(isOpen).toBe(true);
  expect(pane.querySelectorAll("[role=option]")).toHaveLength(2);
  expect(field.value).toBe("si");
});

test("the only way to go on is gone at once; none is said", async () => {
  const kernel = new Kernel();
  const { field, isOpen, pane } = await open(kernel);
  kernel.silent = true;
  await keyboard("ome{Tab}");
  kernel.tell({ kind: "completions", request: kernel.sentOf("complete")[0]?.request, start: 0, items: [{ text: "omega", kind: "tactic" }] });
  await expect.poll(() => field.value).toBe("omega");
  await keyboard(" zzz{Tab}");
  kernel.tell({ kind: "completions", request: kernel.sentOf("complete")[1]?.request, start: 6, items: [] });
  await expect.poll(() => pane.querySelector("[role=alert]")?.textContent).toBe("Lean knows nothing that fits here.");
  expect(isOpen()).toBe(false);
});

test("Escape closes the list, and cancels nothing; then Tab leaves the field", async () => {
  const { kernel, isOpen, after, field, pane } = await open();
  await keyboard("s{Tab}");
  await expect.poll(isOpen).toBe(true);
  await keyboard("{Escape}");
  expect(isOpen()).toBe(false);
  expect(kernel.sentOf("cancel")).toEqual([]);
  await keyboard("{Escape}{Tab}");
  expect(document.activeElement).not.toBe(field);
  expect(pane.contains(document.activeElement) || document.activeElement === after).toBe(true);
});

test("Tab leaves an empty field, and Shift+Tab any", async () => {
  const { field } = await open();
  await keyboard("{Tab}");
  expect(document.activeElement).not.toBe(field);
  field.focus();
  await keyboard("s{Shift>}{Tab}{/Shift}");
  expect(document.activeElement).not.toBe(field);
});

test("a click takes, and the field keeps the focus", async () => {
  const { field, isOpen, pane } = await open();
  await keyboard("s{Tab}");
  await expect.poll(isOpen).toBe(true);
  await userEvent.click(/** @type {Element} */ (pane.querySelectorAll("[role=option]")[1]));
  expect(field.value).toBe("simp_all");
  expect(document.activeElement).toBe(field);
});

test("the list goes when the field loses the focus, or the cursor moves", async () => {
  const { isOpen, after } = await open();
  await keyboard("s{Tab}");
  await expect.poll(isOpen).toBe(true);
  await keyboard("{ArrowLeft}");
  expect(isOpen()).toBe(false);
  await keyboard("{End}{Tab}");
  await expect.poll(isOpen).toBe(true);
  after.focus();
  expect(isOpen()).toBe(false);
});
