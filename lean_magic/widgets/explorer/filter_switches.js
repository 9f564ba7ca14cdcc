// The switches for what is shown of the goals.
/** @import {Filters} from "./filters.js" */
import { element } from "./dom.js";
import { FILTERS } from "./filters.js";

/**
 * A button that opens a panel, and the panel, with a check box for each filter.
 * @param {Filters} filters
 * @param {{ signal: AbortSignal }} options
 */
export function filterSwitches(filters, { signal }) {
  const boxes = new Map(
    FILTERS.map(({ name }) => [name, element("input", { type: "checkbox", name, onchange: () => filters.toggle(name) })]),
  );
  const panel = element(
    "div",
    { class: "lean-magic-state-filters", role: "group", "aria-label": "What is shown" },
    ...FILTERS.map(({ name, label, title }) => element("label", { title }, boxes.get(name), label)),
    element(
      "p",
      { class: "lean-magic-faint" },
      "Click a name or a word, or select something, for its type. By keyboard: arrow keys, Shift to select more, Enter or Alt+T.",
    ),
  );
  panel.hidden = true;
  const button = element("button", {
    type: "button",
    class: "lean-magic-button",
    title: "What is shown of the goals",
    "aria-expanded": "false",
    onclick: () => {
      panel.hidden = !panel.hidden;
      button.setAttribute("aria-expanded", String(!panel.hidden));
    },
  });
  const update = () => {
    const changed = FILTERS.filter(({ name, initial }) => filters.values[name] !== initial).length;
    button.textContent = changed ? `Filters (${changed})` : "Filters";
    for (const [name, box] of boxes) box.checked = filters.values[name];
  };
  filters.addEventListener("changed", update, { signal });
  update();
  return { button, panel };
}
