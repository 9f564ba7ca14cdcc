import { userEvent } from "vitest/browser";
import { afterEach, expect, test } from "vitest";

import { scriptPane } from "../../lean_magic/widgets/explorer/script_pane.js";
import { Lab } from "./jupyterlab.js";
import { Kernel, attempt, openStore } from "./kernel.js";

const before = "theorem swap : p := by sorry";
const after = "theorem swap : p := by\n  simp";

/** @type {(() => void)[]} */
const closing = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  document.body.replaceChildren();
});

/**
 * @param {Kernel} kernel
 * @param {Lab} [lab]
 */
async function open(kernel, lab) {
  kernel.tree = { origin: { cell: null, code: before, declaration: "theorem swap", sorry: [1, 24, 1, 29] } };
  kernel.widget_manager = lab?.manager;
  const opened = await openStore(kernel);
  closing.push(opened.close);
  const pane = /** @type {HTMLDetailsElement} */ (scriptPane(opened.store, opened));
  if (lab) lab.show(1, pane);
  else document.body.append(pane);
  const buttons = () => [...pane.querySelectorAll("button")].filter((button) => button.checkVisibility()).map((button) => button.textContent);
  const click = async (/** @type {string} */ text) => {
    const found = [...pane.querySelectorAll("button")].find((button) => button.textContent === text && button.checkVisibility());
    if (!found) throw new Error(`no button ${text}`);
    await userEvent.click(found);
  };
  const words = () => pane.innerText.replace(/\s+/g, " ");
  return { ...opened, pane, buttons, click, words };
}

/** @param {Partial<import("../../lean_magic/widgets/explorer/types").ScriptMessage>} script */
function kernelWith(script) {
  const kernel = new Kernel();
  kernel.current = 4;
  kernel.script = script;
  return kernel;
}

test("the script of a finished attempt is shown, with what Lean says of the whole", async () => {
  const { kernel, pane, words, buttons } = await open(kernelWith({}));
  expect(pane.open).toBe(true);
  await expect.poll(words).toContain("constructor · exact hp · exact hq");
  expect(words()).toContain("✓ Lean accepts it as a whole.");
  expect(kernel.sentOf("script")).toMatchObject([{ attempt: 4 }]);
  expect(buttons()).toEqual(["Copy"]); // there is no code to put it into
});

test("where another attempt is selected, the finished proof is one click away", async () => {
  const kernel = kernelWith({});
  kernel.current = 3;
  const { store, pane, click, words } = await open(kernel);
  pane.open = true;
  await expect.poll(words).toContain("The finished proof: show it");
  await click("show it");
  await expect.poll(() => store.current).toBe(4);
  await expect.poll(words).not.toContain("show it");
});

test("of an open attempt it is asked for when it is opened, and once", async () => {
  const kernel = kernelWith({ verdict: "sorry", reason: "1 goal is open" });
  kernel.current = 3;
  const { store, pane, words, buttons } = await open(kernel);
  expect(pane.open).toBe(false);
  expect(kernel.sentOf("script")).toEqual([]);
  pane.open = true;
  await expect.poll(words).toContain("Not finished: 1 goal is open");
  expect(buttons()).toEqual(["show it", "Copy"]);
  store.select(1);
  await expect.poll(() => kernel.sentOf("script").length).toBe(2);
  store.select(3);
  await expect.poll(words).toContain("Not finished");
  expect(kernel.sentOf("script")).toHaveLength(2);
});

test("whoever walks through the tree asks for the last one only", async () => {
  const kernel = kernelWith({});
  kernel.current = 3;
  const { store, pane } = await open(kernel);
  pane.open = true;
  for (const id of [1, 0, 3, 1]) store.select(id);
  await expect.poll(() => kernel.sentOf("script").length).toBe(1);
  expect(kernel.sentOf("script")[0]?.attempt).toBe(1);
});

test.each(/** @type {const} */ ([
  ["error", "unknown identifier", "✗ Lean does not accept it: unknown identifier"],
  ["timeout", "it took more than 60 s", "Not checked: it took more than 60 s"],
  ["crashed", "", "Not checked."],
  ["sorry", "it uses sorry", "Not finished: it uses sorry"],
]))("what is not accepted (%s) is not offered as a proof", async (verdict, reason, said) => {
  const { words, buttons } = await open(kernelWith({ verdict, reason, cell: { before, after } }), new Lab([`%%lean\n${before}`, "x"]));
  await expect.poll(words).toContain(said);
  expect(buttons()).toEqual(["Copy"]);
});

test("it is put into the cell, and the cell is run", async () => {
  const lab = new Lab([`%%lean\n${before}`, "%leanctl explore swap"]);
  const { click, words, buttons } = await open(kernelWith({ cell: { before, after } }), lab);
  await expect.poll(buttons).toEqual(["Insert into the cell", "Copy"]);
  await click("Insert into the cell");
  expect(lab.sources).toEqual([`%%lean\n${after}`, "%leanctl explore swap"]);
  expect(words()).toContain("It is in the cell. Undo in the cell takes it back.");
  await click("Run the cell");
  expect(lab.commands).toEqual([["notebook:run-cell", 0]]);
});

test("a cell that was changed is left alone, and it says so", async () => {
  const lab = new Lab([`%%lean\n${before}`, "x"]);
  const { click, words, buttons } = await open(kernelWith({ cell: { before, after } }), lab);
  await expect.poll(buttons).toContain("Insert into the cell");
  lab.cells[0]?.sharedModel.updateSource(10, 11, "Z");
  const sources = lab.sources;
  await click("Insert into the cell");
  expect(lab.sources).toEqual(sources);
  expect(words()).toContain("No cell has this code any more");
});

test("what belongs to no cell goes into a new one", async () => {
  const lab = new Lab(["import lean_magic", "lean.explore('theorem swap : p')"]);
  const { click, buttons } = await open(kernelWith({ cell: { before, after } }), lab);
  await expect.poll(buttons).toEqual(["New cell below", "Copy"]);
  await click("New cell below");
  expect(lab.sources[2]).toBe(`%%lean\n${after}`);
  await click("Run the cell");
  expect(lab.commands).toEqual([["notebook:run-cell", 2]]);
});

test("where widgets can't change the notebook, the code is copied, and it says what to do", async () => {
  const { click, words, buttons } = await open(kernelWith({ cell: { before, after } }));
  await expect.poll(buttons).toEqual(["Insert into the cell", "Copy"]);
  await click("Insert into the cell");
  await expect.poll(words).toContain("The explorer can't change the notebook here.");
});

test("a new try may end otherwise: what was said before is forgotten", async () => {
  const { kernel, words } = await open(kernelWith({}));
  await expect.poll(words).toContain("accepts");
  kernel.script = { verdict: "error", reason: "no" };
  kernel.change([attempt({ id: 4, parent: 3, status: "finished", goals: 0, elapsed: 0.5 })]);
  await expect.poll(words).toContain("✗ Lean does not accept it: no");
});

test("a name or a mark is no reason to check it again", async () => {
  const { kernel, words } = await open(kernelWith({}));
  await expect.poll(words).toContain("accepts");
  kernel.change([attempt({ id: 4, parent: 3, tactic: "exact hq", goal: "q", status: "finished", goals: 0, elapsed: 0.0034, name: "this one" })]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(kernel.sentOf("script")).toHaveLength(1);
});

test("what the kernel can't check is said, and not asked for again by itself", async () => {
  const kernel = kernelWith({});
  const { words, buttons } = await open(kernel);
  kernel.silent = true;
  await expect.poll(() => kernel.sentOf("script").length).toBe(1);
  kernel.tell({ kind: "problem", request: kernel.sentOf("script")[0]?.request, text: "The pool is closed." });
  await expect.poll(words).toContain("The pool is closed.");
  expect(buttons()).toEqual([]);
});
