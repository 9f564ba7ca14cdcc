import { userEvent } from "vitest/browser";
import { afterEach, expect, test } from "vitest";

import { tacticInput } from "../../lean_magic/widgets/explorer/tactic_input.js";
import { Kernel, attempt, frame, openStore, smallTree } from "./kernel.js";

/** @type {(() => void)[]} */
const closing = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  document.body.replaceChildren();
  localStorage.clear();
});

/** @param {Kernel} [kernel] */
async function open(kernel) {
  const opened = await openStore(kernel);
  closing.push(opened.close);
  const explorer = document.createElement("div");
  explorer.className = "lean-magic-explorer";
  explorer.append(tacticInput(opened.store, opened));
  document.body.append(explorer);
  const field = /** @type {HTMLTextAreaElement} */ (explorer.querySelector("textarea"));
  field.focus();
  const words = (/** @type {string} */ role) => explorer.querySelector(`[role=${role}]`)?.textContent ?? "";
  const options = () => [...explorer.querySelectorAll("[role=option]")].map((option) => option.firstElementChild?.textContent);
  const active = () => document.getElementById(field.getAttribute("aria-activedescendant") ?? "")?.firstElementChild?.textContent;
  const isOpen = () => field.getAttribute("aria-expanded") === "true";
  const button = (/** @type {string} */ text) => {
    const found = [...explorer.querySelectorAll("button")].find((each) => each.textContent === text);
    if (!found) throw new Error(`no button ${text}`);
    return found;
  };
  const allowed = (/** @type {string} */ text) => button(text).getAttribute("aria-disabled") === null;
  const { keyboard } = userEvent;
  return { ...opened, explorer, field, words, options, active, isOpen, button, allowed, keyboard };
}

test("Enter runs the tactic on the chosen goal; then the field is empty and keeps the focus", async () => {
  const { store, kernel, field, words, keyboard } = await open();
  store.select(1);
  store.place = 1;
  await keyboard("exact hq  {Enter}");
  expect(kernel.sentOf("run")).toMatchObject([{ parent: 1, place: 1, tactic: "exact hq" }]);
  await expect.poll(() => field.value).toBe("");
  expect(document.activeElement).toBe(field);
  await expect.poll(() => words("status")).toBe("exact hq: 1 goal left, 10 ms");
});

test("Shift+Enter adds a line, the field grows, and indentation stays", async () => {
  const { kernel, field, keyboard } = await open();
  const { height } = field.getBoundingClientRect();
  await keyboard("constructor{Shift>}{Enter}{/Shift}  · rfl");
  expect(field.value).toBe("constructor\n  · rfl");
  expect(field.getBoundingClientRect().height).toBeGreaterThan(height + 10);
  await keyboard("{Enter}");
  expect(kernel.sentOf("run")[0]?.tactic).toBe("constructor\n  · rfl");
});

test.each([
  ["induction n with", "induction n with\n"],
  ["have h : p := by", "have h : p := by\n  "],
  ["constructor <;>", "constructor <;>\n  "],
  ["  cases h with{Shift>}{Enter}{/Shift}  | inl h =>", "  cases h with\n  | inl h =>\n    "],
  ["exact foo (g ⟨a,", "exact foo (g ⟨a,\n  "],
])("Enter adds a line where the tactic plainly goes on: %s", async (typed, lines) => {
  const { field, kernel, words, keyboard } = await open();
  await keyboard(`${typed}{Enter}`);
  expect(field.value).toBe(lines);
  expect(kernel.sentOf("run")).toEqual([]);
  await expect.poll(() => words("status")).toContain("Shift+Enter");
  await keyboard("{Enter}"); // in an empty line: it is meant
  expect(kernel.sentOf("run")).toHaveLength(1);
});

test.each(['exact foo "("', "exact foo -- (", "exact stand.by", "simp [a]", "exact h⟩"])("Enter runs what is whole: %s", async (tactic) => {
  const { field, kernel, keyboard } = await open();
  field.value = tactic;
  await keyboard("{Control>}{End}{/Control}{Enter}");
  expect(kernel.sentOf("run")).toMatchObject([{ tactic }]);
});

test("a long error stands once: in full with the state of the attempt that is selected", async () => {
  const kernel = new Kernel();
  const { store, words, keyboard } = await open(kernel);
  kernel.silent = true;
  await keyboard("omega{Enter}");
  const failed = attempt({ id: 50, tactic: "omega", status: "failed", goals: 0, error: "omega could not\nprove it" });
  kernel.change([failed]);
  kernel.tell({ kind: "started", request: kernel.sentOf("run")[0]?.request ?? 0, attempt: 50 });
  await expect.poll(() => store.current).toBe(50);
  await expect.poll(() => words("alert")).toBe("omega could not …");
});

test("a tactic that fails stays, with the error below; the next one runs on the same goal", async () => {
  const { kernel, field, words, keyboard } = await open();
  await keyboard("fail{Enter}");
  await expect.poll(() => words("alert")).toBe("failed");
  expect(field.value).toBe("fail");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  await keyboard("{Control>}a{/Control}simp{Enter}");
  expect(kernel.sentOf("run")[1]).toMatchObject({ parent: 0, tactic: "simp" });
  await expect.poll(() => words("alert")).toBe("");
  expect(field.hasAttribute("aria-invalid")).toBe(false);
});

test("nothing is run of blanks, and nothing while a word is composed", async () => {
  const { kernel, field, keyboard } = await open();
  await keyboard("  {Enter}");
  field.value = "simp";
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }));
  expect(kernel.sentOf("run")).toEqual([]);
});

test("while one runs, another can be started, and what is written meanwhile stays", async () => {
  const kernel = new Kernel();
  const { field, words, allowed, keyboard } = await open(kernel);
  kernel.silent = true;
  await keyboard("decide{Enter}");
  const [{ request }] = kernel.sentOf("run");
  const running = attempt({ id: 50, tactic: "decide", status: "running", goals: 0, elapsed: null });
  kernel.tell({ kind: "started", request, attempt: 50 });
  await frame();
  kernel.change([running]);
  await expect.poll(() => words("status")).toBe("decide: running …");
  expect(allowed("Run")).toBe(true);
  await keyboard("{Control>}a{/Control}simp");
  kernel.change([{ ...running, status: "open", goals: 1, elapsed: 1.5 }]);
  await expect.poll(() => words("status")).toBe("decide: 1 goal left, 1.5 s");
  expect(field.value).toBe("simp");
  await keyboard("{Enter}");
  expect(kernel.sentOf("run")).toHaveLength(2);
});

test.each(["{Escape}", "{Control>}.{/Control}", "button"])("%s cancels what runs, if something does", async (way) => {
  const { kernel, button, allowed, keyboard } = await open();
  const cancel = async () => void (way === "button" ? await userEvent.click(button("Cancel"), { force: true }) : await keyboard(way));
  expect(allowed("Cancel")).toBe(true); // one runs in the tree
  await cancel();
  expect(kernel.sentOf("cancel")).toEqual([{ kind: "cancel" }]);
  await expect.poll(() => allowed("Cancel")).toBe(false);
  await cancel();
  expect(kernel.sentOf("cancel")).toHaveLength(1);
  kernel.tell({ kind: "suggestions", attempt: 0, place: 0, running: true, done: 0, total: 2, items: [] });
  await expect.poll(() => allowed("Cancel")).toBe(true);
});

test("where there are several goals, one is chosen, or all", async () => {
  const { store, kernel, explorer, keyboard } = await open();
  const label = /** @type {HTMLElement} */ (explorer.querySelector("label"));
  const select = /** @type {HTMLSelectElement} */ (explorer.querySelector("select"));
  expect(label.hidden).toBe(true);
  store.select(1);
  await expect.poll(() => label.hidden).toBe(false);
  await expect
    .poll(() => [...select.options].map((option) => option.text))
    .toEqual(["goal 1 of 2: case left ⊢ p", "goal 2 of 2: case right ⊢ q", "all goals: the tactic decides"]);
  await userEvent.selectOptions(select, "all");
  expect(store.place).toBeNull();
  await userEvent.selectOptions(select, "1");
  expect(store.place).toBe(1);
  store.place = 0; // chosen elsewhere
  await expect.poll(() => select.value).toBe("0");
  await userEvent.selectOptions(select, "all");
  await userEvent.click(/** @type {Element} */ (explorer.querySelector("textarea")));
  await keyboard("all_goals simp{Enter}");
  expect(kernel.sentOf("run")[0]).toMatchObject({ parent: 1, place: null });
});

test("a proof without goals takes no tactic, and says why", async () => {
  const { store, kernel, words, allowed, keyboard } = await open();
  store.select(4);
  await expect.poll(() => words("status")).toContain("No goals are left");
  await keyboard("simp{Enter}");
  expect(kernel.sentOf("run")).toEqual([]);
  expect(allowed("Suggest")).toBe(false);
});

test("Up and Down walk through earlier tactics, from the first line and the last", async () => {
  const { field, keyboard } = await open();
  for (const tactic of ["intro h", "constructor"]) await keyboard(`${tactic}{Enter}`);
  await expect.poll(() => field.value).toBe("");
  await keyboard("dra{Shift>}{Enter}{/Shift}ft{ArrowUp}");
  expect(field.value).toBe("dra\nft"); // in the last line, Up is for the cursor
  await keyboard("{ArrowUp}");
  expect(field.value).toBe("constructor");
  await keyboard("{ArrowUp}{ArrowUp}");
  expect(field.value).toBe("intro h");
  await keyboard("{ArrowDown}{ArrowDown}");
  expect(field.value).toBe("dra\nft");
});

test("Ctrl+R searches earlier tactics while more is typed", async () => {
  const { field, options, isOpen, kernel, keyboard } = await open();
  for (const tactic of ["intro h", "intro x", "simp"]) await keyboard(`${tactic}{Enter}`);
  await expect.poll(() => field.value).toBe("");
  await keyboard("{Control>}r{/Control}");
  expect(options()).toEqual(["simp", "intro x", "intro h"]);
  await keyboard("int");
  expect(options()).toEqual(["intro x", "intro h"]);
  await keyboard("{ArrowDown}{Enter}");
  expect(field.value).toBe("intro h");
  expect(isOpen()).toBe(false);
  expect(kernel.sentOf("run")).toHaveLength(3);
  expect(kernel.sentOf("complete")).toEqual([]);
});

test("nothing earlier is said, not shown", async () => {
  const { button, words, isOpen } = await open();
  await userEvent.click(button("History"));
  await expect.poll(() => words("alert")).toBe("No tactic was run before.");
  expect(isOpen()).toBe(false);
});

test("Suggest asks for the chosen goal", async () => {
  const { store, kernel, button } = await open();
  store.select(1);
  store.place = 1;
  await userEvent.click(button("Suggest"));
  expect(kernel.sentOf("suggest")).toEqual([{ kind: "suggest", attempt: 1, place: 1 }]);
});

test("without a kernel it says why nothing runs, and keeps what is written", async () => {
  const { store, kernel, field, words, allowed, keyboard } = await open();
  await keyboard("simp");
  store.disconnect("The kernel was restarted.");
  await expect.poll(() => words("status")).toBe("Nothing can be run: The kernel was restarted.");
  for (const each of ["Run", "Suggest", "Cancel"]) expect(allowed(each)).toBe(false);
  await keyboard("{Enter}");
  expect(kernel.sentOf("run")).toEqual([]);
  expect(field.value).toBe("simp");
});

test("what the kernel can't do is said", async () => {
  const kernel = new Kernel(smallTree());
  const { words, field, keyboard } = await open(kernel);
  kernel.silent = true;
  await keyboard("simp{Enter}");
  kernel.tell({ kind: "problem", request: kernel.sentOf("run")[0]?.request, text: "That attempt was pruned." });
  await expect.poll(() => words("alert")).toBe("That attempt was pruned.");
  expect(field.value).toBe("simp");
});

test("a bracket that is still an abbreviation closes", async () => {
  const { kernel, keyboard } = await open();
  await keyboard("refine ⟨?_, \\to{Enter}");
  expect(kernel.sentOf("run")).toEqual([]);
  await keyboard("{Control>}a{/Control}refine ⟨?_, ?_\\>{Enter}");
  expect(kernel.sentOf("run")[0]?.tactic).toBe("refine ⟨?_, ?_⟩");
});

test("Tab turns an abbreviation into its symbol, also before a tactic is run", async () => {
  const { field, kernel, keyboard } = await open();
  await keyboard("p \\al{Tab}");
  expect(field.value).toBe("p α");
  await keyboard(" q \\an{Enter}");
  expect(kernel.sentOf("run")[0]?.tactic).toBe("p α q ∧");
});
