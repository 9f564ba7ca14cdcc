// Copying text.
import { element } from "./dom.js";

/**
 * Copy a text.
 * @param {string} text
 * @param {Element} near an element of the view; what is needed on the way is added beside it, and taken away
 * @returns {Promise<boolean>} whether it worked
 */
export async function copyText(text, near) {
  try {
    // Missing where the page does not come over https; refused where the view is in a frame without permission.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, near);
  }
}

/**
 * Copy as a person does: select, then copy.
 * @param {string} text
 * @param {Element} near
 */
function copySelected(text, near) {
  const focused = /** @type {Document | ShadowRoot} */ (near.getRootNode()).activeElement;
  const area = element("textarea", { style: "position:fixed;top:0;left:0;opacity:0", "aria-hidden": "true", readonly: true });
  area.value = text;
  near.after(area);
  area.select();
  let copied = false;
  try {
    copied = document.execCommand("copy");
  } catch {
    // Answered with false.
  }
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
