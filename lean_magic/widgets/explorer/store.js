// The page's copy of the tree of attempts: one for each widget, shared by all its views. It talks to the kernel; panes listen.

/**
 * @import {
 *   Answers, Attempt, ChangedMessage, Details, DetailsMessage, KernelMessage, Model, Origin, PageMessage, Recipe, Request,
 *   Settings, SuggestionsMessage, TreeMessage
 * } from "./types"
 */
import { FrameEvents } from "./frame_events.js";

/**
 * What the listeners of "changed" are told: ids of attempts that are new or differ, ids that are gone, and whether the
 * whole tree came anew.
 * @typedef {{ attempts: Set<number>, removed: Set<number>, all: boolean }} Change
 */

/** @type {Set<Attempt["status"]>} */
const HAS_STATE = new Set(["open", "finished", "sorry"]);

/** Why a request was not answered, in words for the user. */
export class RequestError extends Error {}

/**
 * Events, each at most once in a frame, however fast the kernel talks:
 * - "changed": attempts, the best one, what can be restored (`detail`: Change)
 * - "selected": another attempt is the current one
 * - "placed": another goal is the one that tactics are run on
 * - "details": details came (`detail.ids`: Set of number)
 * - "suggestions": suggestions came
 * - "connection": the kernel went or came back (`connected`, `reason`)
 * - "problem": something did not work (`detail.text`: one line)
 */
export class Store extends FrameEvents {
  /** @type {Map<number, Attempt>} in the order they were added */
  attempts = new Map();
  title = "";
  /** Tells one explorer from another. */
  explorer = "";
  /** Id of the selected attempt. */
  current = 0;
  /** Id of the attempt that is nearest to a proof. */
  best = 0;
  /** @type {Origin | null} where the proof belongs */
  origin = null;
  /** @type {Recipe | null} the tree, to build it again in another kernel */
  recipe = null;
  hasProof = false;
  canRestore = false;
  /** @type {Settings} */
  settings = { tactics: [] };
  /** Whether the kernel has told the tree. */
  loaded = false;
  connected = true;
  /** Why there is no connection, in one line. */
  reason = "";

  /** @type {Model} */
  #model;
  /** @type {Map<number, number[]>} */
  #children = new Map();
  /** @type {Map<number, { value: Details | undefined, fresh: boolean }>} */
  #details = new Map();
  /** @type {Set<number>} */
  #wanted = new Set();
  /** @type {Map<number, SuggestionsMessage>} */
  #suggestions = new Map();
  /** @type {Map<number, { resolve: (answer: any) => void, reject: (error: Error) => void }>} */
  #requests = new Map();
  // Another page may show the same widget, and hears the same answers: so numbers begin somewhere.
  #request = Math.floor(Math.random() * 2 ** 48);
  /** @type {{ attempt: number, place: number | null }} the goal chosen last, and the attempt it is one of */
  #chosen = { attempt: 0, place: 0 };
  /** @type {number | null} what is to be selected as soon as the kernel tells of it */
  #awaited = null;
  // What the kernel said last to be current, and what was selected here since.
  #currentInKernel = 0;
  /** @type {number[]} */
  #selections = [];

  /**
   * @param {Model} model
   * @param {{ signal: AbortSignal }} options
   */
  constructor(model, { signal }) {
    super();
    this.#model = model;
    this.title = model.get("title");
    /** @param {KernelMessage} message */
    const receive = (message) => this.#receive(message);
    const closed = () => this.disconnect("The explorer was closed by the kernel.");
    model.on("msg:custom", receive);
    model.on("comm:close", closed);
    signal.addEventListener("abort", () => {
      model.off("msg:custom", receive);
      model.off("comm:close", closed);
      this.disconnect("The explorer was closed.");
      this.silence();
    });
    this.send({ kind: "open" });
  }

  /** The anywidget model, for what only some frontends have. */
  get model() {
    return this.#model;
  }

  /** @returns {Attempt | undefined} undefined before the kernel has told the tree */
  get selected() {
    return this.attempts.get(this.current);
  }

  /**
   * The attempt on whose goals tactics are run: the selected one, or the nearest before it that Lean has a state of.
   * @returns {Attempt | undefined} undefined before the kernel has told the tree
   */
  get base() {
    return this.selected && this.baseOf(this.selected);
  }

  /**
   * @param {Attempt} attempt
   * @returns {Attempt} itself, or the nearest before it that Lean has a state of
   */
  baseOf(attempt) {
    const path = this.path(attempt.id);
    return path.findLast(({ status, parent }) => parent === null || HAS_STATE.has(status)) ?? attempt;
  }

  /**
   * Which goal of `base` tactics are run on, from 0; null: on the whole state. The first one, until another is chosen.
   * @returns {number | null}
   */
  get place() {
    const { attempt, place } = this.#chosen;
    const base = this.base;
    return base?.id === attempt && (place === null || place < base.goals) ? place : 0;
  }

  set place(place) {
    if (place === this.place) return;
    this.#chosen = { attempt: this.base?.id ?? 0, place };
    this.emit("placed");
  }

  /**
   * @param {number} id
   * @returns {number[]} in the order they were added
   */
  children(id) {
    return this.#children.get(id) ?? [];
  }

  /**
   * @param {number} id
   * @returns {Attempt[]} from the root to it, both included
   */
  path(id) {
    const path = [];
    for (let at = this.attempts.get(id); at; at = at.parent === null ? undefined : this.attempts.get(at.parent)) path.push(at);
    return path.reverse();
  }

  /**
   * What is known about an attempt. If nothing is, or it may have changed, the kernel is asked; "details" tells when it answers.
   * @param {number} id
   * @returns {Details | undefined} possibly out of date
   */
  details(id) {
    const known = this.#details.get(id);
    if (!known?.fresh && !this.#wanted.has(id) && this.attempts.has(id) && this.connected) {
      // Those asked for at the same time go together.
      if (this.#wanted.size === 0) queueMicrotask(() => this.#askForDetails());
      this.#wanted.add(id);
      this.#details.set(id, { value: known?.value, fresh: true });
    }
    return known?.value;
  }

  /**
   * @param {number} id
   * @returns {SuggestionsMessage | undefined} the last ones for this attempt
   */
  suggestions(id) {
    return this.#suggestions.get(id);
  }

  /**
   * Select an attempt: here at once, then in the kernel.
   * @param {number} id
   */
  select(id) {
    if (!this.attempts.has(id)) return;
    this.#awaited = null;
    if (id === this.current) return;
    this.current = id;
    this.emit("selected");
    if (this.send({ kind: "select", attempt: id })) this.#selections.push(id);
  }

  /**
   * Try a tactic, and select the attempt.
   * @param {string} tactic
   * @param {{ parent?: number, place?: number | null }} [options] by default the chosen goal
   * @returns {Promise<number>} the attempt's id; an earlier one, if the same was tried there before
   */
  async run(tactic, { parent = this.base?.id ?? 0, place = this.place } = {}) {
    const { attempt } = await this.request({ kind: "run", parent, place, tactic });
    if (this.attempts.has(attempt)) this.select(attempt);
    else this.#awaited = attempt;
    return attempt;
  }

  /**
   * Send a message that has no answer of its own.
   * @param {PageMessage} message
   * @returns {boolean} false without a connection
   */
  send(message) {
    if (!this.connected) return false;
    try {
      this.#model.send(message);
    } catch {
      this.disconnect("The kernel is gone."); // a comm that is closed can't send
    }
    return this.connected;
  }

  /**
   * Send a message, and wait for its answer.
   * @template {Request} R
   * @param {R} message
   * @param {{ signal?: AbortSignal }} [options] abort to wait no longer
   * @returns {Promise<Answers[R["kind"]]>} rejected with a RequestError when the kernel can't, or goes
   */
  request(message, { signal } = {}) {
    if (!this.connected) return Promise.reject(new RequestError(this.reason));
    const request = ++this.#request;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      signal?.addEventListener("abort", () => {
        this.#requests.delete(request);
        reject(signal.reason);
      });
      this.#requests.set(request, { resolve, reject });
      this.send({ ...message, request });
    });
  }

  /**
   * Say that the kernel is gone: nothing is sent any more, and nobody waits.
   * @param {string} reason in one line
   */
  disconnect(reason) {
    if (!this.connected) return;
    this.connected = false;
    this.reason = reason;
    for (const { reject } of this.#requests.values()) reject(new RequestError(reason));
    this.#requests.clear();
    this.#selections = [];
    this.emit("connection");
  }

  /** Say that the kernel is there again: the tree is asked for anew. */
  connect() {
    if (this.connected) return;
    this.connected = true;
    this.reason = "";
    this.emit("connection");
    this.send({ kind: "open" });
  }

  /** @param {KernelMessage} message */
  #receive(message) {
    if (!this.connected) this.connect();
    switch (message.kind) {
      case "tree":
        return this.#replace(message);
      case "changed":
        return this.#change(message);
      case "details":
        return this.#learn(message);
      case "suggestions":
        return this.#suggest(message);
      case "problem":
        if (typeof message.request === "number") this.#requests.get(message.request)?.reject(new RequestError(message.text));
        else this.emit("problem", { text: message.text });
        break;
      case "abbreviations":
        this.dispatchEvent(new CustomEvent("abbreviations", { detail: message.table }));
        return;
      default:
        this.#requests.get(message.request)?.resolve(message);
    }
    if (typeof message.request === "number") this.#requests.delete(message.request);
  }

  /** @param {TreeMessage} message */
  #replace(message) {
    this.attempts.clear();
    this.#children.clear();
    this.#details.clear();
    this.#suggestions.clear();
    this.#selections = [];
    this.#awaited = null;
    for (const attempt of message.attempts) this.#put(attempt);
    this.explorer = message.explorer;
    this.title = message.title;
    this.best = message.best;
    this.origin = message.origin;
    this.recipe = message.recipe;
    this.hasProof = message.has_proof;
    this.canRestore = message.can_restore;
    this.settings = message.settings;
    this.loaded = true;
    this.#currentInKernel = this.current = message.current;
    this.#changed({ all: true, attempts: this.attempts.keys() });
    this.emit("selected");
  }

  /** @param {ChangedMessage} message */
  #change(message) {
    if (!this.loaded) return; // the tree is under way, and newer
    for (const attempt of message.attempts) {
      const before = this.attempts.get(attempt.id);
      if (before && differs(before, attempt)) {
        const known = this.#details.get(attempt.id);
        if (known) known.fresh = false;
      }
      this.#put(attempt);
    }
    const removed = message.removed.flatMap((id) => this.#remove(id));
    this.best = message.best;
    this.canRestore = message.can_restore;
    if (message.recipe) this.recipe = message.recipe;
    this.#changed({ attempts: message.attempts.map((attempt) => attempt.id), removed });
    this.#follow(message.current);
    if (this.#awaited !== null && this.attempts.has(this.#awaited)) {
      this.select(this.#awaited);
      this.#awaited = null;
    }
  }

  /**
   * What is selected here stays until the kernel has heard of it; but a selection made there wins.
   * @param {number} current
   */
  #follow(current) {
    const moved = current !== this.#currentInKernel;
    this.#currentInKernel = current;
    const heard = this.#selections.indexOf(current);
    if (heard >= 0) this.#selections.splice(0, heard + 1);
    else if (moved) this.#selections = [];
    if ((this.#selections.length > 0 && this.attempts.has(this.current)) || current === this.current) return;
    this.current = current;
    this.emit("selected");
  }

  /** @param {SuggestionsMessage} message */
  #suggest(message) {
    // The last word of a search that was stopped may come after the first one of the next.
    const known = this.#suggestions.get(message.attempt);
    if ((message.search ?? 0) < (known?.search ?? 0)) return;
    this.#suggestions.set(message.attempt, message);
    this.emit("suggestions");
  }

  /** @param {DetailsMessage} message */
  #learn(message) {
    const ids = Object.keys(message.details).map(Number);
    for (const id of ids) this.#details.set(id, { value: message.details[id], fresh: true });
    const detail = this.pending("details") ?? { ids: new Set() };
    for (const id of ids) detail.ids.add(id);
    this.emit("details", detail);
  }

  #askForDetails() {
    this.send({ kind: "details", attempts: [...this.#wanted] });
    this.#wanted.clear();
  }

  /** @param {Attempt} attempt */
  #put(attempt) {
    if (!this.attempts.has(attempt.id) && attempt.parent !== null) {
      const siblings = [...this.children(attempt.parent), attempt.id];
      // One that was pruned and is back belongs where it was.
      this.#children.set(attempt.parent, siblings.sort((one, other) => one - other));
    }
    this.attempts.set(attempt.id, attempt);
  }

  /**
   * @param {number} id
   * @returns {number[]} what is gone: it, and all below it
   */
  #remove(id) {
    const attempt = this.attempts.get(id);
    if (!attempt) return [];
    const below = this.children(id).flatMap((child) => this.#remove(child));
    this.attempts.delete(id);
    this.#children.delete(id);
    this.#details.delete(id);
    this.#suggestions.delete(id);
    if (attempt.parent !== null) {
      this.#children.set(attempt.parent, this.children(attempt.parent).filter((sibling) => sibling !== id));
    }
    return [id, ...below];
  }

  /** @param {{ attempts: Iterable<number>, removed?: number[], all?: boolean }} change */
  #changed({ attempts, removed = [], all = false }) {
    /** @type {Change} */
    const change = this.pending("changed") ?? { attempts: new Set(), removed: new Set(), all: false };
    for (const id of attempts) {
      change.attempts.add(id);
      change.removed.delete(id);
    }
    for (const id of removed) {
      change.attempts.delete(id);
      change.removed.add(id);
    }
    change.all ||= all;
    this.emit("changed", change);
  }
}

/**
 * Whether Lean said something else about an attempt. A name and a mark are given by people.
 * @param {Attempt} before
 * @param {Attempt} after
 */
function differs(before, after) {
  return before.status !== after.status || before.goals !== after.goals || before.error !== after.error || before.elapsed !== after.elapsed;
}
