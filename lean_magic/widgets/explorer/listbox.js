// A list below a text field, from which one thing is chosen while the field keeps the keyboard.

import { element, freshId } from "./dom.js";

/**
 * @typedef {{ text: string, kind?: string, type?: string, doc?: string }} Option
 */

const PAGE = 8;
const MARGIN = 4; // pixels between the field and the list

/** While it is open, the field is a combobox: it says which option is the active one. */
export class Listbox {
  element;
  /** @type {() => void} called when it is closed, also when something is taken */
  onClose = () => {};

  #field;
  #list;
  #doc;
  #id;
  /** @type {Option[]} */
  #options = [];
  /** @type {(option: Option) => void} */
  #take = () => {};
  #active = 0;
  #isOpen = false;
  /** @type {AbortController | null} */
  #placing = null;

  /**
   * @param {HTMLTextAreaElement} field
   * @param {{ signal: AbortSignal }} options
   */
  constructor(field, { signal }) {
    this.#field = field;
    this.#id = freshId("list");
    this.#list = element("ul", { class: "lean-magic-list-options", role: "listbox", id: this.#id });
    this.#doc = element("p", { class: "lean-magic-list-doc" });
    // In the top layer: outputs of notebooks cut off what does not fit into them.
    this.element = element("div", { class: "lean-magic-list", popover: "manual", hidden: true }, this.#list, this.#doc);
    this.element.addEventListener("pointerdown", (event) => event.preventDefault(), { signal }); // the field keeps the focus
    this.#list.addEventListener("click", (event) => this.#click(event), { signal });
    field.addEventListener("blur", () => this.close(), { signal });
    signal.addEventListener("abort", () => this.close());
    field.setAttribute("aria-haspopup", "listbox");
    field.setAttribute("aria-autocomplete", "list");
  }

  get isOpen() {
    return this.#isOpen;
  }

  /**
   * Show these; nothing is shown for none.
   * @param {Option[]} options
   * @param {string} label what they are
   * @param {(option: Option) => void} take called with the one that is chosen
   */
  show(options, label, take) {
    if (options.length === 0) return this.close();
    const active = this.#isOpen ? options.findIndex((option) => option.text === this.#options[this.#active]?.text) : 0;
    this.#options = options;
    this.#take = take;
    this.#list.setAttribute("aria-label", label);
    this.#list.replaceChildren(...options.map((option, index) => this.#option(option, index)));
    if (!this.#isOpen) this.#open();
    this.#activate(Math.max(active, 0));
    this.#place();
  }

  close() {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#placing?.abort();
    this.element.hidePopover?.();
    this.element.hidden = true;
    for (const name of ["role", "aria-expanded", "aria-controls", "aria-activedescendant"]) this.#field.removeAttribute(name);
    this.onClose();
  }

  /**
   * Do what a key is for.
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was for the list
   */
  press(event) {
    if (!this.#isOpen || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return false;
    const last = this.#options.length - 1;
    if (event.key === "ArrowDown") this.#activate(this.#active === last ? 0 : this.#active + 1);
    else if (event.key === "ArrowUp") this.#activate(this.#active === 0 ? last : this.#active - 1);
    else if (event.key === "PageDown") this.#activate(Math.min(this.#active + PAGE, last));
    else if (event.key === "PageUp") this.#activate(Math.max(this.#active - PAGE, 0));
    else if (event.key === "Enter" || event.key === "Tab") this.#choose(this.#active);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #open() {
    this.#isOpen = true;
    this.element.hidden = false;
    this.element.showPopover?.();
    this.#field.setAttribute("role", "combobox");
    this.#field.setAttribute("aria-expanded", "true");
    this.#field.setAttribute("aria-controls", this.#id);
    this.#placing = new AbortController();
    const { signal } = this.#placing;
    for (const event of ["scroll", "resize"]) window.addEventListener(event, () => this.#place(), { capture: true, signal });
  }

  /** Put it below the field, or above if there is no room. */
  #place() {
    const field = this.#field.getBoundingClientRect();
    const { style } = this.element;
    style.maxWidth = `${Math.max(field.width, 240)}px`;
    const { width, height } = this.element.getBoundingClientRect();
    const isBelow = field.bottom + MARGIN + height <= window.innerHeight || field.top < height + MARGIN;
    style.top = `${isBelow ? field.bottom + MARGIN : field.top - MARGIN - height}px`;
    style.left = `${Math.max(0, Math.min(field.left, window.innerWidth - width))}px`;
  }

  /**
   * @param {Option} option
   * @param {number} index
   */
  #option({ text, kind, type }, index) {
    return element(
      "li",
      { role: "option", id: `${this.#id}-${index}`, class: "lean-magic-list-option", "aria-selected": "false" },
      element("span", { class: "lean-magic-list-text" }, text),
      type && type !== kind ? element("span", { class: "lean-magic-list-type" }, ` : ${type}`) : null,
      kind ? element("span", { class: "lean-magic-list-kind" }, ` ${kind}`) : null,
    );
  }

  /** @param {number} index */
  #activate(index) {
    this.#list.children[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = index;
    const option = this.#list.children[index];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", `${this.#id}-${index}`);
    this.#doc.textContent = this.#options[index]?.doc ?? "";
    this.#doc.hidden = !this.#doc.textContent;
  }

  /** @param {number} index */
  #choose(index) {
    const option = this.#options[index];
    this.close();
    if (option) this.#take(option);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const option = /** @type {Element} */ (event.target).closest("[role=option]");
    if (option) this.#choose([...this.#list.children].indexOf(option));
  }
}
