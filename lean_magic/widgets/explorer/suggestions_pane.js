// Tactics that help here: what Lean offered with 'Try this', and what was tried by 'Suggest'.

/** @import {PaneOptions, Suggestion, SuggestionsMessage} from "./types" */
/** @import {Store} from "./store.js" */
import { allow, button } from "./button.js";
import { element, focusField, setAttributes, setText } from "./dom.js";
import { cut, duration } from "./words.js";

const SHOWN = 80; // characters of a tactic, in a button's name
const STEPS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });

/**
 * Tactics that work here, best first.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function suggestionsPane(store, { signal }) {
  const offers = new TacticList("Lean says: try this");
  const offered = element("div", { hidden: true }, element("h4", {}, "Try this"), offers.element);
  const heading = element("h4");
  const progress = element("progress", { "aria-label": "Tactics tried" });
  const count = element("span");
  const cancel = button("Cancel", () => store.send({ kind: "cancel" }), "Try no more");
  const trying = element("div", { class: "lean-magic-suggestion-progress", hidden: true }, progress, count, cancel);
  const list = new TacticList("Suggestions, best first");
  const suggested = element("div", { hidden: true }, heading, trying, list.element);
  const summary = element("p", { role: "status" });
  const problem = element("p", { class: "lean-magic-input-error", role: "alert" });

  function update() {
    const hadFocus = pane.matches(":focus-within");
    updateOffers();
    updateSuggestions();
    if (hadFocus && !pane.matches(":focus-within")) focusField(pane);
    setText(problem, "");
    for (const shown of [offers, list]) shown.allow(store.connected);
    allow(cancel, store.connected);
  }

  /** An offer takes the place of the tactic that made it. */
  function updateOffers() {
    const { selected } = store;
    const tactics = selected?.offers ?? [];
    const there = { parent: selected?.parent ?? 0, place: selected?.place ?? null };
    offered.hidden = tactics.length === 0;
    offers.show(tactics.map((tactic) => ({ tactic, words: "", closes: false })), (tactic) => use(tactic, there));
  }

  function updateSuggestions() {
    const { base } = store;
    const found = base && store.suggestions(base.id);
    suggested.hidden = !found;
    setText(summary, found && !found.running ? result(found) : "");
    if (!found || !base) return list.show([], () => {});
    heading.textContent = base.goals > 1 && found.place !== null ? `Suggestions for goal ${found.place + 1} of ${base.goals}` : "Suggestions";
    trying.hidden = !found.running;
    setAttributes(progress, { max: Math.max(found.total, 1), value: found.done });
    count.textContent = `${found.done} of ${found.total}`;
    const here = { parent: found.attempt, place: found.place };
    list.show(found.items.map((item) => ({ tactic: item.tactic, words: wordsOf(item), closes: item.closes })), (tactic) => use(tactic, here));
  }

  /**
   * @param {string} tactic
   * @param {{ parent: number, place: number | null }} where
   */
  function use(tactic, where) {
    problem.textContent = "";
    store.run(tactic, where).catch((error) => (problem.textContent = error.message));
  }

  const pane = element("div", { class: "lean-magic-suggestions", role: "group", "aria-label": "Suggestions" }, offered, suggested, summary, problem);
  for (const type of ["changed", "selected", "suggestions", "connection"]) store.addEventListener(type, update, { signal });
  update();
  return pane;
}

/**
 * @param {SuggestionsMessage} found all that there will be
 * @returns {string} what came of it, in one line
 */
function result({ done, total, items }) {
  if (done === 0 && total > 0) return `Stopped before any of ${total} tactics was tried to the end.`;
  const tried = done < total ? `Stopped after ${done} of ${total} tactics` : total === 1 ? "1 tactic tried" : `${total} tactics tried`;
  if (items.length === 0) return `${tried}: none of them changes anything here.`;
  const closing = items.filter((item) => item.closes).length;
  const others = items.length - closing;
  const closes = closing === 1 ? "1 closes the goal" : `${closing} close the goal`;
  // Whether that is of use is for people to say.
  const changes = others === 1 ? "1 changes something" : `${others} change something`;
  return `${tried}: ${[closing > 0 && closes, others > 0 && changes].filter(Boolean).join(", ")}.`;
}

/**
 * @param {Suggestion} item
 * @returns {string} such as "closes the goal, 12 ms, found by exact?"
 */
function wordsOf({ tactic, tried, gain, elapsed }) {
  const time = elapsed === null ? [] : [duration(elapsed)];
  return [gain, ...time, ...(tried === tactic ? [] : [`found by ${tried}`])].join(", ");
}

/** A list of tactics with a button each. The arrow keys, Home and End go from one to the other. */
class TacticList {
  element;
  /** @type {Map<string, { row: HTMLLIElement, use: HTMLButtonElement, words: HTMLElement }>} */
  #rows = new Map();
  /** @type {(tactic: string) => void} */
  #use = () => {};

  /** @param {string} label */
  constructor(label) {
    this.element = element("ol", { class: "lean-magic-suggestion-list", "aria-label": label, hidden: true, onkeydown: (event) => this.#move(event) });
  }

  /**
   * Show these. Those that are there already stay, with the focus where it is: while more come, somebody chooses.
   * @param {{ tactic: string, words: string, closes: boolean }[]} items
   * @param {(tactic: string) => void} use
   */
  show(items, use) {
    this.#use = use;
    const { element: list } = this;
    const focused = list.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
    const before = this.#rows;
    this.#rows = new Map();
    for (const { tactic, words, closes } of items) {
      const made = before.get(tactic) ?? this.#row(tactic);
      before.delete(tactic);
      this.#rows.set(tactic, made);
      made.words.textContent = words;
      setAttributes(made.row, { "data-closes": closes });
      setAttributes(made.use, { "aria-label": `Use ${cut(tactic, SHOWN)}${words ? `: ${words}` : ""}` });
    }
    for (const { row } of before.values()) row.remove();
    [...this.#rows.values()].forEach(({ row }, index) => {
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
    if (focused?.isConnected) focused.focus();
    list.hidden = items.length === 0;
  }

  /** @param {boolean} can whether they can be used */
  allow(can) {
    for (const { use } of this.#rows.values()) allow(use, can);
  }

  /** @param {string} tactic */
  #row(tactic) {
    const use = button("Use", () => this.#use(tactic), `Run ${cut(tactic, SHOWN)}`);
    const words = element("span", { class: "lean-magic-suggestion-words" });
    return { use, words, row: element("li", { class: "lean-magic-suggestion" }, use, element("code", {}, tactic), words) };
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const buttons = [...this.#rows.values()].map(({ use }) => use);
    const at = buttons.findIndex((use) => use === event.target);
    const last = buttons.length - 1;
    const step = STEPS[event.key];
    const to = event.key === "Home" ? 0 : event.key === "End" ? last : step && Math.min(Math.max(at + step, 0), last);
    if (at < 0 || to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    buttons[to]?.focus();
  }
}
