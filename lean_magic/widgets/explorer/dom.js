// Making elements. Text is always text, never HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * What an element can be given: `true` is an attribute without a value, `false` and null are none, a function is a listener
 * (`onclick`).
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 * @typedef {Node | string | number | null | undefined | false} Child
 */

/**
 * Make an HTML element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children nothing is made of null, undefined and false
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...nodes(children));
  return made;
}

/**
 * Make an SVG element.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svgElement(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  setAttributes(made, attributes);
  made.append(...nodes(children));
  return made;
}

/**
 * Set attributes and listeners; those that are false, null or undefined are taken away.
 * @param {Element} target
 * @param {Attributes} attributes
 */
export function setAttributes(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") target.addEventListener(name.replace(/^on/, ""), value);
    else if (value === false || value === null || value === undefined) target.removeAttribute(name);
    else {
      const text = value === true ? "" : String(value);
      if (target.getAttribute(name) !== text) target.setAttribute(name, text);
    }
  }
}

/**
 * An id that no other element of the page has. Counting is not enough: each widget loads these modules anew.
 * @param {string} name what it is for
 * @returns {string}
 */
export function freshId(name) {
  return `lean-magic-${name}-${Math.random().toString(36).slice(2)}`;
}

/** @param {Child[]} children */
function nodes(children) {
  return children
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : visible(String(child))));
}

/**
 * A text in which nothing turns the direction of what follows: it would read as another one.
 * @param {string} text
 */
export function visible(text) {
  return text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (sign) => `⟨U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

/**
 * @param {Node} line not touched if it says that already: it would be read out again
 * @param {string} text
 */
export function setText(line, text) {
  const shown = visible(text);
  if (line.textContent !== shown) line.textContent = shown;
}

/**
 * Put the focus where tactics are written: what had it is gone.
 * @param {Element} part of the explorer
 */
export function focusField(part) {
  /** @type {HTMLElement | null | undefined} */ (part.closest(".lean-magic-explorer")?.querySelector(".lean-magic-input-field"))?.focus();
}
