/** @import {PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
import { element } from "./dom.js";

/**
 * The goals of the selected attempt.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function statePane(store, { signal }) {
  void store, signal;
  return element("section", { class: "lean-magic-state" });
}
