// Completion of tactics, hypotheses and lemma names: Lean is asked what fits.

/** @import {CompletionsMessage} from "./types" */
/** @import {Listbox, Option} from "./listbox.js" */
/** @import {Store} from "./store.js" */
import { replaceText } from "./abbreviations.js";

const PAUSE = 80; // milliseconds without a key, after which Lean is asked again

/** Shows what can be written at the cursor, and follows while more is typed. */
export class Completions {
  #store;
  #textarea;
  #list;
  /** Whether what is in the list, or will be, is from here. */
  #isActive = false;
  /** @type {AbortController | null} */
  #asking = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Where what is chosen begins. */
  #start = 0;
  /** @type {(text: string) => void} is told why there are none */
  onProblem = () => {};

  /**
   * @param {Store} store
   * @param {HTMLTextAreaElement} textarea
   * @param {Listbox} list
   * @param {{ signal: AbortSignal }} options
   */
  constructor(store, textarea, list, { signal }) {
    this.#store = store;
    this.#textarea = textarea;
    this.#list = list;
    signal.addEventListener("abort", () => this.stop());
  }

  /** Ask now. If there is one way to go on, go. */
  start() {
    this.stop();
    this.#isActive = true;
    void this.#ask({ alone: true });
  }

  /** Something else is written now: what is under way is out of date. */
  follow() {
    if (!this.#isActive) return;
    this.#cancel();
    this.#timer = setTimeout(() => void this.#ask({ alone: false }), PAUSE);
  }

  stop() {
    this.#isActive = false;
    this.#cancel();
  }

  /** @param {Option} option */
  #take({ text }) {
    this.stop();
    replaceText(this.#textarea, Math.min(this.#start, this.#textarea.selectionStart), this.#textarea.selectionStart, text);
  }

  #cancel() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
  }

  /** @param {{ alone: boolean }} options take what there is if it is alone */
  async #ask({ alone }) {
    const base = this.#store.base;
    if (!base) return this.stop();
    const { value: text, selectionStart: cursor } = this.#textarea;
    const asking = (this.#asking = new AbortController());
    /** @type {CompletionsMessage} */
    let answer;
    try {
      answer = await this.#store.request(
        { kind: "complete", attempt: base.id, place: this.#store.place, text, cursor },
        { signal: asking.signal },
      );
    } catch (error) {
      if (asking.signal.aborted) return;
      this.#none(`Lean could not be asked what fits: ${/** @type {Error} */ (error).message}`);
      return;
    }
    const isAsItWas = this.#textarea.value === text && this.#textarea.selectionStart === cursor;
    if (asking.signal.aborted || !isAsItWas) return;
    const { items } = answer;
    this.#start = answer.start;
    const [first] = items;
    if (!first) this.#none(alone ? "Lean knows nothing that fits here." : "");
    else if (alone && items.length === 1 && first.text !== text.slice(answer.start, cursor)) this.#take(first);
    else this.#list.show(items, "Completions", (option) => this.#take(option));
  }

  /** @param {string} reason */
  #none(reason) {
    this.stop();
    this.#list.close();
    if (reason) this.onProblem(reason);
  }
}
