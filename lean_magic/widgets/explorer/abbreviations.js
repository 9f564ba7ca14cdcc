// Lean's abbreviations for what keyboards lack: \to for →, \alpha for α. They work as in Lean's extension of VS Code.

/** @import {Store} from "./store.js" */

/** What an abbreviation is typed after; it is not part of the abbreviation. */
export const LEADER = "\\";

const CURSOR = "$CURSOR";

/**
 * What takes the place of an abbreviation.
 * @typedef {{ text: string, cursor: number }} Replacement `cursor`: how much of the text comes before the cursor
 */

/** The table, with the shortest abbreviations first. The same is written in Python, in abbreviations.py. */
export class Abbreviations {
  /** @type {[abbreviation: string, symbol: string][]} */
  #table;

  /** @param {Record<string, string>} table */
  constructor(table) {
    this.#table = Object.entries(table).sort(([one], [other]) => one.length - other.length);
  }

  /**
   * @param {string} typed
   * @returns {[abbreviation: string, symbol: string][]} those that begin so, the shortest first
   */
  matching(typed) {
    return this.#table.filter(([abbreviation]) => abbreviation.startsWith(typed));
  }

  /**
   * Whether it is an abbreviation, and no other one begins so.
   * @param {string} typed
   */
  isComplete(typed) {
    const found = this.matching(typed);
    return found.length === 1 && found[0]?.[0] === typed;
  }

  /**
   * The symbol of the shortest abbreviation that begins so: `alp` gives α. Where none does, the longest beginning for which
   * there is one is replaced, and the rest stays: `alp7` gives α7.
   * @param {string} typed
   * @returns {Replacement | null} null if no abbreviation begins with the first character
   */
  replacement(typed) {
    for (let end = typed.length; end > 0; end--) {
      const found = this.matching(typed.slice(0, end))[0];
      if (!found) continue;
      const [before = "", after] = found[1].split(CURSOR);
      const rest = typed.slice(end);
      return { text: before + (after ?? "") + rest, cursor: before.length + rest.length };
    }
    return null;
  }
}

/** @type {Abbreviations | undefined} the same for all explorers of the page */
let known;

/**
 * The table, as soon as the kernel has told it.
 * @param {Store} store
 * @param {{ signal: AbortSignal }} options
 * @returns {{ readonly table: Abbreviations | undefined }}
 */
export function abbreviations(store, { signal }) {
  if (!known) {
    const learn = (/** @type {Event} */ event) => (known ??= new Abbreviations(/** @type {CustomEvent} */ (event).detail));
    store.addEventListener("abbreviations", learn, { once: true, signal });
    store.send({ kind: "abbreviations" });
  }
  return {
    get table() {
      return known;
    },
  };
}

/**
 * Replace some of what is written as if it was typed: it can be undone, and listeners hear of it. The cursor is behind it then.
 * @param {HTMLTextAreaElement} textarea
 * @param {number} start
 * @param {number} end
 * @param {string} text
 */
export function replaceText(textarea, start, end, text) {
  const hasFocus = textarea.matches(":focus");
  if (hasFocus) {
    textarea.setSelectionRange(start, end);
    // Out of date, but no other way can be undone.
    const done = text === "" ? start === end || document.execCommand("delete") : document.execCommand("insertText", false, text);
    if (done) return;
  }
  textarea.setRangeText(text, start, end, "end");
  textarea.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertReplacementText", data: text }));
}

/**
 * Replaces abbreviations while they are typed: when no other one begins so, before a character with which none goes on, and
 * when the cursor leaves it.
 */
export class AbbreviationInput {
  #textarea;
  #source;
  /** @type {{ start: number, end: number } | null} the leader and what was typed after it */
  #typed = null;
  #isReplacing = false;

  /**
   * @param {HTMLTextAreaElement} textarea
   * @param {{ readonly table: Abbreviations | undefined }} source
   * @param {{ signal: AbortSignal }} options
   */
  constructor(textarea, source, { signal }) {
    this.#textarea = textarea;
    this.#source = source;
    textarea.addEventListener("input", (event) => this.#hear(/** @type {InputEvent} */ (event)), { signal });
    textarea.addEventListener("compositionstart", () => (this.#typed = null), { signal });
    textarea.addEventListener("blur", () => this.finish(), { signal });
    document.addEventListener("selectionchange", () => this.#lookAtCursor(), { signal });
  }

  /**
   * Replace what is typed so far.
   * @returns {boolean} whether there was something to replace
   */
  finish() {
    const typed = this.#typed;
    this.#typed = null;
    return typed !== null && this.#replace(typed.start, typed.end);
  }

  /**
   * Replace what is before the cursor, also if it was not typed here.
   * @returns {boolean} whether there was something to replace
   */
  replaceBeforeCursor() {
    if (this.#typed) return this.finish();
    const { selectionStart: end, selectionEnd, value } = this.#textarea;
    const start = value.slice(0, end).search(/\\[^\s\\]+$/);
    return start >= 0 && end === selectionEnd && this.#replace(start, end);
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  #replace(start, end) {
    const textarea = this.#textarea;
    const found = this.#source.table?.replacement(textarea.value.slice(start + 1, end));
    if (!found) return false;
    const { selectionStart, selectionEnd } = textarea;
    /** @param {number} place */
    const moved = (place) =>
      place <= start ? place : place <= end ? start + found.cursor : place + found.text.length - (end - start);
    this.#isReplacing = true;
    replaceText(textarea, start, end, found.text);
    this.#isReplacing = false;
    textarea.setSelectionRange(moved(selectionStart), moved(selectionEnd));
    return true;
  }

  /** @param {InputEvent} event */
  #hear(event) {
    if (this.#isReplacing) return;
    const { selectionStart: cursor, value } = this.#textarea;
    const table = this.#source.table;
    const typed = this.#typed;
    if (event.inputType === "deleteContentBackward" && typed && cursor === typed.end - 1 && cursor > typed.start) {
      typed.end = cursor;
      return;
    }
    const isOneCharacter = event.inputType === "insertText" && !event.isComposing && event.data?.length === 1;
    if (!isOneCharacter) {
      this.#typed = null;
      return;
    }
    if (typed && cursor === typed.end + 1) {
      const abbreviation = value.slice(typed.start + 1, cursor);
      if (!table || table.matching(abbreviation).length > 0) {
        typed.end = cursor;
        if (table?.isComplete(abbreviation)) this.finish();
        return;
      }
    }
    if (typed) this.finish();
    if (event.data === LEADER) {
      const end = this.#textarea.selectionStart;
      this.#typed = { start: end - 1, end };
    }
  }

  #lookAtCursor() {
    const typed = this.#typed;
    if (!typed || this.#isReplacing) return;
    const { selectionStart, selectionEnd } = this.#textarea;
    if (selectionStart !== selectionEnd || selectionStart <= typed.start || selectionStart > typed.end) this.finish();
  }
}
