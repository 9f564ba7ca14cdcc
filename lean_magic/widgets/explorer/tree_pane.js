// All attempts, as a tree: each can be selected, its branch closed or pruned; zoom and pan; all by keyboard, too.

/** @import {Attempt, PaneOptions} from "./types" */
/** @import {Layout, Spot, Shown} from "./tree_layout.js" */
/** @import {Look} from "./tree_node.js" */
/** @import {Store} from "./store.js" */
import { element, setAttributes, svgElement } from "./dom.js";
import { renameField } from "./rename_field.js";
import { toolbar } from "./toolbar.js";
import { HEIGHT, WIDTH, keyOf, layoutOf } from "./tree_layout.js";
import { treeKeys } from "./tree_keys.js";
import { TreeNode, edgeOf } from "./tree_node.js";
import { Viewport } from "./viewport.js";

// A tree that can't be read when it is seen whole is shown so large at first, around what is selected.
const READABLE = 0.6;
const AROUND = 0.85;
// Below this, text is too small to be drawn: the boxes have a colour inside.
const FAR = 0.35;
// While a program adds attempts all the time, the tree is drawn this often, in milliseconds for each of them.
const PAUSE = 0.05;

/**
 * The tree of attempts, with its toolbar.
 * @param {Store} store
 * @param {PaneOptions} options
 * @returns {HTMLElement}
 */
export function treePane(store, { signal }) {
  const view = new TreeView(store, { signal });
  return element("section", { class: "lean-magic-tree", "aria-label": "Attempts" }, ...toolbar(store, { signal, view }), view.element);
}

/**
 * What one view shows of the store's tree, and what can be done with it. Event "viewed": another part, or other things are shown.
 */
export class TreeView extends EventTarget {
  /** @type {Shown} */
  shown = { collapsed: new Set(), opened: new Set(), hideFailed: false, direction: "down" };
  viewport;

  #store;
  #tree = svgElement("svg", { class: "lean-magic-drawing", role: "tree", "aria-label": "Attempts" });
  // The lines, all in one, and those on the way to a finished proof.
  #edges = svgElement("path", { class: "lean-magic-edges" });
  #way = svgElement("path", { class: "lean-magic-edges lean-magic-on-path" });
  #items = svgElement("g", { role: "none" });
  #empty = element("p", { class: "lean-magic-empty" }, "Waiting for the kernel …");
  #canvas = element("div", { class: "lean-magic-canvas" }, this.#tree, this.#empty);
  /** @type {Map<string, TreeNode>} */
  #nodes = new Map();
  /** @type {Layout} */
  #layout = { spots: [], byKey: new Map(), bounds: { left: 0, top: 0, width: 0, height: 0 } };
  // The node that Tab comes to; null: the selected one.
  /** @type {string | null} */
  #focused = null;
  // Whether the part that is seen was chosen, by fitting it or by the user.
  #placed = false;
  #rendered = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Store} store
   * @param {PaneOptions} options
   */
  constructor(store, { signal }) {
    super();
    this.#store = store;
    const content = svgElement("g", { role: "none" }, this.#edges, this.#way, this.#items);
    this.#tree.append(content);
    this.viewport = new Viewport(this.#tree, content, { signal, changed: () => this.#viewed(), resized: () => this.#showSelected() });
    store.addEventListener("changed", () => this.#renderSoon(), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
    store.addEventListener("selected", () => this.#follow(), { signal });
    this.#tree.addEventListener("mousedown", (event) => this.#press(event), { signal });
    this.#tree.addEventListener("click", (event) => this.#click(event), { signal });
    this.#tree.addEventListener("dblclick", (event) => this.#clickTwice(event), { signal });
    this.#tree.addEventListener("focusin", (event) => this.#focus(event), { signal });
    this.#tree.addEventListener("keydown", (event) => treeKeys(this, event), { signal });
    this.#render();
  }

  get element() {
    return this.#canvas;
  }

  get store() {
    return this.#store;
  }

  /** @returns {Layout} what is drawn */
  get layout() {
    return this.#layout;
  }

  /** @returns {Spot | undefined} the node that has the focus, or would get it */
  get focused() {
    return this.#layout.byKey.get(this.#focused ?? "") ?? this.#layout.byKey.get(keyOf(this.#store.current)) ?? this.#layout.spots[0];
  }

  /**
   * Put the focus on a node.
   * @param {Spot | undefined} spot
   */
  focus(spot) {
    const node = spot && this.#nodes.get(spot.key);
    if (!node) return;
    node.item.focus({ preventScroll: true });
    this.viewport.reveal(rectangle(node.spot));
  }

  /**
   * Show the children of a node, or don't.
   * @param {Spot} spot
   * @param {boolean} [open] default: the other of the two
   */
  toggle(spot, open = !spot.expanded) {
    if (spot.expanded === null) return;
    const { id } = spot.attempt;
    if (spot.failed) change(this.shown.opened, id, open);
    else change(this.shown.collapsed, id, !open);
    this.#render(spot.key);
    this.viewport.contain({ fill: true });
  }

  /** Show all that is closed, groups of failed attempts too. */
  expandAll() {
    this.shown.collapsed.clear();
    for (const { failed, attempt } of this.#layout.spots) if (failed) this.shown.opened.add(attempt.id);
    this.#render();
    this.#showSelected();
  }

  /** @param {boolean} hide whether failed attempts are left out */
  hideFailed(hide) {
    this.shown.hideFailed = hide;
    this.#render();
    this.#showSelected();
  }

  /** @param {"down" | "right"} direction where children are drawn */
  turn(direction) {
    this.shown.direction = direction;
    this.#placed = false;
    this.#render();
  }

  /** Show the whole tree. */
  fit() {
    this.#placed = true;
    this.viewport.fit();
  }

  /** @param {Attempt | undefined} [attempt] */
  mark(attempt = this.#store.selected) {
    if (attempt) this.#store.send({ kind: "mark", attempt: attempt.id, marked: !attempt.marked });
  }

  /** @param {Attempt | undefined} [attempt] with all below it; it can be restored */
  prune(attempt = this.#store.selected) {
    if (attempt && attempt.parent !== null) this.#store.send({ kind: "prune", attempt: attempt.id });
  }

  /** Undo the last prune. */
  restore() {
    const store = this.#store;
    if (!store.canRestore) return;
    const known = new Set(store.attempts.keys());
    const select = (/** @type {Event} */ event) => {
      const { attempts } = /** @type {CustomEvent<import("./store.js").Change>} */ (event).detail;
      const back = [...attempts].find((id) => !known.has(id));
      if (back !== undefined) store.select(back);
    };
    store.addEventListener("changed", select, { once: true });
    store.send({ kind: "restore" });
  }

  /** @param {Attempt | undefined} [attempt] */
  rename(attempt = this.#store.selected) {
    const spot = attempt && this.#layout.byKey.get(keyOf(attempt.id));
    if (!spot || !this.#store.connected) return;
    const bounds = rectangle(spot);
    this.viewport.reveal(bounds);
    const { scale, x, y } = this.viewport;
    renameField(this.#canvas, {
      left: bounds.left * scale + x,
      top: Math.max(0, bounds.top * scale + y - 8),
      width: Math.max(120, bounds.width * scale),
      name: attempt.name,
      keep: (name) => this.#store.send({ kind: "rename", attempt: attempt.id, name }),
      done: () => this.focus(this.#layout.byKey.get(spot.key)),
    });
  }

  // At once, unless a large tree was drawn just now.
  #renderSoon() {
    if (this.#timer) return;
    const pause = this.#rendered + PAUSE * this.#store.attempts.size - performance.now();
    if (pause <= 0) this.#render();
    else this.#timer = setTimeout(() => this.#render(), pause);
  }

  /**
   * Draw what changed.
   * @param {string} [fixed] key of the node that stays where it is; default: the one that has the focus, or is selected
   */
  #render(fixed = this.focused?.key ?? "") {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rendered = performance.now();
    const store = this.#store;
    const before = this.#layout.byKey.get(fixed);
    const hadFocus = this.#tree.matches(":focus-within");
    const parentOfLost = this.focused?.parent;
    this.#layout = layoutOf({ attempts: store.attempts, children: (id) => store.children(id), current: store.current }, this.shown);
    this.viewport.bounds = this.#layout.bounds;
    for (const [key, node] of this.#nodes) {
      if (this.#layout.byKey.has(key)) continue;
      node.remove();
      this.#nodes.delete(key);
    }
    this.#update();
    this.#empty.hidden = store.loaded;
    setAttributes(this.#tree, { "aria-orientation": this.shown.direction === "down" ? "horizontal" : "vertical" });

    const after = this.#layout.byKey.get(fixed);
    if (this.#placed && before && after) {
      this.viewport.pan((before.x - after.x) * this.viewport.scale, (before.y - after.y) * this.viewport.scale);
    }
    if (this.#placed) this.viewport.contain();
    this.#viewed();
    if (hadFocus && !this.#tree.matches(":focus-within")) this.focus(this.#layout.byKey.get(parentOfLost?.key ?? "") ?? this.focused);
  }

  // Bring each node up to date, and into the order of the layout.
  #update() {
    const store = this.#store;
    const best = store.attempts.get(store.best);
    const path = new Set(best?.status === "finished" ? store.path(best.id).map((attempt) => attempt.id) : []);
    const focused = this.focused?.key;
    /** @type {string[]} */
    const edges = [];
    /** @type {string[]} */
    const way = [];
    let next = this.#items.firstChild;
    for (const spot of this.#layout.spots) {
      const { attempt, failed, key } = spot;
      /** @type {Look} */
      const look = {
        current: attempt.id === store.current,
        onPath: !failed && path.has(attempt.id),
        focusable: key === focused,
        direction: this.shown.direction,
        title: attempt.parent === null ? store.title : "",
        goals: attempt.parent === null ? 0 : (store.attempts.get(attempt.parent)?.goals ?? 0),
      };
      let node = this.#nodes.get(key);
      if (node) node.update(spot, look);
      else this.#nodes.set(key, (node = new TreeNode(spot, look)));
      if (node.item === next) next = next.nextSibling;
      else this.#items.insertBefore(node.item, next);
      (look.onPath ? way : edges).push(edgeOf(spot, this.shown.direction));
    }
    setAttributes(this.#edges, { d: edges.join("") });
    setAttributes(this.#way, { d: way.join("") });
  }

  // Another attempt is selected: it is shown, and what hides it opened.
  #follow() {
    const { current } = this.#store;
    if (!this.#tree.matches(":focus-within")) this.#focused = null;
    for (const { id } of this.#store.path(current).slice(0, -1)) this.shown.collapsed.delete(id);
    this.#render();
    this.#showSelected();
  }

  // All of the tree, if there is room for it; else the selected node, with its parent.
  #showSelected() {
    if (!this.#placed) return;
    this.viewport.contain({ fill: true });
    const spot = this.#layout.byKey.get(keyOf(this.#store.current));
    for (const each of [spot?.parent, spot]) if (each) this.viewport.reveal(rectangle(each));
  }

  #viewed() {
    this.#place();
    this.#draw();
    this.dispatchEvent(new Event("viewed"));
  }

  // Only what is seen is drawn, and what is near it; from far away, only boxes.
  #draw() {
    const { seen, scale } = this.viewport;
    const far = scale < FAR;
    this.#tree.classList.toggle("lean-magic-far", far);
    const [left, right] = [seen.left - seen.width / 2 - WIDTH, seen.left + 1.5 * seen.width + WIDTH];
    const [top, bottom] = [seen.top - seen.height / 2 - HEIGHT, seen.top + 1.5 * seen.height + HEIGHT];
    for (const node of this.#nodes.values()) {
      const { x, y } = node.spot;
      node.draw(x < left || x > right || y < top || y > bottom ? "nothing" : far ? "box" : "all");
    }
  }

  // At first, all of it, if it can be read then; else what is selected.
  #place() {
    const { width, height } = this.viewport.size;
    if (this.#placed || !width || !height || this.#layout.spots.length === 0) return;
    this.#placed = true;
    const spot = this.#layout.byKey.get(keyOf(this.#store.current));
    if (!spot || this.viewport.wholeScale >= READABLE) this.viewport.fit();
    else this.viewport.centre(rectangle(spot), AROUND);
  }

  /**
   * @param {Event} event
   * @returns {TreeNode | undefined}
   */
  #nodeAt(event) {
    const item = /** @type {Element} */ (event.target).closest("[data-key]");
    return item ? this.#nodes.get(item.getAttribute("data-key") ?? "") : undefined;
  }

  // Between the nodes, too, a press brings the keyboard into the tree.
  /** @param {MouseEvent} event */
  #press(event) {
    if (this.#nodeAt(event)) return;
    event.preventDefault();
    this.#nodes.get(this.focused?.key ?? "")?.item.focus({ preventScroll: true });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const node = this.#nodeAt(event);
    if (!node) return;
    const { spot } = node;
    if (spot.failed || isToggle(event.target)) this.toggle(spot);
    else this.#store.select(spot.attempt.id);
    this.#nodes.get(spot.key)?.item.focus({ preventScroll: true });
  }

  /** @param {MouseEvent} event */
  #clickTwice(event) {
    const spot = this.#nodeAt(event)?.spot;
    if (spot && !spot.failed && !isToggle(event.target)) this.rename(spot.attempt);
  }

  /** @param {FocusEvent} event */
  #focus(event) {
    const node = this.#nodeAt(event);
    if (!node || node.spot.key === this.#focused) return;
    this.#nodes.get(this.focused?.key ?? "")?.item.setAttribute("tabindex", "-1");
    node.item.setAttribute("tabindex", "0");
    this.#focused = node.spot.key;
  }
}

/** @param {EventTarget | null} target */
function isToggle(target) {
  return target instanceof Element && target.closest(".lean-magic-toggle") !== null;
}

/**
 * @param {Spot} spot
 * @returns {import("./viewport.js").Rectangle}
 */
function rectangle({ x, y }) {
  return { left: x - WIDTH / 2, top: y - HEIGHT / 2, width: WIDTH, height: HEIGHT };
}

/**
 * @template T
 * @param {Set<T>} set
 * @param {T} value
 * @param {boolean} there
 */
function change(set, value, there) {
  if (there) set.add(value);
  else set.delete(value);
}
