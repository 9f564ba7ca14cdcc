// The state of one attempt: how it went, what Lean said, and the goals.
/** @import {Attempt, Details, Goal} from "./types" */
/** @import {FilterValues} from "./filters.js" */
/** @import {Folds} from "./goal.js" */
import { element } from "./dom.js";
import { goalView, unmarked } from "./goal.js";
import { cut, hasFailed, statusWord } from "./words.js";

/**
 * @typedef {object} StateViewOptions
 * @property {FilterValues} filters
 * @property {Folds} folds
 * @property {(text: string, of: string) => void} copy copies a text, and says of what it is
 * @property {Choice} [choice] of the goal that tactics are run on; without it there is none
 * @property {(tactic: string) => void} [run] runs what 'Try this' offers
 * @property {() => void} [cancel]
 *
 * @typedef {object} Choice
 * @property {string} group tells these radio buttons from others of the page
 * @property {number | null} place
 * @property {(place: number) => void} choose
 *
 * @typedef {object} Shown
 * @property {Attempt} attempt
 * @property {Details | undefined} details undefined while they are under way
 * @property {Attempt | undefined} source the attempt whose goals stand for those of an attempt that has none
 * @property {Details | undefined} sourceDetails
 */

const GOALS_OPEN = 8;

/**
 * Draw the state of an attempt.
 * @param {Shown} shown
 * @param {StateViewOptions} options
 * @returns {HTMLElement[]}
 */
export function stateView({ attempt, details, source, sourceDetails }, options) {
  const said = messagesView(attempt, details, options);
  if (isRunning(attempt)) return [runningView(options), ...before(source, sourceDetails, options)];
  if (hasFailed(attempt.status)) return [failureView(attempt), ...said, ...before(source, sourceDetails, options)];
  const verdict = verdictView(attempt, details);
  const goals = details ? goalsView(details.goals, attempt, options) : [loading()];
  return [...(verdict ? [verdict] : goals), ...said];
}

/** @param {Attempt} attempt */
export function isRunning({ status }) {
  return status === "running";
}

/**
 * @param {Attempt} attempt
 * @returns {string} such as "After simp"
 */
export function titleOf(attempt) {
  if (attempt.tactic === null) return "Start";
  const [first, ...rest] = attempt.tactic.split("\n");
  const tactic = `${cut(first, 60)}${rest.length ? " …" : ""}`;
  return hasFailed(attempt.status) || isRunning(attempt) ? tactic : `After ${tactic}`;
}

/**
 * @param {Attempt} attempt
 * @param {Details | undefined} details
 */
function verdictView(attempt, details) {
  if (attempt.status === "finished") {
    return element(
      "p",
      { class: "lean-magic-state-verdict lean-magic-state-finished" },
      mark("✓"),
      "No goals: proof finished (checked by the kernel)",
    );
  }
  if (attempt.status === "sorry") {
    // The state's text says why: "no goals (Incomplete: contains sorry)".
    const reason = details?.text.match(/^no goals \(([^]*)\)$/)?.[1] ?? "sorry";
    const why = /\bsorry\b/.test(reason) ? "it rests on sorry" : reason;
    return element(
      "p",
      { class: "lean-magic-state-verdict lean-magic-state-sorry" },
      mark("!"),
      `No goals, but not proved: ${why}`,
    );
  }
  return null;
}

/** @param {Attempt} attempt */
function failureView(attempt) {
  return element(
    "div",
    { class: "lean-magic-state-failure" },
    element("p", {}, mark("✗"), attempt.status === "crashed" ? "Lean crashed" : sentence(statusWord(attempt.status))),
    attempt.error ? element("pre", {}, attempt.error) : null,
  );
}

/** @param {StateViewOptions} options */
function runningView({ cancel }) {
  return element(
    "p",
    { class: "lean-magic-state-verdict lean-magic-state-running" },
    mark("⋯"),
    element("span", { class: "lean-magic-state-clock", role: "timer" }, "running…"),
    cancel ? element("button", { type: "button", class: "lean-magic-button", onclick: cancel }, "Cancel") : null,
  );
}

/** @param {string} words */
function sentence(words) {
  return words[0].toUpperCase() + words.slice(1);
}

/** @param {string} text */
function mark(text) {
  return element("span", { class: "lean-magic-state-sign", "aria-hidden": "true" }, text);
}

function loading() {
  return element("p", { class: "lean-magic-faint" }, "…");
}

/**
 * The goals before a tactic that did not run, or has not yet.
 * @param {Attempt | undefined} source
 * @param {Details | undefined} details
 * @param {StateViewOptions} options
 */
function before(source, details, options) {
  if (!source) return [];
  const heading = element("h4", { class: "lean-magic-faint" }, "The goals before it");
  return [heading, ...(details ? goalsView(details.goals.map(unmarked), source, options) : [loading()])];
}

/**
 * @param {Goal[]} goals
 * @param {Attempt} attempt
 * @param {StateViewOptions} options
 * @returns {HTMLElement[]}
 */
function goalsView(goals, attempt, options) {
  const more = attempt.goals - goals.length;
  return [
    ...goals.map((goal, place) => oneOfGoals(goal, place, goals.length + Math.max(0, more), attempt, options)),
    ...(more > 0 ? [element("p", { class: "lean-magic-faint" }, `… ${more} more ${more === 1 ? "goal" : "goals"}`)] : []),
  ];
}

/**
 * @param {Goal} goal
 * @param {number} place
 * @param {number} count
 * @param {Attempt} attempt
 * @param {StateViewOptions} options
 */
function oneOfGoals(goal, place, count, attempt, { filters, folds, copy, choice }) {
  const key = `${attempt.id}/${place}`;
  const number = count > 1 ? `Goal ${place + 1} of ${count}` : "Goal";
  const title = goal.case ? `${number}: case ${goal.case}` : number;
  const isFirst = place < (filters.firstGoal ? 1 : GOALS_OPEN);
  const open = folds.get(key) ?? (isFirst || choice?.place === place);
  // There is nothing to compare the first state with.
  const shownWith = attempt.parent === null ? { ...filters, changedOnly: false } : filters;
  const draw = () => goalView(goal, { filters: shownWith, folds, key });
  /** @param {boolean} open */
  const setOpen = (open) => {
    fold.setAttribute("aria-expanded", String(open));
    // What is folded need not be drawn: there may be many.
    if (open) view.append(draw());
    else view.querySelector(".lean-magic-goal-body")?.remove();
  };
  const isOpen = () => fold.getAttribute("aria-expanded") === "true";
  const toggle = () => {
    folds.set(key, !isOpen());
    setOpen(!isOpen());
  };
  const fold = element("button", { type: "button", class: "lean-magic-goal-fold", "aria-label": title, onclick: toggle });
  const change = goal.change === "same" ? null : element("span", { class: "lean-magic-goal-change" }, goal.change);
  const label = element("span", { class: "lean-magic-goal-title" }, title);
  const chosen =
    choice && count > 1
      ? element(
          "label",
          { title: "Run tactics on this goal" },
          radio({ ...choice, choose: (place) => (choice.choose(place), isOpen() || toggle()) }, place),
          label,
        )
      : label;
  const view = element(
    "div",
    { class: "lean-magic-goal", role: "group", "aria-label": title, "data-attempt": attempt.id, "data-place": place },
    element(
      "header",
      {},
      count > 1 ? fold : null,
      chosen,
      change,
      count > 1 || goal.case
        ? element(
            "button",
            {
              type: "button",
              class: "lean-magic-state-copy",
              "aria-label": `Copy ${title}`,
              onclick: () => copy(goal.text, title),
            },
            "Copy",
          )
        : null,
    ),
  );
  setOpen(open);
  return view;
}

/**
 * @param {Choice} choice
 * @param {number} place
 */
function radio({ group, place: chosen, choose }, place) {
  const input = element("input", { type: "radio", name: group, value: place, onchange: () => choose(place) });
  input.checked = chosen === place;
  return input;
}

/**
 * @param {Attempt} attempt
 * @param {Details | undefined} details
 * @param {StateViewOptions} options
 */
function messagesView({ error, offers }, details, { run }) {
  // A failed attempt's error is shown already; so is what can be taken over.
  const told = (details?.messages ?? []).filter(({ text }) => !error?.includes(text) && !onlyOffers(text, offers));
  const list = told.map(({ severity, text }) =>
    element(
      "li",
      { class: `lean-magic-state-message lean-magic-state-${severity}` },
      element("b", {}, `${severity}: `),
      element("span", {}, text),
    ),
  );
  const buttons =
    run &&
    offers.map((tactic) =>
      element(
        "li",
        {},
        element(
          "button",
          { type: "button", class: "lean-magic-button lean-magic-state-offer", title: "Run it", onclick: () => run(tactic) },
          tactic,
        ),
      ),
    );
  return [
    list.length ? element("ul", { class: "lean-magic-state-messages", "aria-label": "Messages" }, ...list) : null,
    buttons?.length
      ? element(
          "div",
          { class: "lean-magic-state-offers" },
          element("h4", {}, "Try this"),
          element("ul", { "aria-label": "Try this" }, ...buttons),
        )
      : null,
  ].filter((part) => part !== null);
}

/**
 * Whether a message says no more than the buttons for what it offers.
 * @param {string} text
 * @param {string[]} offers
 */
function onlyOffers(text, offers) {
  const rest = text.match(/^Try th(?:is|ese):([^]*)$/)?.[1];
  if (rest === undefined) return false;
  const squeezed = (/** @type {string} */ some) => some.replaceAll("[apply]", "").replace(/\s+/g, "");
  return squeezed(rest) === squeezed(offers.join(""));
}
