// The tactic explorer: a widget for one proof.

/** @import {Model} from "./types" */
import "./explorer.css";
import { watchConnection } from "./connection.js";
import { explorerView } from "./explorer_view.js";
import { Store } from "./store.js";

/** What anywidget asks for: called once for each widget, so that its views share a store. */
export default () => {
  /** @type {Store} */
  let store;
  return {
    /** @param {{ model: Model, signal: AbortSignal }} options */
    initialize({ model, signal }) {
      store = new Store(model, { signal });
      watchConnection(store, { signal });
    },
    /** @param {{ el: HTMLElement, signal: AbortSignal }} options */
    render({ el, signal }) {
      el.replaceChildren(explorerView(store, { signal }));
    },
  };
};
