// How a node of the tree is drawn. It keeps its element as long as it is there.

/** @import {Attempt} from "./types" */
/** @import {Spot} from "./tree_layout.js" */
import { setAttributes, setText, svgElement } from "./dom.js";
import { HEIGHT, WIDTH } from "./tree_layout.js";
import { cut, duration, hasFailed, outcome, statusWord } from "./words.js";

// So many characters fit.
const TACTIC_LENGTH = 20;
const NAME_LENGTH = 24;
const ERROR_LENGTH = 120;

// A status is told by a word, a sign and the shape of the box; no font is needed for the signs, each 12 by 12.
const SIGNS = {
  open: "M6 2.5a3.5 3.5 0 1 0 .01 0Z",
  finished: "M1.5 6.5 4.5 9.5 10.5 2.5",
  sorry: "M6 1.5 11 10.5H1ZM6 5v2.5M6 8.8v.4",
  running: "M2.5 1.5h7L2.5 10.5h7Z",
  failed: "M2.5 2.5l7 7M9.5 2.5l-7 7",
  timeout: "M6 1.5a4.5 4.5 0 1 0 .01 0ZM6 3.5V6l2 1.5",
  out_of_memory: "M2.5 2.5l7 7M9.5 2.5l-7 7",
  crashed: "M2.5 2.5l7 7M9.5 2.5l-7 7",
  cancelled: "M2 6h8",
};
const STAR = "M6 .5 7.7 4.2 11.7 4.6 8.7 7.3 9.6 11.3 6 9.2 2.4 11.3 3.3 7.3 .3 4.6 4.3 4.2Z";

/**
 * What a node looks like apart from its spot.
 * @typedef {object} Look
 * @property {boolean} current the selected one
 * @property {boolean} onPath on the way to a finished proof
 * @property {boolean} focusable the one node that Tab comes to
 * @property {"down" | "right"} direction
 * @property {string} title what the root is called
 * @property {number} goals of the parent
 */

// What of them is drawn; where it is drawn is another matter.
const SPOT = /** @type {const} */ (["attempt", "failed", "level", "position", "siblings", "expanded", "hidden"]);
const LOOK = /** @type {const} */ (["current", "onPath", "focusable", "direction", "title", "goals"]);

/** One node: `item` is the tree item. What is drawn in it comes and goes with what is seen. */
export class TreeNode {
  item;
  /** @type {Spot} */
  spot;
  /** @type {Look} */
  #look;
  // The name for a screen reader, and the tooltip; what is drawn is not read again.
  #title = svgElement("title");
  #drawing = svgElement("g", { "aria-hidden": "true" });
  #box = svgElement("rect", { class: "lean-magic-box", width: WIDTH, height: HEIGHT });
  /** @type {Record<string, SVGElement>} */
  #parts = {};
  /** @type {"nothing" | "box" | "all"} */
  #drawn = "nothing";

  /**
   * @param {Spot} spot
   * @param {Look} look
   */
  constructor(spot, look) {
    this.spot = spot;
    this.#look = look;
    this.item = svgElement("g", { role: "treeitem", "data-key": spot.key }, this.#title);
    this.#drawing.append(this.#box);
    this.#move();
    this.#describe();
  }

  /**
   * @param {Spot} spot
   * @param {Look} look
   */
  update(spot, look) {
    const moved = spot.x !== this.spot.x || spot.y !== this.spot.y;
    const same = !SPOT.some((key) => spot[key] !== this.spot[key]) && !LOOK.some((key) => look[key] !== this.#look[key]);
    this.spot = spot;
    this.#look = look;
    if (moved) this.#move();
    if (same) return;
    this.#describe();
    if (this.#drawn === "all") this.#drawParts();
  }

  /** @param {"nothing" | "box" | "all"} wanted */
  draw(wanted) {
    if (wanted === this.#drawn) return;
    if (wanted === "nothing") this.#drawing.remove();
    else if (this.#drawn === "nothing") this.item.append(this.#drawing);
    if (wanted === "all") this.#drawParts();
    else this.#eraseParts();
    this.#drawn = wanted;
  }

  remove() {
    this.item.remove();
  }

  #move() {
    setAttributes(this.item, { transform: `translate(${this.spot.x - WIDTH / 2} ${this.spot.y - HEIGHT / 2})` });
  }

  #describe() {
    const { spot, spot: { attempt, failed } } = this;
    const look = this.#look;
    const state = failed ? "failed" : attempt.status;
    const selected = look.current && !failed;
    setAttributes(this.item, {
      class: classes("lean-magic-node", `lean-magic-node-${state}`, failed > 0 && "lean-magic-node-group", selected && "lean-magic-current", look.onPath && "lean-magic-on-path"),
      tabindex: look.focusable ? 0 : -1,
      "aria-level": spot.level,
      "aria-posinset": spot.position,
      "aria-setsize": spot.siblings,
      "aria-selected": failed ? null : String(selected),
      "aria-expanded": spot.expanded === null ? null : String(spot.expanded),
    });
    setText(this.#title, titleOf(spot, look));
    setAttributes(this.#box, { rx: state === "finished" ? HEIGHT / 2 : hasFailed(state) ? 0 : 6 });
  }

  #drawParts() {
    const { attempt, failed, expanded } = this.spot;
    const look = this.#look;
    const state = failed ? "failed" : attempt.status;
    const inset = state === "finished" ? 18 : 9;
    const goal = failed ? 0 : goalOf(attempt, look);
    const length = TACTIC_LENGTH - (state === "finished" ? 2 : 0) - (goal > 1 ? 3 : 0);
    const tactic = failed ? `${failed} failed` : cut(tacticOf(attempt, look), length);
    const summary = failed ? (expanded ? "shown below" : "not shown") : summaryOf(attempt);
    this.#part("sign", "path", { d: SIGNS[state] ?? SIGNS.failed, transform: `translate(${inset} 24)` });
    this.#part("tactic", "text", { x: inset, y: 17 }, tactic);
    this.#part("outcome", "text", { x: inset + 17, y: 34 }, summary);
    this.#part("on-goal", "text", goal > 1 && { x: WIDTH - 9, y: 17 }, `⊢${goal}`);
    this.#part("name", "text", !failed && attempt.name !== null && { x: 2, y: -5 }, cut(attempt.name ?? "", NAME_LENGTH));
    this.#part("star", "path", !failed && attempt.marked && { d: STAR, transform: `translate(${WIDTH - 15} -5)` });
    this.#drawToggle();
  }

  #drawToggle() {
    const { expanded, hidden } = this.spot;
    const sign = expanded ? "−" : `+${hidden}`;
    const width = expanded ? 16 : 10 + 7 * sign.length;
    const [x, y] = this.#look.direction === "down" ? [WIDTH / 2, HEIGHT + 7] : [WIDTH + 7, HEIGHT / 2];
    const toggle = this.#part("toggle", "g", expanded !== null && { transform: `translate(${x} ${y})` });
    if (!toggle) return;
    toggle.classList.toggle("lean-magic-toggle-closed", !expanded);
    toggle.replaceChildren(svgElement("rect", { x: -width / 2, y: -8, width, height: 16, rx: 8 }), svgElement("text", { y: 4 }, sign));
  }

  /**
   * Draw a part, or take it away.
   * @param {string} name
   * @param {"path" | "text" | "g"} tag
   * @param {import("./dom.js").Attributes | false} attributes false: there is none
   * @param {string} [text]
   */
  #part(name, tag, attributes, text) {
    let part = this.#parts[name];
    if (!attributes) {
      part?.remove();
      delete this.#parts[name];
      return null;
    }
    if (!part) {
      part = this.#parts[name] = svgElement(tag, { class: `lean-magic-${name}` });
      this.#drawing.append(part);
    }
    setAttributes(part, attributes);
    if (text !== undefined) setText(part, text);
    return part;
  }

  #eraseParts() {
    for (const part of Object.values(this.#parts)) part.remove();
    this.#parts = {};
  }
}

/**
 * The line from a node's parent to it, as a path.
 * @param {Spot} spot
 * @param {"down" | "right"} direction
 */
export function edgeOf({ parent, x, y }, direction) {
  if (!parent) return "";
  return direction === "down" ? curveDown(parent, x, y) : curveRight(parent, x, y);
}

/**
 * What a screen reader says of a node, and its tooltip: what was cut, too.
 * @param {Spot} spot
 * @param {Look} look
 * @returns {string} such as "simp, 2 goals left, 12 ms"
 */
function titleOf({ attempt, failed, hidden }, look) {
  if (failed) return `${failed} failed attempts`;
  const name = attempt.name && `named ${attempt.name}`;
  const time = attempt.elapsed !== null && duration(attempt.elapsed);
  const goal = goalOf(attempt, look);
  const below = hidden > 0 && `${hidden} ${hidden === 1 ? "attempt" : "attempts"} below not shown`;
  return [tacticOf(attempt, look), goal > 0 && `on goal ${goal}`, outcome(attempt), time, name, attempt.marked && "marked", below, attempt.error && cut(attempt.error, ERROR_LENGTH)].filter(Boolean).join(", ");
}

/**
 * @param {Attempt} attempt
 * @param {Look} look
 */
function tacticOf(attempt, look) {
  return attempt.tactic ?? (look.title || "start");
}

/**
 * Which goal it was run on, from 1; 0 where there was only one.
 * @param {Attempt} attempt
 * @param {Look} look
 */
function goalOf(attempt, look) {
  return look.goals > 1 && attempt.place !== null ? attempt.place + 1 : 0;
}

/** @param {Attempt} attempt */
function summaryOf(attempt) {
  const goals = attempt.goals === 1 ? "1 goal" : `${attempt.goals} goals`;
  const end = attempt.status === "open" ? goals : statusWord(attempt.status);
  return attempt.elapsed === null ? end : `${end} · ${duration(attempt.elapsed)}`;
}

/**
 * @param {Spot} parent
 * @param {number} x
 * @param {number} y
 */
function curveDown(parent, x, y) {
  const [start, end] = [parent.y + HEIGHT / 2, y - HEIGHT / 2];
  const middle = (start + end) / 2;
  return `M${parent.x} ${start}C${parent.x} ${middle} ${x} ${middle} ${x} ${end}`;
}

/**
 * @param {Spot} parent
 * @param {number} x
 * @param {number} y
 */
function curveRight(parent, x, y) {
  const [start, end] = [parent.x + WIDTH / 2, x - WIDTH / 2];
  const middle = (start + end) / 2;
  return `M${start} ${parent.y}C${middle} ${parent.y} ${middle} ${y} ${end} ${y}`;
}

/** @param {...(string | false)} names */
function classes(...names) {
  return names.filter(Boolean).join(" ");
}
