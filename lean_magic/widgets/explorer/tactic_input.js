/** @import {PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
import { element } from "./dom.js";

/**
 * Where tactics are written and run.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function tacticInput(store, { signal }) {
  void store, signal;
  return element("section", { class: "lean-magic-input" });
}
