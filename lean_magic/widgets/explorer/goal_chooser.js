// Where there are several goals: which one tactics are run on.

/** @import {Goal, PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
import { element } from "./dom.js";
import { cut } from "./words.js";

const ALL = "all";
const WIDTH = 90; // characters

/**
 * Hidden where there is no choice.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function goalChooser(store, { signal }) {
  const select = element("select", {
    onchange: () => (store.place = select.value === ALL ? null : Number(select.value)),
  });
  const chooser = element("label", { class: "lean-magic-goal-chooser", hidden: true }, element("span", {}, "on "), select);

  function update() {
    const base = store.base;
    const count = base?.goals ?? 0;
    chooser.hidden = count < 2;
    if (!base || count < 2) return;
    const goals = store.details(base.id)?.goals;
    const words = Array.from({ length: count }, (_, index) => goalLine(goals?.[index], index, count));
    const values = [...words.keys()].map(String);
    const options = [...words, "all goals: the tactic decides"];
    if (options.length !== select.options.length || options.some((text, index) => select.options[index]?.text !== text)) {
      select.replaceChildren(...options.map((text, index) => element("option", { value: values[index] ?? ALL }, text)));
    }
    select.value = store.place === null ? ALL : String(store.place);
    select.disabled = !store.connected;
  }
  for (const type of ["changed", "selected", "placed", "details", "connection"]) store.addEventListener(type, update, { signal });
  update();
  return chooser;
}

/**
 * @param {Goal | undefined} goal undefined while only their number is known
 * @param {number} index
 * @param {number} count
 * @returns {string} such as "goal 1 of 3: case inl ⊢ p ∨ q"
 */
export function goalLine(goal, index, count) {
  const place = `goal ${index + 1} of ${count}`;
  if (!goal) return place;
  const target = goal.target.flatMap(([text, change]) => (change === "removed" ? [] : [text])).join("");
  return cut(`${place}: ${goal.case ? `case ${goal.case} ` : ""}⊢ ${target}`, WIDTH);
}
