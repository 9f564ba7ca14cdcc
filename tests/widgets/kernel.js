// A kernel for tests: an anywidget model that answers by the table of messages, from fixed data.

/**
 * @import {
 *   Attempt, Details, KernelMessage, Model, PageMessage, Proof, ScriptMessage, Text, TreeMessage
 * } from "../../lean_magic/widgets/explorer/types"
 */
import { Store } from "../../lean_magic/widgets/explorer/store.js";

/**
 * An attempt, with what a test does not care about filled in.
 * @param {Partial<Attempt> & { id: number }} attempt
 * @returns {Attempt}
 */
export function attempt(attempt) {
  return {
    parent: attempt.id === 0 ? null : 0,
    tactic: attempt.id === 0 ? null : "simp",
    place: attempt.id === 0 ? null : 0,
    goal: "p ∧ q",
    status: "open",
    goals: 1,
    elapsed: attempt.id === 0 ? null : 0.012,
    name: null,
    marked: false,
    by: "person",
    error: null,
    offers: [],
    ...attempt,
  };
}

/**
 * A small tree: one branch is finished, one failed, one runs.
 * @returns {Attempt[]}
 */
export function smallTree() {
  return [
    attempt({ id: 0, tactic: null }),
    attempt({ id: 1, parent: 0, tactic: "constructor", goals: 2 }),
    attempt({ id: 2, parent: 0, tactic: "simp", status: "failed", goals: 0, error: "simp made no progress" }),
    attempt({ id: 3, parent: 1, tactic: "exact hp", goal: "p" }),
    attempt({ id: 4, parent: 3, tactic: "exact hq", goal: "q", status: "finished", goals: 0, elapsed: 0.0034 }),
    attempt({ id: 5, parent: 1, tactic: "omega", goal: "p", status: "running", goals: 0, elapsed: null }),
  ];
}

/**
 * A tree of any size, as a search makes it: each attempt has up to four children, every fifth one failed.
 * @param {number} size
 * @returns {Attempt[]}
 */
export function largeTree(size) {
  const tactics = ["simp", "omega", "constructor", "intro h", "cases h with | inl h => exact h | inr h => exact (h.elim)", "rw [Nat.add_comm]"];
  const attempts = [attempt({ id: 0 })];
  const open = [0];
  for (let id = 1; id < size; id++) {
    const parent = /** @type {number} */ (open[Math.floor((id - 1) / 3) % open.length]);
    const failed = id % 5 === 2;
    attempts.push(
      attempt({
        id,
        parent,
        tactic: tactics[id % tactics.length],
        status: failed ? "failed" : "open",
        goals: failed ? 0 : 1 + (id % 3),
        elapsed: (id % 70) / 1000,
        by: "program",
        error: failed ? "no progress" : null,
      }),
    );
    if (!failed) open.push(id);
  }
  return attempts;
}

/**
 * @param {string} text
 * @returns {Text}
 */
const plain = (text) => [[text, "same"]];

/** @type {Details} */
export const details = {
  goals: [
    {
      case: "left",
      hypotheses: [
        { names: [{ text: "p", inaccessible: false }, { text: "q", inaccessible: false }], type: plain("Prop"), value: null, instance: false, change: "same" },
        { names: [{ text: "hp", inaccessible: false }], type: plain("p"), value: null, instance: false, change: "inserted" },
        { names: [{ text: "inst✝", inaccessible: true }], type: plain("Decidable p"), value: null, instance: true, change: "same" },
        { names: [{ text: "n", inaccessible: false }], type: plain("Nat"), value: plain("2"), instance: false, change: "same" },
        { names: [{ text: "h", inaccessible: false }], type: plain("p ∧ q"), value: null, instance: false, change: "removed" },
      ],
      target: [["p ", "same"], ["∧ q", "removed"]],
      change: "changed",
      text: "case left\np q : Prop\nhp : p\ninst✝ : Decidable p\nn : Nat := 2\n⊢ p",
    },
    { case: "right", hypotheses: [], target: plain("q"), change: "new", text: "case right\n⊢ q" },
  ],
  messages: [{ severity: "warning", text: "unused variable" }],
  text: "case left\np q : Prop\nhp : p\ninst✝ : Decidable p\nn : Nat := 2\n⊢ p\n\ncase right\n⊢ q",
};

/** @type {Proof} */
export const proof = {
  finished: true,
  scope: {
    goal: { case: null, target: "p ∧ q" },
    hypotheses: [{ id: "a", name: "hp", type: "p" }, { id: "b", name: "hq", type: "q" }],
    closed: true,
    steps: [
      {
        tactic: "constructor",
        attempt: 1,
        position: [1, 2],
        new_hypotheses: [],
        gone: [],
        goal: null,
        closes: false,
        inner: [],
        scopes: ["p", "q"].map((target, index) => ({
          goal: { case: index ? "right" : "left", target },
          hypotheses: [],
          closed: true,
          steps: [{ tactic: `exact h${target}`, attempt: 3 + index, position: [2 + index, 2], new_hypotheses: [], gone: [], goal: null, closes: true, scopes: [], inner: [] }],
        })),
      },
    ],
  },
};

/**
 * The model that anywidget gives to `initialize`, with the kernel behind it. What is sent is answered in a microtask, unless
 * `silent`; tests may answer themselves with `tell`.
 * @implements {Model}
 */
export class Kernel {
  /** @type {PageMessage[]} all that the page sent */
  sent = [];
  /** Answer nothing. */
  silent = false;
  /** @type {Attempt[]} */
  attempts;
  current = 0;
  best = 0;
  /** @type {Partial<TreeMessage>} fields of the tree that a test wants otherwise */
  tree = {};
  /** @type {Partial<ScriptMessage>} */
  script = {};
  /** @type {unknown} */
  widget_manager = undefined;

  /** @type {Map<string, Set<(...values: any[]) => void>>} */
  #listeners = new Map();
  /** @type {Attempt[][]} */
  #pruned = [];

  /** @param {Attempt[]} [attempts] */
  constructor(attempts = smallTree()) {
    this.attempts = attempts;
    this.best = attempts.find((one) => one.status === "finished")?.id ?? 0;
  }

  /** @param {"title"} name */
  get(name) {
    return name === "title" ? "theorem swap" : "";
  }

  /**
   * @param {string} event
   * @param {(...values: any[]) => void} callback
   */
  on(event, callback) {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(callback));
  }

  /**
   * @param {string | null} [event]
   * @param {((...values: any[]) => void) | null} [callback]
   */
  off(event, callback) {
    if (event && callback) this.#listeners.get(event)?.delete(callback);
    else if (event) this.#listeners.delete(event);
    else this.#listeners.clear();
  }

  /**
   * Any event of the model, such as "comm:close".
   * @param {string} event
   * @param {...unknown} values
   */
  trigger(event, ...values) {
    for (const callback of this.#listeners.get(event) ?? []) callback(...values);
  }

  /**
   * Send a message to the page.
   * @param {KernelMessage} message
   */
  tell(message) {
    this.trigger("msg:custom", structuredClone(message), []);
  }

  /**
   * Tell that attempts are new or changed, as the kernel does.
   * @param {Attempt[]} attempts
   * @param {number[]} [removed]
   */
  change(attempts, removed = []) {
    for (const one of attempts) {
      const known = this.attempts.findIndex((other) => other.id === one.id);
      if (known >= 0) this.attempts[known] = one;
      else this.attempts.push(one);
    }
    this.attempts = this.attempts.filter((one) => !removed.includes(one.id));
    this.tell({ kind: "changed", attempts, removed, current: this.current, best: this.best, can_restore: this.#pruned.length > 0 });
  }

  /** @param {PageMessage} message */
  send(message) {
    this.sent.push(structuredClone(message));
    if (!this.silent) queueMicrotask(() => this.#answer(message));
  }

  /**
   * The messages of one kind that the page sent.
   * @template {PageMessage["kind"]} K
   * @param {K} kind
   * @returns {Extract<PageMessage, { kind: K }>[]}
   */
  sentOf(kind) {
    return /** @type {any} */ (this.sent.filter((message) => message.kind === kind));
  }

  /** @param {number} id */
  #attempt(id) {
    const found = this.attempts.find((one) => one.id === id);
    if (!found) throw new Error(`the page asks for attempt ${id}, which is not there`);
    return found;
  }

  /** @param {PageMessage} message */
  #answer(message) {
    switch (message.kind) {
      case "open":
        this.tell({
          kind: "tree", explorer: "e1", title: this.get("title"), current: this.current, best: this.best, attempts: this.attempts,
          origin: null, recipe: { tactics: [] }, has_proof: false, can_restore: false, settings: { tactics: ["simp", "omega"] },
          ...this.tree,
        });
        break;
      case "run": {
        const parent = this.#attempt(message.parent);
        const added = attempt({
          id: Math.max(...this.attempts.map((one) => one.id)) + 1,
          parent: parent.id, tactic: message.tactic, place: message.place, status: "running", goals: 0, elapsed: null,
        });
        this.change([added]);
        this.tell({ kind: "started", request: message.request, attempt: added.id });
        const fails = message.tactic.startsWith("fail");
        this.current = fails ? this.current : added.id;
        this.change([{ ...added, status: fails ? "failed" : "open", goals: fails ? 0 : 1, elapsed: 0.01, error: fails ? "failed" : null }]);
        break;
      }
      case "select":
        this.current = message.attempt;
        this.change([]);
        break;
      case "details":
        this.tell({ kind: "details", details: Object.fromEntries(message.attempts.map((id) => [id, details])) });
        break;
      case "rename":
        this.change([{ ...this.#attempt(message.attempt), name: message.name }]);
        break;
      case "mark":
        this.change([{ ...this.#attempt(message.attempt), marked: message.marked }]);
        break;
      case "prune": {
        const gone = this.#below(message.attempt);
        this.#pruned.push(gone);
        const ids = gone.map((one) => one.id);
        if (ids.includes(this.current)) this.current = this.#attempt(message.attempt).parent ?? 0;
        this.change([], ids);
        break;
      }
      case "restore":
        this.change(this.#pruned.pop() ?? []);
        break;
      case "cancel":
        this.change(this.attempts.filter((one) => one.status === "running" && (message.attempt ?? one.id) === one.id).map((one) => ({ ...one, status: "cancelled" })));
        break;
      case "suggest":
        this.tell({
          kind: "suggestions", attempt: message.attempt, place: message.place, running: false, done: 2, total: 2,
          items: [
            { tactic: "exact hp", tried: "exact?", status: "finished", closes: true, goals: 0, elapsed: 0.02, gain: "closes the goal" },
            { tactic: "constructor", tried: "constructor", status: "open", closes: false, goals: 2, elapsed: 0.01, gain: "1 goal → 2" },
          ],
        });
        break;
      case "complete":
        this.tell({
          kind: "completions", request: message.request, start: message.text.slice(0, message.cursor).search(/[^\s]*$/),
          items: [{ text: "simp", kind: "tactic", doc: "Simplifies." }, { text: "simp_all", kind: "tactic" }, { text: "hp", kind: "hypothesis", type: "p" }],
        });
        break;
      case "type":
        this.tell({ kind: "type", request: message.request, text: "Prop", ok: true });
        break;
      case "script":
        this.tell({
          kind: "script", request: message.request, attempt: message.attempt, text: "constructor\n· exact hp\n· exact hq", verdict: "valid", reason: "", cell: null,
          ...this.script,
        });
        break;
      case "proof":
        this.tell({ kind: "proof", request: message.request, attempt: message.attempt, proof });
        break;
      case "abbreviations":
        this.tell({ kind: "abbreviations", table: { to: "→", alpha: "α", "<>": "⟨$CURSOR⟩", ">": "⟩", and: "∧" } });
        break;
      case "replay":
        break;
    }
  }

  /**
   * @param {number} id
   * @returns {Attempt[]}
   */
  #below(id) {
    return [this.#attempt(id), ...this.attempts.filter((one) => one.parent === id).flatMap((one) => this.#below(one.id))];
  }
}

/** The next frame, when the store has told what happened. */
export function frame() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(undefined))));
}

/**
 * A store that has heard the tree.
 * @param {Kernel} [kernel]
 */
export async function openStore(kernel = new Kernel()) {
  const controller = new AbortController();
  const store = new Store(kernel, { signal: controller.signal });
  await frame();
  return { store, kernel, signal: controller.signal, close: () => controller.abort() };
}
