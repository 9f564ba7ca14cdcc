// One goal: its hypotheses, the target, and what changed in them.
/** @import {Goal, Hypothesis, Text} from "./types" */
/** @import {FilterValues} from "./filters.js" */
import { element, visible } from "./dom.js";

/**
 * What people have folded and unfolded, by what it belongs to. What is not in it is as the filters say.
 * @typedef {Map<string, boolean>} Folds
 *
 * @typedef {object} GoalOptions
 * @property {FilterValues} filters
 * @property {Folds} folds
 * @property {string} key tells this goal from others in `folds`
 */

const LONG_TYPE = 240;
const LONG_TARGET = 2000;
const SIGNS = { same: "", inserted: "+", removed: "−", changed: "±" };
const SPOKEN = { same: "", inserted: "new: ", removed: "gone: ", changed: "changed: " };

/**
 * Draw a goal: hypotheses that the filters leave, how many are hidden, the target.
 * @param {Goal} goal
 * @param {GoalOptions} options
 * @returns {HTMLElement}
 */
export function goalView(goal, options) {
  const { filters, folds, key } = options;
  const target = targetView(goal, options);
  const shown = folds.get(`${key}/hidden`) ?? false;
  const { visible, hidden } = filtered(goal.hypotheses, filters);
  const listed = shown ? goal.hypotheses : visible;
  const list = listed.length
    ? element(
        "ul",
        { class: "lean-magic-goal-hypotheses", "aria-label": "Hypotheses" },
        ...listed.map((hypothesis, index) => hypothesisView(hypothesis, index, options)),
      )
    : null;
  const more = hidden.length ? hiddenButton(goal, hidden, shown, options) : null;
  const parts = filters.targetFirst ? [target, list, more] : [list, more, target];
  const view = element("div", { class: "lean-magic-goal-body" }, ...parts);
  // One stop for Tab; the arrow keys reach the others.
  view.querySelector(".lean-magic-goal-name")?.setAttribute("tabindex", "0");
  return view;
}

/**
 * The goal without marks of what changed.
 * @param {Goal} goal
 * @returns {Goal}
 */
export function unmarked(goal) {
  /** @param {Text} text @returns {Text} */
  const plain = (text) => [[plainText(text), "same"]];
  return {
    ...goal,
    change: "same",
    target: plain(goal.target),
    hypotheses: goal.hypotheses
      .filter(({ change }) => change !== "removed")
      .map((hypothesis) => ({
        ...hypothesis,
        change: "same",
        type: plain(hypothesis.type),
        value: hypothesis.value && plain(hypothesis.value),
      })),
  };
}

/**
 * @param {Text} text
 * @returns {string} without what is gone
 */
function plainText(text) {
  return text.map(([part, change]) => (change === "removed" ? "" : part)).join("");
}

/**
 * @param {Hypothesis[]} hypotheses
 * @param {FilterValues} filters
 * @returns {{visible: Hypothesis[], hidden: string[]}} what is left, and for each name that is hidden the reason
 */
function filtered(hypotheses, filters) {
  /** @type {Hypothesis[]} */
  const visible = [];
  /** @type {string[]} */
  const hidden = [];
  for (const hypothesis of hypotheses) {
    const { names, instance, change } = hypothesis;
    if (instance && !filters.instances) hidden.push(...names.map(() => "instance"));
    else if (change === "same" && filters.changedOnly) hidden.push(...names.map(() => "unchanged"));
    else {
      const left = filters.inaccessible ? names : names.filter(({ inaccessible }) => !inaccessible);
      hidden.push(...names.slice(left.length).map(() => "with ✝"));
      if (left.length) visible.push({ ...hypothesis, names: left });
    }
  }
  return { visible, hidden };
}

/**
 * @param {Goal} goal
 * @param {string[]} reasons
 * @param {boolean} shown
 * @param {GoalOptions} options
 */
function hiddenButton(goal, reasons, shown, options) {
  const why = [...new Set(reasons)].map((reason) => `${reasons.filter((other) => other === reason).length} ${reason}`);
  /** @param {Event} event */
  const toggle = (event) => {
    options.folds.set(`${options.key}/hidden`, !shown);
    const body = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (event.currentTarget).closest(".lean-magic-goal-body"));
    const drawn = goalView(goal, options);
    body.replaceWith(drawn);
    /** @type {HTMLElement | null} */ (drawn.querySelector(".lean-magic-goal-hidden"))?.focus();
  };
  return element(
    "button",
    {
      type: "button",
      class: "lean-magic-button lean-magic-goal-hidden",
      "aria-expanded": String(shown),
      title: why.join(", "),
      onclick: toggle,
    },
    shown ? `hide ${reasons.length} again` : `${reasons.length} hidden`,
  );
}

/**
 * @param {Hypothesis} hypothesis
 * @param {number} index
 * @param {GoalOptions} options
 * @returns {HTMLElement}
 */
function hypothesisView(hypothesis, index, options) {
  const { filters, folds, key } = options;
  const { names, change, type, value } = hypothesis;
  const spelled = names.map(({ text }) => text).join(" ");
  const own = `${key}/${index}/${spelled}`;
  const open = folds.get(own) ?? filters.types;
  const fold = () => {
    folds.set(own, !open);
    const drawn = hypothesisView(hypothesis, index, options);
    row.replaceWith(drawn);
    /** @type {HTMLElement} */ (drawn.querySelector(".lean-magic-goal-fold")).focus();
  };
  const row = element(
    "li",
    { class: `lean-magic-goal-hypothesis lean-magic-goal-line-${change}${open ? "" : " lean-magic-goal-folded"}` },
    element("button", {
      type: "button",
      class: "lean-magic-goal-fold",
      tabindex: -1,
      "aria-expanded": String(open),
      "aria-label": `type of ${spelled}`,
      onclick: fold,
    }),
    sign(change),
    ...names.flatMap(({ text, inaccessible }, at) => [at ? " " : null, nameView(text, text, inaccessible)]),
  );
  if (open) row.append(" : ", termView(type, `${own}/type`, LONG_TYPE, folds));
  if (open && value) row.append(" := ", valueView(value, own, spelled, options));
  return row;
}

/**
 * @param {Text} value
 * @param {string} own
 * @param {string} spelled
 * @param {GoalOptions} options
 */
function valueView(value, own, spelled, { filters, folds }) {
  const term = () => termView(value, `${own}/value`, LONG_TYPE, folds);
  if (filters.values || folds.get(`${own}/value-shown`)) return term();
  const show = () => {
    folds.set(`${own}/value-shown`, true);
    const drawn = term();
    const row = button.closest("li");
    button.replaceWith(drawn);
    /** @type {HTMLElement | null | undefined} */ (row?.querySelector(".lean-magic-goal-name"))?.focus();
  };
  const button = element(
    "button",
    {
      type: "button",
      class: "lean-magic-goal-more",
      "aria-label": `value of ${spelled}: show`,
      title: "Show the value",
      onclick: show,
    },
    "…",
  );
  return button;
}

/**
 * @param {Goal} goal
 * @param {GoalOptions} options
 */
function targetView(goal, { folds, key }) {
  // In `conv`, nothing is to be proved of it.
  const turnstile = /(?:^|\n)\| [^\n]*(?:\n [^\n]*)*$/.test(goal.text) ? "|" : "⊢";
  const name = nameView(turnstile, "target", false);
  name.dataset.text = plainText(goal.target);
  return element("p", { class: "lean-magic-goal-target" }, name, " ", termView(goal.target, `${key}/target`, LONG_TARGET, folds));
}

/**
 * A name; it can be asked for its type.
 * @param {string} text
 * @param {string} spoken
 * @param {boolean} inaccessible
 */
function nameView(text, spoken, inaccessible) {
  const classes = `lean-magic-goal-name${inaccessible ? " lean-magic-goal-inaccessible" : ""}`;
  // Not a <button>: that cannot be selected with the text around it.
  return element("span", { class: classes, role: "button", tabindex: -1, "aria-label": spoken === text ? null : spoken }, text);
}

/** @param {keyof typeof SIGNS} change */
function sign(change) {
  if (change === "same") return null;
  return element(
    "span",
    { class: "lean-magic-goal-sign" },
    element("span", { "aria-hidden": "true" }, SIGNS[change]),
    element("span", { class: "lean-magic-spoken" }, SPOKEN[change]),
  );
}

/**
 * A type, value or target. A long one is cut, and says by how much.
 * @param {Text} text
 * @param {string} key
 * @param {number} limit
 * @param {Folds} folds
 * @returns {HTMLElement}
 */
function termView(text, key, limit, folds) {
  const length = text.reduce((sum, [part]) => sum + part.length, 0);
  const isLong = length > 1.25 * limit;
  const whole = folds.get(key) ?? false;
  const term = element("span", { class: "lean-magic-goal-term" }, ...pieces(isLong && !whole ? cut(text, limit) : text));
  if (!isLong) return term;
  const toggle = () => {
    folds.set(key, !whole);
    const drawn = termView(text, key, limit, folds);
    view.replaceWith(drawn);
    /** @type {HTMLElement} */ (drawn.querySelector(".lean-magic-goal-more")).focus();
  };
  const left = (length - limit).toLocaleString("en");
  const view = element(
    "span",
    { class: "lean-magic-goal-long" },
    term,
    " ",
    element(
      "button",
      { type: "button", class: "lean-magic-goal-more", "aria-expanded": String(whole), onclick: toggle },
      whole ? "less" : `… ${left} more characters`,
    ),
  );
  return view;
}

/**
 * @param {Text} text
 * @returns {Node[]}
 */
function pieces(text) {
  return text.flatMap(([part, change], index) => {
    if (change === "same") return [document.createTextNode(visible(part))];
    const marked = element(change === "inserted" ? "ins" : "del", {}, part);
    // What is gone and what has come instead of it would read as one word.
    return index && change === "inserted" && text[index - 1][1] === "removed" ? [document.createTextNode(" "), marked] : [marked];
  });
}

/**
 * @param {Text} text
 * @param {number} limit
 * @returns {Text}
 */
function cut(text, limit) {
  /** @type {Text} */
  const kept = [];
  let left = limit;
  for (const [part, change] of text) {
    if (left <= 0) break;
    // Not between the halves of a character.
    const end = /[\ud800-\udbff]/.test(part[left - 1] ?? "") ? left - 1 : left;
    kept.push([part.slice(0, end), change]);
    left -= part.length;
  }
  return kept;
}
