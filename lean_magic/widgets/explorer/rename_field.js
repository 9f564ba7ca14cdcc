// Renaming an attempt where it is drawn.

import { element } from "./dom.js";

/**
 * Show a field over a node. Enter and leaving it keep what was written, Escape does not.
 * @param {HTMLElement} canvas what it is put into
 * @param {{ left: number, top: number, width: number, name: string | null, keep: (name: string | null) => void, done: () => void }} options
 *   `keep`: called with the new name, or null for none, if it is another one; `done`: called when the field is gone
 */
export function renameField(canvas, { left, top, width, name, keep, done }) {
  let open = true;
  const field = element("input", {
    class: "lean-magic-rename",
    "aria-label": "Name of the attempt",
    placeholder: "Name",
    maxlength: 80,
    style: `left: ${left}px; top: ${top}px; width: ${width}px`,
    value: name,
    onblur: () => close(true),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") {
        event.preventDefault();
        close(event.key === "Enter");
      }
    },
  });
  canvas.append(field);
  field.focus({ preventScroll: true });
  field.select();

  /** @param {boolean} keeping */
  function close(keeping) {
    if (!open) return;
    open = false;
    const hadFocus = field.matches(":focus");
    const written = field.value.trim() || null;
    field.remove();
    if (keeping && written !== name) keep(written);
    if (hadFocus) done();
  }
}
