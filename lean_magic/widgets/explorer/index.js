// The tactic explorer: a widget for one proof.

/** @import {Model} from "./types" */
import "./explorer.css";
import { connectionPane } from "./connection.js";
import { element } from "./dom.js";
import { proofPane } from "./proof_pane.js";
import { scriptPane } from "./script_pane.js";
import { statePane } from "./state_pane.js";
import { Store } from "./store.js";
import { suggestionsPane } from "./suggestions_pane.js";
import { tacticInput } from "./tactic_input.js";
import { toolbar } from "./toolbar.js";
import { treePane } from "./tree_pane.js";

/** What anywidget asks for: called once for each widget, so that its views share a store. */
export default () => {
  /** @type {Store} */
  let store;
  return {
    /** @param {{ model: Model, signal: AbortSignal }} options */
    initialize({ model, signal }) {
      store = new Store(model, { signal });
    },
    /** @param {{ el: HTMLElement, signal: AbortSignal }} options */
    render({ el, signal }) {
      el.replaceChildren(explorerView(store, { signal }));
    },
  };
};

/**
 * @param {Store} store
 * @param {{ signal: AbortSignal }} options
 */
function explorerView(store, { signal }) {
  const options = { signal };
  return element(
    "div",
    { class: "lean-magic-explorer", "data-lm-suppress-shortcuts": "true" },
    connectionPane(store, options),
    toolbar(store, options),
    treePane(store, options),
    proofPane(store, options),
    statePane(store, options),
    tacticInput(store, options),
    suggestionsPane(store, options),
    scriptPane(store, options),
  );
}
