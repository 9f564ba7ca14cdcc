// What of the goals is shown: switches, remembered in the browser and the same in all views.

/**
 * @typedef {"instances" | "inaccessible" | "values" | "types" | "targetFirst" | "firstGoal" | "changedOnly"} Filter
 * @typedef {Readonly<Record<Filter, boolean>>} FilterValues
 */

/** @type {{name: Filter, label: string, title: string, initial: boolean}[]} */
export const FILTERS = [
  { name: "types", label: "Types", title: "Show what type each hypothesis has, not its name alone", initial: true },
  { name: "values", label: "Values", title: "Show the values of let variables", initial: true },
  { name: "instances", label: "Instances", title: "Show type class instances", initial: true },
  { name: "inaccessible", label: "Names with ✝", title: "Show hypotheses whose names cannot be written", initial: true },
  { name: "changedOnly", label: "Only changes", title: "Show only hypotheses that the tactic made or changed", initial: false },
  { name: "targetFirst", label: "Target first", title: "Show the target above the hypotheses", initial: false },
  { name: "firstGoal", label: "First goal only", title: "Fold all goals but the first", initial: false },
];

const KEY = "lean-magic-explorer-filters";
const CHANGED = "lean-magic-filters-changed";

/** The switches of one view. It tells "changed" when one is switched, here or in another view. */
export class Filters extends EventTarget {
  /** @type {FilterValues} */
  values = read(null);

  /** @param {AbortSignal} signal */
  constructor(signal) {
    super();
    /** @param {string | null} text */
    const take = (text) => {
      this.values = read(text);
      this.dispatchEvent(new Event("changed"));
    };
    this.values = read(stored());
    // Views need not share this module: each notebook output may have loaded its own.
    window.addEventListener(CHANGED, (event) => take(/** @type {CustomEvent<string>} */ (event).detail), { signal });
    window.addEventListener("storage", (event) => event.key === KEY && take(event.newValue), { signal });
  }

  /** @param {Filter} name */
  toggle(name) {
    const text = JSON.stringify({ ...this.values, [name]: !this.values[name] });
    try {
      localStorage.setItem(KEY, text);
    } catch {
      // Blocked or full: it holds as long as the page.
    }
    window.dispatchEvent(new CustomEvent(CHANGED, { detail: text }));
  }
}

/** @returns {string | null} */
function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/**
 * @param {string | null} text
 * @returns {FilterValues}
 */
function read(text) {
  /** @type {any} */
  let found = null;
  try {
    found = JSON.parse(text ?? "null");
  } catch {
    // Not ours: as if nothing were stored.
  }
  const entries = FILTERS.map(({ name, initial }) => [name, typeof found?.[name] === "boolean" ? found[name] : initial]);
  return Object.fromEntries(entries);
}
