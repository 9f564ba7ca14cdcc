// Tabs: one of several panes is seen.

/** @import {PaneOptions} from "./types" */
import { element, freshId, setAttributes } from "./dom.js";
import { roving } from "./roving.js";

/**
 * @param {string} label what they are tabs of
 * @param {{ name: string, make: () => HTMLElement }[]} panes each is made when it is first seen
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function tabs(label, panes, { signal }) {
  const id = freshId("tabs");
  const buttons = panes.map(({ name }, index) =>
    element("button", { type: "button", class: "lean-magic-tab", role: "tab", id: `${id}-${index}`, "aria-controls": `${id}-panel-${index}`, onclick: () => show(index) }, name),
  );
  const panels = panes.map((_, index) =>
    element("div", { class: "lean-magic-tab-panel", role: "tabpanel", id: `${id}-panel-${index}`, "aria-labelledby": `${id}-${index}` }),
  );
  const list = element("div", { class: "lean-magic-tab-list", role: "tablist", "aria-label": label }, ...buttons);
  roving(list, buttons, { signal, moved: (item) => show(buttons.indexOf(/** @type {HTMLButtonElement} */ (item))) });

  /** @param {number} shown */
  function show(shown) {
    buttons.forEach((button, index) => {
      setAttributes(button, { "aria-selected": String(index === shown) });
      button.tabIndex = index === shown ? 0 : -1;
    });
    panels.forEach((panel, index) => (panel.hidden = index !== shown));
    const panel = panels[shown];
    if (panel && !panel.hasChildNodes()) panel.append(/** @type {{ make: () => HTMLElement }} */ (panes[shown]).make());
  }
  show(0);
  return element("div", { class: "lean-magic-tabs" }, list, ...panels);
}
