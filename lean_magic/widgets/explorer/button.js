// Buttons with a word on them. One that can do nothing now keeps its place, and the focus.

import { element, setAttributes } from "./dom.js";

/**
 * @param {string} text
 * @param {() => void} act
 * @param {string} [title] what it does, and by which key
 * @returns {HTMLButtonElement}
 */
export function button(text, act, title) {
  const onclick = () => made.getAttribute("aria-disabled") !== "true" && act();
  const made = element("button", { type: "button", class: "lean-magic-button", title, onclick }, text);
  return made;
}

/**
 * @param {HTMLButtonElement} made
 * @param {boolean} can whether it can do something
 */
export function allow(made, can) {
  setAttributes(made, { "aria-disabled": can ? null : "true" });
}
