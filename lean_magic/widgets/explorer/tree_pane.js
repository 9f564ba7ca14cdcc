/** @import {PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
import { element } from "./dom.js";

/**
 * All attempts, as a tree.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function treePane(store, { signal }) {
  void store, signal;
  return element("section", { class: "lean-magic-tree" });
}
