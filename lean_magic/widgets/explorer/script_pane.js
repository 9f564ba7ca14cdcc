/** @import {PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
import { element } from "./dom.js";

/**
 * The proof as a script, and ways to take it.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function scriptPane(store, { signal }) {
  void store, signal;
  return element("section", { class: "lean-magic-script" });
}
