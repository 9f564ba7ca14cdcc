// What the explorer does to the notebook around it, in JupyterLab and Notebook 7. Other frontends let widgets do nothing.

/** @import {Model, Origin} from "./types" */
import { element } from "./dom.js";

/**
 * The parts of JupyterLab's objects that are used: `widget_manager.context` is a DocumentRegistry.IContext of a notebook.
 * @typedef {{
 *   id: string,
 *   type: string,
 *   getMetadata?(key: string): unknown,
 *   sharedModel: {
 *     getSource(): string,
 *     updateSource(start: number, end: number, text: string): void,
 *     undoManager?: { stopCapturing(): void } | null,
 *   },
 * }} CellModel
 * @typedef {{ connect(slot: (...values: any[]) => void): boolean, disconnect(slot: (...values: any[]) => void): boolean }} Signal
 * @typedef {{
 *   path: string,
 *   localPath: string,
 *   save(): Promise<void>,
 *   model: {
 *     readOnly: boolean,
 *     cells: { length: number, get(index: number): CellModel },
 *     sharedModel: { insertCell(index: number, cell: { cell_type: "code", source: string, metadata: {} }): unknown },
 *   },
 *   sessionContext: { statusChanged: Signal, kernelChanged: Signal, hasNoKernel: boolean, startKernel(): Promise<boolean>, session: { kernel: { info: Promise<unknown> } | null } | null },
 * }} Context
 */

/** Why the notebook can't be changed, in words for the user. */
export class NotebookError extends Error {}

/**
 * @param {Model} model
 * @returns {Context | undefined} undefined in other frontends
 */
export function contextOf(model) {
  const manager = /** @type {{ context?: Context } | undefined} */ (model.widget_manager);
  return manager?.context?.model?.cells && manager.context.sessionContext ? manager.context : undefined;
}

/**
 * Save the notebook with Ctrl+S, as everywhere else in JupyterLab: its shortcuts are off where tactics are written.
 * @param {Model} model
 * @param {HTMLElement} view part of the explorer
 * @param {KeyboardEvent} event
 */
export function saveByKey(model, view, event) {
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  const notebook = Notebook.around(model, view);
  if (!notebook) return;
  event.preventDefault();
  notebook.save();
}

/** The notebook that a view of the explorer is in. */
export class Notebook {
  #context;
  #view;

  /**
   * @param {Context} context
   * @param {HTMLElement} view part of the explorer
   */
  constructor(context, view) {
    this.#context = context;
    this.#view = view;
  }

  /**
   * @param {Model} model
   * @param {HTMLElement} view part of the explorer
   * @returns {Notebook | null} null where it can't be reached
   */
  static around(model, view) {
    const context = contextOf(model);
    const notebook = context && new Notebook(context, view);
    return notebook?.isHere ? notebook : null;
  }

  /** Whether the view is in this notebook: of several on one kernel, JupyterLab gives widgets the first one. */
  get isHere() {
    const { localPath } = this.#context;
    const panel = this.#view.closest(".jp-NotebookPanel");
    const tab = panel && document.querySelector(`.lm-TabBar-tab[data-id="${CSS.escape(panel.id)}"]`);
    if (!(tab instanceof HTMLElement)) return true; // Notebook 7 shows one notebook, and has no tabs
    // One line of it is the path, after a word in the reader's language.
    return tab.title.split("\n").some((line) => line.endsWith(localPath) && !/[\p{L}\p{N}_./-]$/u.test(line.slice(0, -localPath.length)));
  }

  /** Whether the explorer's cell was made by a button below a goal, and is the one that has the keyboard. */
  get isOfButton() {
    const cell = this.#view.closest(".jp-Notebook-cell");
    const source = this.host === null ? undefined : this.#cells()[this.host]?.sharedModel.getSource();
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("button[data-commandlinker-args]"));
    const isMade = [...buttons].some(({ dataset }) => JSON.parse(dataset.commandlinkerArgs ?? "{}").args?.text === source);
    return cell !== null && cell === document.activeElement && source !== undefined && isMade;
  }

  /** Save it. */
  save() {
    void this.#context.save();
  }

  /** @returns {number | null} which cell the explorer is in, from 0; null if its output was moved elsewhere */
  get host() {
    const index = /** @type {HTMLElement | null} */ (this.#view.closest(".jp-Notebook-cell"))?.dataset.windowedListIndex;
    return index === undefined ? null : Number(index);
  }

  /**
   * Whether there is a cell that a proof can be put into; `replaceCode` may still find that it was changed.
   * @param {Origin} origin
   * @param {{ before: string, after: string }} code
   */
  has(origin, { before, after }) {
    return this.#cells().some((cell) => cell.id === origin.cell || isSourceOf(cell, before) || isSourceOf(cell, after));
  }

  /**
   * Replace the code of the cell that a proof belongs to, as one step that can be undone.
   * @param {Origin} origin
   * @param {{ before: string, after: string }} code all of its code, as Lean knew it and as it is to be
   * @returns {string} the cell's id
   * @throws {NotebookError} if it is not there, or has other code now
   */
  replaceCode(origin, { before, after }) {
    this.#mayChange();
    const cell = this.#cellOf(origin, before, after);
    if (isSourceOf(cell, after)) return cell.id;
    if (cell.getMetadata?.("editable") === false) throw new NotebookError("The cell may not be edited.");
    const source = cell.sharedModel.getSource();
    const change = difference(withoutLastBreak(before), withoutLastBreak(after));
    if (!change) return cell.id;
    const start = placeOf(source, withoutLastBreak(before), change);
    if (start === null) {
      throw new NotebookError("What the proof belongs to was changed since it was run. Run the cell again, and explore from there; or copy the script.");
    }
    const { undoManager } = cell.sharedModel;
    undoManager?.stopCapturing(); // what was typed just before is another step
    cell.sharedModel.updateSource(start, start + change.end - change.start, change.text);
    undoManager?.stopCapturing();
    return cell.id;
  }

  /**
   * Add a code cell below the explorer's.
   * @param {string} source
   * @returns {number} its place in the notebook
   */
  addCell(source) {
    this.#mayChange();
    const { cells, sharedModel } = this.#context.model;
    const index = (this.host ?? cells.length - 1) + 1;
    sharedModel.insertCell(index, { cell_type: "code", source, metadata: {} });
    return index;
  }

  /**
   * Run a cell.
   * @param {string | number} which its id, or its place in the notebook
   */
  run(which) {
    const index = typeof which === "number" ? which : this.#cells().findIndex(({ id }) => id === which);
    this.#activate(index);
    this.#execute("notebook:run-cell");
  }

  /**
   * Run all cells above the explorer's, then that one, in a kernel that is started if there is none.
   * @throws {NotebookError} if that can't be
   */
  async runToHere() {
    const host = this.host;
    if (host === null) throw new NotebookError("This output is not in its cell. Run the cells again, up to the one that opened the explorer.");
    // Of several cells at once, JupyterLab runs only the first where it has to start a kernel for them.
    const { sessionContext } = this.#context;
    const isUnclear = sessionContext.hasNoKernel && (await sessionContext.startKernel());
    if (isUnclear) throw new NotebookError("The notebook has no kernel. Choose one, then replay.");
    await sessionContext.session?.kernel?.info;
    this.#activate(host);
    this.#execute("notebook:run-all-above", "notebook:run-cell");
  }

  #mayChange() {
    if (this.#context.model.readOnly) throw new NotebookError("The notebook is read-only.");
  }

  /** @returns {CellModel[]} */
  #cells() {
    const { cells } = this.#context.model;
    return Array.from({ length: cells.length }, (_, index) => cells.get(index));
  }

  /**
   * By its id; frontends that do not tell it leave the code.
   * @param {Origin} origin
   * @param {...string} codes
   */
  #cellOf(origin, ...codes) {
    const cells = this.#cells().filter(({ type }) => type === "code");
    const named = cells.find(({ id }) => id === origin.cell);
    if (named) return named;
    const same = cells.filter((cell) => codes.some((code) => isSourceOf(cell, code)));
    const [only] = same;
    if (only && same.length === 1) return only;
    throw new NotebookError(
      same.length === 0
        ? "No cell has this code any more: it was changed or deleted since. Copy the script instead."
        : "Several cells have this code, and it is not known which one this proof is from. Copy the script instead.",
    );
  }

  /**
   * Make a cell the one that commands are about.
   * @param {number} index
   */
  #activate(index) {
    const cell = this.#view.closest(".jp-Notebook")?.querySelector(`.jp-Notebook-cell[data-windowed-list-index="${index}"]`);
    if (cell instanceof HTMLElement) cell.focus();
    // One that is not shown can't have the focus: then commands would be about another one.
    if (!cell?.matches(":focus-within")) throw new NotebookError("The cell is out of sight. Scroll to it, and run it with Shift+Enter.");
  }

  /**
   * Have JupyterLab carry out commands, one after the other. Outputs may do so by a button; it asks first if the notebook is
   * not trusted.
   * @param {...string} commands
   */
  #execute(...commands) {
    const button = element("button", {
      type: "button", hidden: true,
      "data-commandlinker-command": "apputils:run-all-enabled",
      "data-commandlinker-args": JSON.stringify({ commands }),
    });
    const cell = this.#view.closest(".jp-Notebook-cell");
    // JupyterLab knows that plain HTML of an output was made by the user, but not of a widget.
    (cell?.querySelector("[data-lean-magic-explorer]") ?? this.#view).append(button);
    button.click();
    button.remove();
  }
}

/**
 * Whether a cell's source is this code, below lines such as `%%lean`.
 * @param {string} source
 * @param {string} code
 */
function endsWithCode(source, code) {
  const before = source.slice(0, source.length - code.length);
  return source.endsWith(code) && (before === "" || before.endsWith("\n"));
}

/**
 * @param {CellModel} cell
 * @param {string} code
 */
function isSourceOf(cell, code) {
  const source = cell.sharedModel.getSource();
  return cell.type === "code" && (endsWithCode(source, code) || endsWithCode(source, withoutLastBreak(code)));
}

/**
 * Where a change belongs in a source that may have been changed elsewhere since: the lines from the beginning of the
 * declaration to the end of the change are there, once.
 * @param {string} source
 * @param {string} before
 * @param {{ start: number, end: number }} change
 * @returns {number | null} null if it can't be told
 */
function placeOf(source, before, { start, end }) {
  for (const code of [before, `${before}\n`]) if (endsWithCode(source, code)) return source.length - code.length + start;
  const lineOf = (/** @type {number} */ place) => before.slice(0, place).lastIndexOf("\n") + 1;
  let first = lineOf(start);
  while (first > 0 && /\s/.test(before[first] ?? "\n")) first = lineOf(first - 1);
  const [rest = ""] = /^.*/.exec(before.slice(end)) ?? [];
  const lines = `\n${before.slice(first, end + rest.length)}\n`;
  const [place, placeBefore] = [source, before].map((code) => {
    const text = `\n${code}\n`;
    return text.indexOf(lines) === text.lastIndexOf(lines) ? text.indexOf(lines) : -1;
  });
  return place !== undefined && place >= 0 && placeBefore !== -1 ? place + start - first : null;
}

/** @param {string} code IPython adds a line break to the end, which is not in the cell */
function withoutLastBreak(code) {
  return code.replace(/\n$/, "");
}

/**
 * The smallest range that differs.
 * @param {string} before
 * @param {string} after
 * @returns {{ start: number, end: number, text: string } | null} null if nothing does
 */
export function difference(before, after) {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same++;
  // Neither half of a character that takes two places is left behind.
  if (isSplit(before, start) || isSplit(after, start)) start--;
  if (isSplit(before, before.length - same) || isSplit(after, after.length - same)) same--;
  return { start, end: before.length - same, text: after.slice(start, after.length - same) };
}

/**
 * @param {string} text
 * @param {number} place
 */
function isSplit(text, place) {
  return /[\uD800-\uDBFF]/.test(text[place - 1] ?? "") && /[\uDC00-\uDFFF]/.test(text[place] ?? "");
}
