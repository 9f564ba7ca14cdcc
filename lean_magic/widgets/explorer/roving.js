// Several buttons of which Tab reaches one, and the arrow keys the others: toolbars, tabs.

const STEPS = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 });

/**
 * Let the arrow keys, Home and End move the focus.
 * @param {HTMLElement} container
 * @param {HTMLElement[]} items in their order
 * @param {{ signal: AbortSignal, moved?: (item: HTMLElement) => void }} options `moved`: called with what got the focus
 */
export function roving(container, items, { signal, moved }) {
  items.forEach((item, index) => (item.tabIndex = index === 0 ? 0 : -1));
  container.addEventListener(
    "focusin",
    (event) => {
      const focused = items.find((item) => item === event.target);
      if (focused) for (const item of items) item.tabIndex = item === focused ? 0 : -1;
    },
    { signal },
  );
  container.addEventListener(
    "keydown",
    (event) => {
      const at = items.indexOf(/** @type {HTMLElement} */ (event.target));
      const step = STEPS[event.key];
      const next = event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : step && (at + step + items.length) % items.length;
      if (at < 0 || next === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      items[next]?.focus();
      moved?.(/** @type {HTMLElement} */ (items[next]));
    },
    { signal },
  );
}
