// A proof drawn in Paperproof's direction: hypotheses flow down from the top, goals are closed from the bottom upward.
//
// In the document, each scope tells its goal, what is given, then its steps in their order; so it is read aloud. What is
// seen is put in another order by CSS: what steps make of hypotheses at the top, what they make of the goal at the bottom,
// last first, and between them what closes the goal, or the boxes of what is left.
/** @import {Proof, ProofStep, Scope} from "./types" */
import { element } from "./dom.js";

/**
 * @typedef {Scope["hypotheses"][number]} Given
 */

const LONG = 160;
const GIVEN = 12;

/**
 * Draw a proof.
 * @param {Proof} proof
 * @param {(attempt: number) => void} select called with the attempt that a tactic belongs to
 * @returns {HTMLElement}
 */
export function proofDrawing(proof, select) {
  return new Drawing(select).scope(proof.scope, "lean-magic-proof-scope", new Set());
}

/** What is drawn: the parts of it that belong together have the same number. */
class Drawing {
  /** @type {(attempt: number) => void} */
  #select;
  #steps = 0;
  /** @type {Map<string, string>} names of hypotheses */
  #names = new Map();

  /** @param {(attempt: number) => void} select */
  constructor(select) {
    this.#select = select;
  }

  /**
   * @param {Scope} scope
   * @param {string} classes
   * @param {ReadonlySet<string>} known what the scopes around it show already
   * @returns {HTMLElement}
   */
  scope(scope, classes, known) {
    const { goal, steps, closed } = scope;
    const own = scope.hypotheses.filter(({ id }) => !known.has(id));
    const now = new Set([...known, ...own.map(({ id }) => id)]);
    for (const { id, name } of own) this.#names.set(id, name);
    const parts = steps.map((step, index) => {
      const part = this.#step(step, index, now);
      for (const { id, name } of step.new_hypotheses) {
        now.add(id);
        this.#names.set(id, name);
      }
      return part;
    });
    const name = goal.case ? `case ${goal.case}` : "";
    return element(
      "div",
      {
        class: `${classes} ${closed ? "lean-magic-proof-closed" : "lean-magic-proof-not-closed"}`,
        role: "group",
        "aria-label": `${name && `${name}, `}goal ${short(goal.target, LONG)}, ${closed ? "closed" : "open"}`,
      },
      name ? element("div", { class: "lean-magic-proof-scope-name" }, closed ? "✓ " : "○ ", name) : null,
      goalRow("lean-magic-proof-scope-goal", goal.target),
      own.length ? givenList(own) : null,
      parts.length ? element("ol", { class: "lean-magic-proof-steps", "aria-label": "Steps" }, ...parts) : null,
      leavesOpen(scope) ? element("div", { class: "lean-magic-proof-open" }, "○ open") : null,
    );
  }

  /**
   * @param {ProofStep} step
   * @param {number} index
   * @param {ReadonlySet<string>} known
   */
  #step(step, index, known) {
    const { new_hypotheses: made, gone, goal, closes, scopes, inner } = step;
    const id = ++this.#steps;
    const changesGoal = goal !== null;
    const inMiddle = closes || scopes.length > 0;
    const onTop = !inMiddle && (made.length > 0 || gone.length > 0 || inner.length > 0 || !changesGoal);
    const tactic = step.tactic ? this.#tactic(step, id) : null;
    // One that is made anew, or taken apart into boxes, is seen to be gone.
    const cleared = made.length || scopes.length ? [] : gone.flatMap((one) => this.#names.get(one) ?? []);
    const within = inner.length ? this.#boxes(inner, "lean-magic-proof-inner", known) : null;
    const chips = made.length ? chipList("lean-magic-proof-made", "New hypotheses", made) : null;
    const parts = [];
    if (onTop) {
      const top = { class: "lean-magic-proof-step-top", style: `order:${index + 2}` };
      parts.push(element("div", top, within, tactic, cleared.length ? withoutRow(cleared) : null, chips));
    }
    if (inMiddle) {
      const boxes = scopes.length ? this.#boxes(scopes, "", known) : null;
      // Hypotheses flow through it into the boxes, or the boxes carry it.
      const flowsIn = scopes.some((scope) => scope.hypotheses.some((hypothesis) => !known.has(hypothesis.id)));
      const rows = flowsIn || !boxes ? [tactic, chips, boxes] : [chips, boxes, tactic];
      parts.push(element("div", { class: "lean-magic-proof-step-middle" }, within, ...rows));
    }
    if (changesGoal) {
      const label = onTop || inMiddle ? echo(step, id) : tactic;
      const bottom = { class: "lean-magic-proof-step-bottom", style: `order:${1_000_000 - index}` };
      parts.push(element("div", bottom, goalRow("", goal), label));
    }
    return element("li", {}, ...parts);
  }

  /**
   * @param {Scope[]} scopes
   * @param {string} classes
   * @param {ReadonlySet<string>} known
   */
  #boxes(scopes, classes, known) {
    const label = classes ? "Proofs inside" : "Goals it leaves";
    return element(
      "ul",
      { class: `lean-magic-proof-boxes ${classes}`, "aria-label": label },
      ...scopes.map((scope) => element("li", {}, this.scope(scope, "lean-magic-proof-scope lean-magic-proof-box", known))),
    );
  }

  /**
   * @param {ProofStep} step
   * @param {number} id
   */
  #tactic(step, id) {
    const { tactic, attempt, position, closes, new_hypotheses: made, gone } = step;
    const [first, ...rest] = tactic.split("\n");
    const button = element(
      "button",
      {
        type: "button",
        class: `lean-magic-proof-tactic${closes ? " lean-magic-proof-closing" : ""}`,
        tabindex: -1,
        title: [tactic, position && `line ${position[0]}`].filter(Boolean).join("\n"),
        "data-step": id,
        "data-lights": JSON.stringify([...made.map((hypothesis) => hypothesis.id), ...gone, ...made.flatMap(({ from }) => from)]),
        "data-attempt": attempt,
        onclick: () => attempt !== null && this.#select(attempt),
      },
      closes ? element("span", { "aria-hidden": "true" }, "✓ ") : null,
      short(rest.length ? `${first} …` : first, LONG),
      closes ? element("span", { class: "lean-magic-spoken" }, ", closes the goal") : null,
    );
    return ruled(button);
  }
}

/**
 * How many goals are open in a scope and those within it.
 * @param {Scope} scope
 * @returns {number}
 */
export function openGoals(scope) {
  const within = scope.steps.flatMap(({ scopes, inner }) => [...scopes, ...inner]);
  return within.reduce((sum, inside) => sum + openGoals(inside), leavesOpen(scope) ? 1 : 0);
}

/**
 * Whether the last goal of a scope itself is open, rather than one of a scope within it.
 * @param {Scope} scope
 */
export function leavesOpen({ closed, steps }) {
  const last = steps.at(-1);
  return !closed && !last?.closes && !last?.scopes.length;
}

/**
 * @param {string} classes
 * @param {string} target
 */
function goalRow(classes, target) {
  return element(
    "div",
    { class: `lean-magic-proof-goal ${classes}`, title: target.length > LONG ? short(target, 2000) : null },
    element("b", { "aria-hidden": "true" }, "⊢ "),
    element("span", { class: "lean-magic-spoken" }, "goal: "),
    short(target, 2 * LONG),
  );
}

/** @param {Given[]} hypotheses */
function givenList(hypotheses) {
  const list = chipList("lean-magic-proof-given", "Given", hypotheses.slice(0, GIVEN));
  const rest = hypotheses.slice(GIVEN);
  if (rest.length) {
    const showAll = () => {
      more.replaceWith(...rest.map((hypothesis) => element("li", {}, chip(hypothesis))));
      /** @type {HTMLElement} */ (list.children[GIVEN].firstElementChild).focus();
    };
    const all = { type: "button", class: "lean-magic-proof-chip", tabindex: -1, onclick: showAll };
    const more = element("li", {}, element("button", all, `… ${rest.length} more`));
    list.append(more);
  }
  return list;
}

/**
 * @param {string} classes
 * @param {string} label
 * @param {Given[]} hypotheses
 */
function chipList(classes, label, hypotheses) {
  const items = hypotheses.map((hypothesis) => element("li", {}, chip(hypothesis)));
  return element("ul", { class: classes, "aria-label": label }, ...items);
}

/** @param {string[]} names of hypotheses that are no longer there */
function withoutRow(names) {
  const spoken = element("span", { class: "lean-magic-spoken" }, "without ");
  return element("div", { class: "lean-magic-proof-gone" }, spoken, element("del", {}, names.join(" ")));
}

/**
 * A hypothesis. Pressed, it stays lit, and is shown in full.
 * @param {Given} hypothesis
 */
function chip({ id, name, type, from = [] }) {
  const shownType = element("span", { class: "lean-magic-proof-chip-type" }, ` : ${short(type, LONG)}`);
  const press = () => {
    const pressed = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(pressed));
    shownType.textContent = ` : ${pressed ? type : short(type, LONG)}`;
  };
  const button = element(
    "button",
    {
      type: "button",
      class: "lean-magic-proof-chip",
      tabindex: -1,
      "aria-pressed": "false",
      title: short(`${name} : ${type}`, 2000),
      "data-hypothesis": id,
      "data-from": JSON.stringify(from),
      onclick: press,
    },
    element("b", {}, name),
    shownType,
  );
  return button;
}

/**
 * The tactic again, where it changes the goal; read aloud once is enough.
 * @param {ProofStep} step
 * @param {number} id
 */
function echo({ tactic }, id) {
  return ruled(
    element(
      "span",
      { class: "lean-magic-proof-tactic lean-magic-proof-echo", "aria-hidden": "true", "data-echo": id },
      short(tactic.split("\n")[0], LONG),
    ),
  );
}

/**
 * A tactic between its lines.
 * @param {HTMLElement} tactic
 */
function ruled(tactic) {
  return element("div", { class: "lean-magic-proof-rule" }, tactic);
}

/**
 * @param {string} text
 * @param {number} limit
 */
function short(text, limit) {
  return text.length > 1.25 * limit ? `${text.slice(0, limit).replace(/[\ud800-\udbff]$/, "")}…` : text;
}
