// Where tactics are written and run.

/** @import {Attempt, PaneOptions} from "./types" */
/** @import {Change, Store} from "./store.js" */
import { AbbreviationInput, abbreviations, replaceText } from "./abbreviations.js";
import { allow, button } from "./button.js";
import { Completions } from "./completions.js";
import { element, freshId, setAttributes, setText } from "./dom.js";
import { goalChooser } from "./goal_chooser.js";
import { HistoryWalk, TacticHistory } from "./history.js";
import { Listbox } from "./listbox.js";
import { cut, duration, hasFailed, outcome } from "./words.js";

const LINES = 12; // as far as the field grows
const SHOWN = 60; // characters of a tactic

const KEYS = `Enter runs the tactic, Shift+Enter adds a line. Tab or Ctrl+Space completes what is written, \
and turns \\alpha into α. Up and Down bring back earlier tactics, Ctrl+R searches them. Escape cancels what runs; \
Escape, then Tab leaves the field.`;
// What a tactic plainly does not end with.
const GOES_ON = /(?:^|[^\p{L}\p{N}_.])(?:with|by)[ \t]*$|(?:=>|:=|<;>)[ \t]*$/u;
const ADDED = "A line was added, as the tactic goes on (Shift+Enter adds more). Enter in an empty line runs it as it is.";

/**
 * Where tactics are written and run.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function tacticInput(store, { signal }) {
  return new TacticInput(store, { signal }).element;
}

class TacticInput {
  element;
  #store;
  #field;
  #list;
  #completions;
  #abbreviations;
  #history = new TacticHistory();
  #walk = new HistoryWalk(this.#history);
  /** Whether the list shows earlier tactics. */
  #isSearching = false;
  /** Whether the field is written to from here, and not by a person. */
  #isWriting = false;
  /** Whether Tab leaves the field: after Escape, until a key is pressed. */
  #leaves = false;

  /** @type {Map<number, string>} what was run here and is not decided, with what the field said then */
  #pending = new Map();
  /** @type {number | null} the attempt that the line below is about */
  #last = null;
  /** What kept a tactic from being run at all. */
  #problem = "";
  /** What is said of the keys, until something is run. */
  #hint = "";

  #run;
  #suggest;
  #cancel;
  #error = element("pre", { class: "lean-magic-input-error", role: "alert", hidden: true });
  #status = element("p", { class: "lean-magic-input-status", role: "status" });

  /**
   * @param {Store} store
   * @param {PaneOptions} options
   */
  constructor(store, { signal }) {
    this.#store = store;
    const help = element("p", { id: freshId("input-keys"), hidden: true }, KEYS);
    this.#field = element("textarea", {
      class: "lean-magic-input-field", rows: 1, spellcheck: "false", autocapitalize: "off", autocomplete: "off", autocorrect: "off",
      placeholder: "tactic: Enter runs it, Shift+Enter adds a line, Tab completes, \\to is →", "aria-label": "Tactic", "aria-describedby": help.id, title: KEYS,
    });
    this.#list = new Listbox(this.#field, { signal });
    this.#completions = new Completions(store, this.#field, this.#list, { signal });
    this.#abbreviations = new AbbreviationInput(this.#field, abbreviations(store, { signal }), { signal });
    this.#list.onClose = () => this.#closed();
    this.#completions.onProblem = (text) => this.#say(text);

    this.#run = button("Run", () => this.#runWritten(), "Run the tactic (Enter)");
    this.#suggest = button("Suggest", () => this.#askForSuggestions(), "Try some tactics here, and see which help");
    this.#cancel = button("Cancel", () => this.#cancelAll(), "Cancel all that runs (Ctrl+.)");
    const search = button("History", () => this.#search(), "Tactics that were run before (Ctrl+R)");
    const buttons = [this.#run, this.#suggest, this.#cancel, search];
    for (const each of buttons) {
      each.addEventListener("pointerdown", (event) => event.preventDefault(), { signal }); // the field keeps the focus
    }
    this.element = element(
      "div",
      { class: "lean-magic-input", role: "group", "aria-label": "Next tactic" },
      goalChooser(store, { signal }),
      element("div", { class: "lean-magic-input-row" }, this.#field, element("div", { class: "lean-magic-buttons" }, ...buttons)),
      help,
      this.#list.element,
      this.#error,
      this.#status,
    );

    this.#field.addEventListener("keydown", (event) => this.#press(event), { signal });
    this.#field.addEventListener("input", () => this.#changed(), { signal });
    // The explorer keeps its keys from the document, but for those who hear them first.
    document.addEventListener("keydown", (event) => this.#pressAnywhere(event), { capture: true, signal });
    store.addEventListener("selected", () => this.#forget(), { signal });
    store.addEventListener("changed", (event) => this.#follow(/** @type {CustomEvent} */ (event).detail), { signal });
    for (const type of ["changed", "selected", "suggestions", "connection"]) {
      store.addEventListener(type, () => this.#update(), { signal });
    }
    this.#update();
  }

  // Running.

  #runWritten() {
    this.#abbreviations.finish();
    const written = this.#field.value;
    const tactic = tidy(written);
    if (!tactic || !this.#canRun()) return;
    this.#list.close();
    this.#completions.stop();
    this.#walk.end();
    this.#history.add(tactic);
    this.#problem = "";
    this.#hint = "";
    this.#last = null;
    this.#update();
    this.#store.run(tactic).then(
      (attempt) => {
        this.#pending.set(attempt, written);
        this.#last = attempt;
        this.#follow();
        this.#update();
      },
      (error) => this.#say(error.message),
    );
  }

  /**
   * Tactics that were run here may be decided.
   * @param {Change} [change]
   */
  #follow(change) {
    for (const [id, written] of this.#pending) {
      const attempt = this.#store.attempts.get(id);
      const isGone = !attempt && (change?.all || change?.removed.has(id));
      if (isGone) this.#pending.delete(id);
      if (!attempt || attempt.status === "running") continue;
      this.#pending.delete(id);
      this.#last = id;
      // What was written meanwhile stays.
      if (!hasFailed(attempt.status) && this.#field.value === written) this.#write("");
    }
  }

  /** Another attempt is selected: what was said about the last one is about something else. */
  #forget() {
    this.#list.close();
    if (this.#last !== null && this.#store.current !== this.#last && !this.#pending.has(this.#last)) this.#last = null;
    this.#problem = this.#hint = "";
  }

  #askForSuggestions() {
    const base = this.#store.base;
    if (base && this.#canRun()) this.#store.send({ kind: "suggest", attempt: base.id, place: this.#store.place });
  }

  #cancelAll() {
    if (this.#isBusy()) this.#store.send({ kind: "cancel" });
  }

  #isBusy() {
    const store = this.#store;
    if (!store.connected) return false;
    for (const [id, { status }] of store.attempts) {
      if (status === "running" || store.suggestions(id)?.running) return true;
    }
    return false;
  }

  #canRun() {
    const base = this.#store.base;
    return this.#store.connected && base !== undefined && base.goals > 0;
  }

  // What is said below.

  /** @param {string} problem */
  #say(problem) {
    this.#problem = problem;
    this.#update();
  }

  #update() {
    const store = this.#store;
    allow(this.#run, this.#canRun());
    allow(this.#suggest, this.#canRun());
    allow(this.#cancel, this.#isBusy());
    setAttributes(this.#field, { readonly: !store.connected });
    const last = this.#last === null ? undefined : store.attempts.get(this.#last);
    const failed = last !== undefined && hasFailed(last.status);
    const error = this.#problem || (failed ? this.#errorOf(last) : "");
    setAttributes(this.#field, { "aria-invalid": failed ? "true" : null });
    setText(this.#error, error);
    this.#error.hidden = error === "";
    // What becomes of the selected attempt is said where its goals are shown.
    setAttributes(this.#status, { "aria-live": last && last.id === store.current ? "off" : null });
    setText(this.#status, this.#situation(last));
  }

  /**
   * @param {Attempt} last
   * @returns {string} its first line, where all of it is shown with the state
   */
  #errorOf(last) {
    const error = last.error ?? outcome(last);
    const [first = ""] = error.split("\n");
    return last.id !== this.#store.current || first === error ? error : `${first} …`;
  }

  /**
   * @param {Attempt | undefined} last
   * @returns {string} such as "simp: 2 goals left, 12 ms"
   */
  #situation(last) {
    const store = this.#store;
    if (!store.connected) return `Nothing can be run: ${store.reason}`;
    if (last) {
      const result = last.status === "running" ? "running …" : outcome(last);
      return `${cut(last.tactic ?? "", SHOWN)}: ${result}${last.elapsed === null ? "" : `, ${duration(last.elapsed)}`}`;
    }
    if (store.base && store.base.goals === 0) return "No goals are left here. To try something else, select an earlier attempt.";
    return this.#hint;
  }

  // Keys.

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method uses the keys
    if (this.#list.press(event)) return;
    const { key } = event;
    const command = event.ctrlKey || event.metaKey;
    const plain = !command && !event.altKey && !event.shiftKey;
    const leaves = this.#leaves;
    this.#leaves = plain && key === "Escape";
    if (key === "Enter" && plain && this.#goesOn()) this.#addLine();
    else if (key === "Enter" && !event.shiftKey && !event.altKey) this.#runWritten();
    else if (key === "Tab" && plain && !leaves && this.#canComplete()) {
      if (!this.#abbreviations.replaceBeforeCursor()) this.#complete();
    } else if (key === " " && event.ctrlKey) this.#complete();
    else if (key === "r" && event.ctrlKey && !event.shiftKey) this.#search();
    else if (key === "ArrowUp" && plain && this.#isAtFirstLine()) this.#recall(this.#walk.older(this.#field.value));
    else if (key === "ArrowDown" && plain && this.#isAtLastLine()) this.#recall(this.#walk.newer());
    else if (key === "Escape" && plain) this.#cancelAll();
    else {
      if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(key)) this.#list.close();
      return;
    }
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #pressAnywhere(event) {
    const explorer = this.element.closest(".lean-magic-explorer") ?? this.element;
    const within = event.target instanceof Node && explorer.contains(event.target);
    if (!within || event.key !== "." || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#cancelAll();
  }

  /** Whether more is to come at the cursor; not after an empty line. */
  #goesOn() {
    this.#abbreviations.finish(); // it may be the bracket that is missing
    const { selectionStart, value } = this.#field;
    const before = value.slice(0, selectionStart);
    return /\S[ \t]*$/.test(before) && value.slice(selectionStart).trim() === "" && (GOES_ON.test(before) || isUnclosed(before));
  }

  #addLine() {
    const { selectionStart, selectionEnd, value } = this.#field;
    const [indentation = ""] = /^[ \t]*/.exec(value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1)) ?? [];
    // Cases stand where the tactic does.
    const deeper = /with[ \t]*$/.test(value.slice(0, selectionStart)) ? "" : "  ";
    replaceText(this.#field, selectionStart, selectionEnd, `\n${indentation}${deeper}`);
    this.#last = null;
    this.#hint = ADDED;
    this.#update();
  }

  /** Tab completes after a word, and leaves the field otherwise. */
  #canComplete() {
    const { selectionStart, selectionEnd, value } = this.#field;
    return selectionStart === selectionEnd && /\S$/.test(value.slice(0, selectionStart));
  }

  #isAtFirstLine() {
    const { selectionStart, selectionEnd, value } = this.#field;
    return selectionStart === selectionEnd && !value.slice(0, selectionStart).includes("\n");
  }

  #isAtLastLine() {
    const { selectionStart, selectionEnd, value } = this.#field;
    return selectionStart === selectionEnd && !value.slice(selectionEnd).includes("\n");
  }

  // What is written.

  /** @param {string | null} text null: there is no other */
  #recall(text) {
    if (text === null) return;
    this.#write(text);
  }

  /** @param {string} text */
  #write(text) {
    this.#isWriting = true;
    replaceText(this.#field, 0, this.#field.value.length, text);
    this.#isWriting = false;
  }

  /** What is written is another text now. */
  #changed() {
    this.#grow();
    this.#leaves = false;
    if (this.#isWriting) return;
    this.#walk.end();
    if (this.#isSearching) this.#showHistory();
    else this.#completions.follow();
  }

  #grow() {
    const { style } = this.#field;
    style.height = "auto";
    const { borderTopWidth, borderBottomWidth, lineHeight } = getComputedStyle(this.#field);
    const height = this.#field.scrollHeight + parseFloat(borderTopWidth) + parseFloat(borderBottomWidth);
    style.height = `${Math.min(height, (LINES + 1) * (parseFloat(lineHeight) || 20))}px`;
  }

  // The list.

  #complete() {
    this.#isSearching = false;
    this.#list.close();
    this.#problem = "";
    this.#update();
    if (this.#store.connected) this.#completions.start();
  }

  /** Show earlier tactics that contain what is written. */
  #search() {
    this.#field.focus();
    this.#completions.stop();
    this.#list.close();
    this.#problem = "";
    this.#isSearching = true;
    this.#showHistory();
    if (!this.#isSearching) this.#say(this.#history.entries.length ? "No earlier tactic contains this." : "No tactic was run before.");
  }

  #showHistory() {
    const found = this.#history.search(this.#field.value.trim());
    this.#list.show(found.map((text) => ({ text })), "Earlier tactics", ({ text }) => this.#write(text));
    this.#isSearching = this.#list.isOpen;
  }

  #closed() {
    this.#isSearching = false;
    this.#completions.stop();
  }
}

/**
 * @param {string} written
 * @returns {string} without blank lines around it; what is in several lines keeps its indentation
 */
function tidy(written) {
  const lines = written.replace(/^(\s*\n)+/, "").trimEnd();
  return lines.includes("\n") ? lines : lines.trim();
}

/**
 * Whether a bracket is open at the end; those in strings and comments are none.
 * @param {string} text
 */
function isUnclosed(text) {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\[^])*"|--[^\n]*|[([{⟨]|[)\]}⟩]/gu)) {
    if ("([{⟨".includes(token)) depth++;
    else if (")]}⟩".includes(token)) depth = Math.max(0, depth - 1);
  }
  return depth > 0;
}
