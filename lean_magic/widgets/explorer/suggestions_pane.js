/** @import {PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
import { element } from "./dom.js";

/**
 * Tactics that work here, best first.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function suggestionsPane(store, { signal }) {
  void store, signal;
  return element("section", { class: "lean-magic-suggestions" });
}
