/** @import {PaneOptions} from "./types" */
/** @import {Store} from "./store.js" */
import { element } from "./dom.js";

/**
 * Says when the kernel is gone, and offers to replay.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function connectionPane(store, { signal }) {
  void store, signal;
  return element("section", { class: "lean-magic-connection" });
}
