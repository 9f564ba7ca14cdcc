// The tactics that were run, for all explorers of this browser.

const KEY = "lean-magic-tactics";
const LIMIT = 200;

/** The tactics that were run, the newest first; none is there twice. They survive the page where it may keep anything. */
export class TacticHistory {
  #storage;
  /** @type {string[]} */
  #entries = [];

  /** @param {Storage | null} [storage] null: they are forgotten with the page */
  constructor(storage = keptByTheBrowser()) {
    this.#storage = storage;
  }

  /** @returns {string[]} the newest first */
  get entries() {
    // Another explorer, or another page, may have added some.
    return (this.#entries = this.#read() ?? this.#entries);
  }

  /** @param {string} tactic */
  add(tactic) {
    this.#entries = [tactic, ...this.entries.filter((entry) => entry !== tactic)].slice(0, LIMIT);
    try {
      this.#storage?.setItem(KEY, JSON.stringify(this.#entries));
    } catch {
      this.#storage = null; // full, or forbidden: this page remembers
    }
  }

  /**
   * @param {string} text
   * @returns {string[]} those that contain all of its words, the newest first
   */
  search(text) {
    const words = text.toLowerCase().split(/\s+/);
    return this.entries.filter((entry) => words.every((word) => entry.toLowerCase().includes(word)));
  }

  /** @returns {string[] | null} null if nothing readable is kept */
  #read() {
    try {
      const kept = JSON.parse(this.#storage?.getItem(KEY) ?? "null");
      return Array.isArray(kept) ? kept.filter((entry) => typeof entry === "string") : null;
    } catch {
      return null;
    }
  }
}

/** Walks through the history from a text that is being written, and back to it. */
export class HistoryWalk {
  #history;
  /** @type {{ entries: string[], at: number, draft: string } | null} */
  #walk = null;

  /** @param {TacticHistory} history */
  constructor(history) {
    this.#history = history;
  }

  /**
   * @param {string} text what is written now
   * @returns {string | null} the next older tactic; null if there is none
   */
  older(text) {
    this.#walk ??= { entries: this.#history.entries.filter((entry) => entry !== text), at: -1, draft: text };
    if (this.#walk.at + 1 >= this.#walk.entries.length) return null;
    return this.#walk.entries[++this.#walk.at] ?? null;
  }

  /** @returns {string | null} the next newer tactic, and at last what was written; null if that is what there is */
  newer() {
    if (!this.#walk || this.#walk.at < 0) return null;
    this.#walk.at--;
    return this.#walk.at < 0 ? this.#walk.draft : (this.#walk.entries[this.#walk.at] ?? null);
  }

  /** Begin anew: something was written, or run. */
  end() {
    this.#walk = null;
  }
}

/** @returns {Storage | null} some frontends forbid it */
function keptByTheBrowser() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
