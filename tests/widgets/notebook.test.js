import { afterEach, beforeEach, expect, test } from "vitest";

import { Notebook, NotebookError, difference, saveByKey } from "../../lean_magic/widgets/explorer/notebook.js";
import { Lab } from "./jupyterlab.js";
import { Kernel } from "./kernel.js";

const before = "theorem swap (h : p ∧ q) : q ∧ p := by\n  sorry";
const after = "theorem swap (h : p ∧ q) : q ∧ p := by\n  constructor\n  · exact h.2\n  · exact h.1";
/** @type {import("../../lean_magic/widgets/explorer/types").Origin} */
const origin = { cell: null, code: before, declaration: "theorem swap", sorry: [2, 2, 2, 7] };

/** @type {Lab} */
let lab;
/** @type {Kernel} */
let kernel;
/** @type {HTMLElement} */
let view;

beforeEach(() => {
  lab = new Lab(["import lean_magic", `%%lean --timeout 10\n${before}`, "%leanctl explore swap"]);
  kernel = new Kernel();
  kernel.widget_manager = lab.manager;
  view = document.createElement("div");
  lab.show(2, view);
});
afterEach(() => document.body.replaceChildren());

function notebook() {
  const found = Notebook.around(kernel, view);
  if (!found) throw new Error("no notebook");
  return found;
}

test("other frontends have no notebook", () => {
  for (const manager of [undefined, {}, { context: {} }, { context: { model: {} } }]) {
    kernel.widget_manager = manager;
    expect(Notebook.around(kernel, view)).toBeNull();
  }
});

test.each([
  ["Name: proofs.ipynb\nPath: proofs.ipynb", true],
  ["名称：proofs.ipynb\n路径：proofs.ipynb", true],
  ["Name: other.ipynb\nPath: other.ipynb", false],
  ["Name: my-proofs.ipynb\nPath: sub/my-proofs.ipynb", false],
])("a notebook that shares its kernel with the one around the view is left alone: %j", (title, isHere) => {
  lab.tab.title = title;
  expect(Notebook.around(kernel, view) !== null).toBe(isHere);
});

test("the sorry of the cell becomes the proof, in one small change that is one step of undo", () => {
  expect(notebook().replaceCode(origin, { before, after })).toBe("id-1");
  expect(lab.sources[1]).toBe(`%%lean --timeout 10\n${after}`);
  const start = "%%lean --timeout 10\n".length + before.indexOf("sorry");
  expect(lab.cells[1]?.updates).toEqual([[start, start + 5, after.slice(before.indexOf("sorry"))]]);
  expect(lab.cells[1]?.sharedModel.undoManager.captures).toBe(2);
});

test("a proof that is there already is not put in again; once it was taken back, it is", () => {
  const replace = () => notebook().replaceCode(origin, { before, after });
  replace();
  expect(replace()).toBe("id-1");
  expect(lab.cells[1]?.updates).toHaveLength(1);
  lab.cells[1]?.sharedModel.updateSource(0, lab.sources[1]?.length ?? 0, `%%lean\n${before}`);
  replace();
  expect(lab.sources[1]).toBe(`%%lean\n${after}`);
});

test("the line break that IPython adds is not looked for in the cell", () => {
  notebook().replaceCode(origin, { before: `${before}\n`, after: `${after}\n` });
  expect(lab.sources[1]).toBe(`%%lean --timeout 10\n${after}`);
});

test("of several cells with the code, the one with the id is meant", () => {
  lab.insert(3, `%%lean\n${before}`);
  notebook().replaceCode({ ...origin, cell: "id-3" }, { before, after });
  expect(lab.sources[3]).toBe(`%%lean\n${after}`);
  expect(lab.sources[1]).toContain("sorry");
});

const two = "theorem one : p := by sorry\n\ntheorem two :\n    q := by\n  have k : q := by\n    sorry\n  exact k";

test("what else was changed in the cell, as by the proof of another sorry, does not matter", () => {
  const write = (/** @type {string} */ source) => lab.cells[1]?.sharedModel.updateSource(0, lab.sources[1]?.length ?? 0, source);
  const put = (/** @type {string} */ text) => {
    const at = two.lastIndexOf("sorry");
    return notebook().replaceCode({ ...origin, cell: "id-1" }, { before: two, after: `${two.slice(0, at)}${text}${two.slice(at + 5)}` });
  };
  const now = two.replace("by sorry", "by\n  simp").concat("\n-- and more");
  write(`%%lean\n${now}`);
  put("omega");
  expect(lab.sources[1]).toBe(`%%lean\n${now.replace("sorry", "omega")}`);
  for (const other of [now.replace("two :", "two (n : Nat) :"), `${now}\n\n${two}\n-- end`, "x = 1"]) {
    write(`%%lean\n${other}`);
    expect(() => put("omega")).toThrow("was changed since it was run");
  }
  const same = "\nexample : p := by sorry\nexample : p := by sorry";
  write(`%%lean\n${same}\n-- more`);
  const proof = { before: same, after: same.replace("sorry", "simp") };
  expect(() => notebook().replaceCode({ ...origin, cell: "id-1" }, proof)).toThrow("was changed since it was run");
});

test("a cell that is not shown is not run, nor another in its place", () => {
  /** @type {HTMLElement} */ (lab.panel.children[1]).style.display = "none";
  expect(() => notebook().run("id-1")).toThrow("out of sight");
  expect(lab.commands).toEqual([]);
});

test.each([
  ["Several cells have this code", () => lab.insert(3, `%%lean\n${before}`), null],
  ["No cell has this code any more", () => lab.cells[1]?.sharedModel.updateSource(0, 0, "x"), "gone"],
  ["What the proof belongs to was changed since it was run", () => lab.cells[1]?.sharedModel.updateSource(30, 31, "k"), "id-1"],
  ["The cell may not be edited", () => Object.assign(lab.cells[1]?.metadata ?? {}, { editable: false }), "id-1"],
  ["read-only", () => Object.assign(/** @type {any} */ (kernel.widget_manager).context.model, { readOnly: true }), "id-1"],
])("nothing is changed, and it says why: %s", (message, change, cell) => {
  if (message.startsWith("No cell")) lab.cells.splice(1, 1);
  else change();
  const sources = lab.sources;
  const replace = () => notebook().replaceCode({ ...origin, cell }, { before, after });
  expect(replace).toThrow(NotebookError);
  expect(replace).toThrow(message);
  expect(lab.sources).toEqual(sources);
});

test("a cell whose code only ends alike is another one", () => {
  lab.cells[1]?.sharedModel.updateSource(0, lab.sources[1]?.length ?? 0, `%%lean\nprivate ${before}`);
  expect(notebook().has(origin, { before, after })).toBe(false);
  expect(() => notebook().replaceCode(origin, { before, after })).toThrow("No cell has this code");
});

test("a cell is added below the explorer's, and run", () => {
  lab.insert(3, "last");
  const index = notebook().addCell("%%lean\nexample : True := trivial");
  expect(index).toBe(3);
  expect(lab.sources.slice(2)).toEqual(["%leanctl explore swap", "%%lean\nexample : True := trivial", "last"]);
  notebook().run(index);
  notebook().run("id-1");
  expect(lab.commands).toEqual([["notebook:run-cell", 3], ["notebook:run-cell", 1]]);
  expect(document.querySelector("[data-commandlinker-command]")).toBeNull();
});

test("all above and the explorer's own cell are run, in this order", async () => {
  await notebook().runToHere();
  expect(lab.commands).toEqual([["notebook:run-all-above", 2], ["notebook:run-cell", 2]]);
});

test("they are run in a new kernel if there is none", async () => {
  lab.kernels = 0;
  await notebook().runToHere();
  expect(lab.commands).toHaveLength(2);
  lab.kernels = 0;
  lab.hasDefaultKernel = false;
  await expect(notebook().runToHere()).rejects.toThrow("The notebook has no kernel.");
});

test("an output that is shown elsewhere says what to do", async () => {
  document.body.append(view);
  await expect(notebook().runToHere()).rejects.toThrow("This output is not in its cell.");
  expect(() => notebook().run("id-1")).toThrow("out of sight");
});

test("it knows whether its cell was made by a button, and has the keyboard", () => {
  const cell = /** @type {HTMLElement} */ (lab.panel.children[2]);
  const button = document.createElement("button");
  button.dataset.commandlinkerArgs = JSON.stringify({ commands: [], args: { text: "%leanctl explore swap" } });
  cell.focus();
  expect(notebook().isOfButton).toBe(false);
  lab.panel.children[1]?.append(button);
  expect(notebook().isOfButton).toBe(true);
  button.focus(); // or an editor
  expect(notebook().isOfButton).toBe(false);
  lab.cells[2]?.sharedModel.updateSource(0, 0, "# mine\n");
  cell.focus();
  expect(notebook().isOfButton).toBe(false);
});

test("Ctrl+S saves the notebook, where there is one", () => {
  const press = (/** @type {KeyboardEventInit} */ init) => {
    const event = new KeyboardEvent("keydown", { key: "s", cancelable: true, ...init });
    saveByKey(kernel, view, event);
    return event.defaultPrevented;
  };
  expect([press({ ctrlKey: true }), press({ metaKey: true }), press({})]).toEqual([true, true, false]);
  expect(lab.saved).toBe(2);
  kernel.widget_manager = undefined;
  expect(press({ ctrlKey: true })).toBe(false);
});

test.each([
  ["", "a"],
  ["aa", "a"],
  ["a sorry b", "a simp b"],
  ["sorry\nsorry", "simp\nsorry"],
  ["𝔸", "𝔹"], // both begin with the same half
  ["x𝔸y", "xy"],
  ["𝔸𝔸", "𝔸"],
])("the difference from %j to %j leads there, and splits no character", (one, other) => {
  const found = difference(one, other);
  expect(found && one.slice(0, found.start) + found.text + one.slice(found.end)).toBe(other);
  expect([found?.text, one.slice(0, found?.start), one.slice(found?.end)].every((part) => part === undefined || new TextDecoder().decode(new TextEncoder().encode(part)) === part)).toBe(true);
});

test("there is no difference between the same", () => expect(difference("a", "a")).toBeNull());
