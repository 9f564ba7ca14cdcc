// What happens when the kernel goes: the tree stays as it was, and can be tried again in another kernel.

/** @import {PaneOptions, Recipe} from "./types" */
/** @import {Store} from "./store.js" */
import { button } from "./button.js";
import { element, focusField } from "./dom.js";
import { Notebook, NotebookError, contextOf } from "./notebook.js";
import { hasFailed } from "./words.js";

/** @type {Record<string, string>} by the last status that JupyterLab told of the kernel */
const REASONS = {
  restarting: "The kernel was restarted.",
  autorestarting: "The kernel died, and was started again.",
  dead: "The kernel died.",
  terminating: "The kernel was shut down.",
};
/** Those on which Lean has not decided are not tried again: they may have been what went wrong. */
const DECIDED = new Set(["open", "finished", "sorry", "failed"]);
const GONE = "The kernel is gone.";

/**
 * Tell the store when its kernel goes.
 * @param {Store} store
 * @param {{ signal: AbortSignal }} options
 */
export function watchConnection(store, { signal }) {
  const { model } = store;
  const session = contextOf(model)?.sessionContext;
  let reason = GONE;
  const gone = () => store.disconnect(reason);
  // A restart does not close comms: models are told that theirs is not what it was, and stay.
  const look = () => {
    try {
      model.send({ kind: "open" });
    } catch {
      gone();
    }
  };
  /**
   * @param {unknown} _
   * @param {string} status
   */
  const hear = (_, status) => {
    reason = REASONS[status] ?? reason;
    if (status === "dead") gone();
  };
  /**
   * @param {unknown} _
   * @param {{ newValue: unknown }} change
   */
  const exchanged = (_, { newValue }) => {
    if (newValue !== null) return;
    reason = REASONS.terminating ?? GONE;
    gone();
  };
  model.on("comm_live_update", look);
  session?.statusChanged.connect(hear);
  session?.kernelChanged.connect(exchanged);
  signal.addEventListener("abort", () => {
    model.off("comm_live_update", look);
    session?.statusChanged.disconnect(hear);
    session?.kernelChanged.disconnect(exchanged);
  });
}

/**
 * Says when the kernel is gone, and offers to replay.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function connectionPane(store, { signal }) {
  const text = element("span", {});
  const buttons = element("span", { class: "lean-magic-buttons" });
  const banner = element("div", { class: "lean-magic-connection-banner", hidden: true }, text, buttons);
  const twin = element("style", {});
  let isKept = false;
  const pane = element("div", { class: "lean-magic-connection" }, element("div", { role: "status" }, banner), twin);

  /**
   * @param {string} words "" to say nothing
   * @param {...HTMLElement} choices
   */
  function say(words, ...choices) {
    const hadFocus = banner.matches(":focus-within");
    text.textContent = words;
    buttons.replaceChildren(...choices);
    banner.hidden = words === "";
    if (hadFocus && !banner.matches(":focus-within")) focusField(pane);
  }

  function update() {
    // The picture of the explorer that notebooks keep is for where the widget is not.
    twin.textContent = store.connected && store.explorer ? `[data-lean-magic-explorer="${CSS.escape(store.explorer)}"] { display: none !important; }` : "";
    if (!store.connected) return sayGone();
    isKept = false;
    if (store.loaded) sayFound();
  }

  function sayGone() {
    const recipe = recipeOf(store);
    const count = countOf(recipe);
    isKept = count > 0;
    if (isKept) keep(store, { recipe, isWanted: false, selected: selectedIn(store) });
    const words = `${store.reason} This tree is as it was.`;
    if (count === 0) return say(words);
    const notebook = Notebook.around(store.model, pane);
    if (!notebook) return say(`${words} Run the cells again, up to the one that opened it: then it can be replayed.`);
    const replay = button("Replay", () => void replayIn(notebook), "Run all cells above and this one, then try all these tactics again");
    say(words, replay);

    /** @param {Notebook} notebook */
    async function replayIn(notebook) {
      keep(store, { recipe, isWanted: true, selected: selectedIn(store) });
      try {
        await notebook.runToHere();
      } catch (error) {
        if (!(error instanceof NotebookError)) throw error;
        say(`${words} ${error.message}`, replay);
      }
    }
  }

  /** There may be a tree of before a restart, or of before the cell was run again. */
  function sayFound() {
    const isNew = [...store.attempts.values()].every(({ parent, by }) => parent === null || by === "proof");
    const kept = isNew ? keptFor(store) : null;
    if (!kept) return say("");
    const replay = () => {
      forget(store);
      if (kept.recipe && store.send({ kind: "replay", recipe: kept.recipe })) selectAgain(store, kept, { signal });
      say("");
    };
    if (kept.isWanted) return replay();
    say(
      `There was a tree of ${tactics(countOf(kept.recipe))} here.`,
      button("Replay", replay, "Try all these tactics again"),
      button("Forget", () => {
        forget(store);
        say("");
      }),
    );
  }

  for (const type of ["changed", "connection"]) store.addEventListener(type, update, { signal });
  // A cell that is run again makes an explorer of its own.
  signal.addEventListener("abort", () => {
    const isWork = [...store.attempts.values()].some(({ parent, by }) => parent !== null && by !== "proof");
    if (!isKept && isWork) keep(store, { recipe: recipeOf(store), isWanted: false, selected: selectedIn(store) });
  });
  update();
  return pane;
}

/**
 * Select what was selected before a replay, as soon as it is decided; if that comes to nothing, the best there is. What
 * somebody selects meanwhile stays.
 * @param {Store} store
 * @param {Kept} kept
 * @param {PaneOptions} options
 */
function selectAgain(store, { recipe, selected }, { signal }) {
  const steps = /** @type {Step[]} */ (recipe?.attempts ?? []);
  /** @type {Step[]} */
  const path = [];
  for (let at = selected === null ? undefined : steps[selected]; at; at = steps[at.parent ?? -1]) path.unshift(at);
  if (path.length === 0) return;
  const start = store.current;
  const end = new AbortController();
  const look = () => {
    if (store.current !== start) return end.abort();
    let at = store.attempts.get(0);
    for (const { tactic, place } of path) {
      const children = store.children(at?.id ?? 0).map((id) => store.attempts.get(id));
      const next = children.find((child) => child?.tactic === tactic && child.place === place);
      if (!next && !(at && hasFailed(at.status))) return; // it is still to come
      if (!next) at = store.attempts.get(store.best);
      if (!next) break;
      at = next;
    }
    if (!at || at.status === "running") return;
    end.abort();
    store.select(at.id);
  };
  store.addEventListener("changed", look, { signal: AbortSignal.any([signal, end.signal]) });
}

// Recipes are kept by the browser, until the page is closed, and for an explorer of the same goals in the same notebook.

/**
 * `isWanted`: it is to be replayed without another question. `selected`: which attempt of the recipe; null: the beginning.
 * @typedef {{ recipe: Recipe | null, isWanted: boolean, selected: number | null }} Kept
 * @typedef {{ parent: number | null, tactic: string, place: number | null }} Step
 */

/** @param {Store} store */
function keyOf(store) {
  const place = contextOf(store.model)?.path ?? window.location.pathname;
  return `lean-magic-replay ${JSON.stringify([place, store.title, store.recipe?.goals])}`;
}

/**
 * The recipe of the tree as it was told here. The kernel's own may be older: it does not send one with each change.
 * @param {Store} store
 * @returns {Recipe | null}
 */
function recipeOf(store) {
  if (!store.recipe) return null;
  const decided = decidedOf(store);
  const numbers = new Map(decided.map(({ id }, number) => [id, number]));
  const attempts = decided.map(({ parent, tactic, place, by, name, marked }) => ({
    parent: numbers.get(parent ?? 0) ?? null, tactic, place, by, name, marked,
  }));
  return { ...store.recipe, attempts };
}

/** @param {Store} store */
function decidedOf(store) {
  const decided = [...store.attempts.values()].filter(({ parent, status }) => parent !== null && DECIDED.has(status));
  return decided.sort((one, other) => one.id - other.id); // parents first
}

/**
 * @param {Store} store
 * @returns {number | null} which attempt of the recipe is selected, or is the nearest before that; null: the beginning
 */
function selectedIn(store) {
  const numbers = new Map(decidedOf(store).map(({ id }, number) => [id, number]));
  const { id } = store.path(store.current).findLast(({ id }) => numbers.has(id)) ?? {};
  return id === undefined ? null : (numbers.get(id) ?? null);
}

/**
 * @param {Store} store
 * @param {Kept} kept
 */
function keep(store, kept) {
  try {
    window.sessionStorage.setItem(keyOf(store), JSON.stringify(kept));
  } catch {
    // Full, or forbidden: then there is nothing to replay.
  }
}

/**
 * @param {Store} store
 * @returns {Kept | null}
 */
function keptFor(store) {
  try {
    return JSON.parse(window.sessionStorage.getItem(keyOf(store)) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Store} store */
function forget(store) {
  try {
    window.sessionStorage.removeItem(keyOf(store));
  } catch {
    // Nothing could be kept.
  }
}

/** @param {Recipe | null} recipe */
function countOf(recipe) {
  return Array.isArray(recipe?.attempts) ? recipe.attempts.length : 0;
}

/** @param {number} count */
function tactics(count) {
  return count === 1 ? "1 tactic" : `${count} tactics`;
}
