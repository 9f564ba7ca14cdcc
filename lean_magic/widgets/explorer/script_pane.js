// The proof as a script, and ways to take it.

/** @import {PaneOptions, ScriptMessage} from "./types" */
/** @import {Change, Store} from "./store.js" */
import { button } from "./button.js";
import { copyText } from "./clipboard.js";
import { element, setText } from "./dom.js";
import { Notebook, NotebookError } from "./notebook.js";

const PAUSE = 150; // milliseconds: whoever walks through the tree does not want every script

/**
 * The proof as a script, and ways to take it.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function scriptPane(store, { signal }) {
  return new ScriptPane(store, { signal }).element;
}

class ScriptPane {
  element;
  #store;
  /** @type {Map<string, ScriptMessage>} by attempt, and what Lean said of it */
  #known = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | null} */
  #asking = null;
  /** Which script is shown, or asked for. */
  #shown = "";
  #problem = "";
  /** @type {(() => void) | null} runs what was put into the notebook last */
  #run = null;

  #title = element("summary", {}, "Script");
  #verdict = element("p", { class: "lean-magic-script-verdict" });
  #text = element("code");
  #box = element("pre", { class: "lean-magic-script-text", tabindex: 0, role: "group", "aria-label": "Script" }, this.#text);
  #insert = button("Insert into the cell", () => this.#insertIntoCell(), "Put the proof into the code that it belongs to");
  #add = button("New cell below", () => this.#addCell(), "Write the proof into a new cell");
  #copy = button("Copy", () => void this.#copyScript(), "Copy the script");
  #again = button("Run the cell", () => this.#try(() => this.#run?.()), "Run the cell with the proof in it");
  #buttons = element("div", { class: "lean-magic-buttons" }, this.#insert, this.#add, this.#copy, this.#again);
  #said = element("p", { role: "status" });
  #proof = button("show it", () => this.#store.select(this.#store.best), "Select the end of the finished proof");
  #finished = element("p", { hidden: true }, "The finished proof: ", this.#proof);

  /**
   * @param {Store} store
   * @param {PaneOptions} options
   */
  constructor(store, { signal }) {
    this.#store = store;
    this.element = element(
      "details",
      { class: "lean-magic-script" },
      this.#title, this.#finished, this.#verdict, this.#box, this.#buttons, this.#said,
    );
    this.element.addEventListener("toggle", () => this.#update(), { signal });
    store.addEventListener("changed", (event) => this.#forget(/** @type {CustomEvent} */ (event).detail), { signal });
    for (const type of ["changed", "selected", "connection"]) store.addEventListener(type, () => this.#update(), { signal });
    signal.addEventListener("abort", () => this.#cancel());
    this.#update();
  }

  // Which script.

  /** @param {Change} change */
  #forget({ all }) {
    if (!all) return;
    this.#known.clear();
    this.#shown = "";
  }

  #update() {
    const { base } = this.#store;
    if (!base) return;
    // Not its name, nor its mark: those are given by people.
    const wanted = [base.id, base.status, base.goals, base.elapsed].join();
    if (wanted !== this.#shown) {
      this.#cancel();
      this.#shown = wanted;
      this.#problem = "";
      this.#run = null;
      this.#said.textContent = "";
      // A proof is what all this is for.
      if (base.status === "finished") this.element.open = true;
      this.#title.textContent = base.status === "finished" ? "Script of the proof" : "Script, so far";
    }
    const { best, attempts } = this.#store;
    this.#finished.hidden = base.status === "finished" || attempts.get(best)?.status !== "finished";
    this.#render();
    if (!this.element.open || !this.#store.connected || this.#asking || this.#problem || this.#script) return;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#timer = setTimeout(() => void this.#ask(base.id, wanted, signal), PAUSE);
  }

  #cancel() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
  }

  /**
   * @param {number} attempt
   * @param {string} wanted
   * @param {AbortSignal} signal
   */
  async #ask(attempt, wanted, signal) {
    try {
      const answer = await this.#store.request({ kind: "script", attempt }, { signal });
      if (signal.aborted) return;
      this.#known.set(wanted, answer);
    } catch (error) {
      if (signal.aborted) return;
      this.#problem = /** @type {Error} */ (error).message;
    }
    this.#asking = null;
    this.#render();
  }

  /** @returns {ScriptMessage | undefined} what is shown */
  get #script() {
    return this.#known.get(this.#shown);
  }

  #render() {
    const hadFocus = this.#buttons.matches(":focus-within");
    const script = this.#script;
    // Only what Lean accepted, as a whole and in its place, is put anywhere as a proof.
    const whole = script?.verdict === "valid" ? script.cell : null;
    this.#verdict.textContent = script ? verdictOf(script) : this.#problem || (this.#store.connected ? "Lean is checking it …" : this.#store.reason);
    this.#verdict.dataset.verdict = script?.verdict ?? "";
    this.#box.hidden = !script;
    setText(this.#text, script?.text ?? "");
    const { origin } = this.#store;
    const notebook = this.#notebook();
    const hasCell = whole !== null && origin !== null && (!notebook || notebook.has(origin, whole));
    this.#insert.hidden = !hasCell;
    this.#add.hidden = whole === null || hasCell;
    this.#copy.hidden = !script;
    this.#again.hidden = this.#run === null;
    // A button that had the focus is gone.
    if (hadFocus && !this.#buttons.matches(":focus-within")) this.#box.focus();
  }

  // What is done with it.

  #insertIntoCell() {
    const { origin } = this.#store;
    const cell = this.#script?.cell;
    if (!origin || !cell) return;
    const notebook = this.#notebook();
    if (!notebook) return void this.#copyInstead(cell.after, "Replace the cell's code by it, below the %%lean line.");
    this.#try(() => {
      const id = notebook.replaceCode(origin, cell);
      this.#run = () => notebook.run(id);
      this.#say("It is in the cell. Undo in the cell takes it back.");
    });
  }

  #addCell() {
    const code = this.#script?.cell?.after;
    if (code === undefined) return;
    const source = `%%lean\n${code}`;
    const notebook = this.#notebook();
    if (!notebook) return void this.#copyInstead(source, "Paste it into a new cell.");
    this.#try(() => {
      const index = notebook.addCell(source);
      this.#run = () => notebook.run(index);
      this.#say("It is in a new cell below.");
    });
  }

  async #copyScript() {
    const done = await copyText(this.#script?.text ?? "", this.#box);
    this.#say(done ? "Copied." : "This page may not copy. Select the script, and copy it with Ctrl+C.");
  }

  /**
   * @param {string} text
   * @param {string} words what to do with it
   */
  async #copyInstead(text, words) {
    const done = await copyText(text, this.#box);
    const why = "The explorer can't change the notebook here.";
    this.#say(done ? `${why} The code is copied: ${words}` : `${why} Select the script, copy it with Ctrl+C, and put it in the place of the sorry.`);
  }

  #notebook() {
    return Notebook.around(this.#store.model, this.element);
  }

  /** @param {() => void} act */
  #try(act) {
    try {
      act();
    } catch (error) {
      if (!(error instanceof NotebookError)) throw error;
      this.#say(error.message);
    }
    this.#render();
  }

  /** @param {string} text */
  #say(text) {
    this.#said.textContent = text;
  }
}

/**
 * @param {ScriptMessage} script
 * @returns {string} what Lean said about it as a whole
 */
function verdictOf({ verdict, reason }) {
  const why = reason ? `: ${reason}` : ".";
  if (verdict === "valid") return "✓ Lean accepts it as a whole.";
  if (verdict === "sorry") return `Not finished${why}`;
  if (verdict === "error") return `✗ Lean does not accept it${why}`;
  return `Not checked${why}`;
}
