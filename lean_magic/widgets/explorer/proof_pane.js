/** @import {PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
import { element } from "./dom.js";

/**
 * The proof as Paperproof draws it: hypotheses flow down, goals are closed.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function proofPane(store, { signal }) {
  void store, signal;
  return element("section", { class: "lean-magic-proof" });
}
