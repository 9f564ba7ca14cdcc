/** @import {PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
import { element } from "./dom.js";

/**
 * What can be done with the tree.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function toolbar(store, { signal }) {
  void store, signal;
  return element("section", { class: "lean-magic-toolbar" });
}
