// How a node of the tree is drawn, with the line to its parent. A node keeps its elements as long as it is there.

/** @import {Attempt} from "./types" */
/** @import {Place} from "./tree_layout.js" */
import { setAttributes, svgElement } from "./dom.js";
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
 * What a node looks like apart from its place.
 * @typedef {object} Look
 * @property {boolean} current the selected one
 * @property {boolean} onPath on the way to a finished proof
 * @property {boolean} focusable the one node that Tab comes to
 * @property {"down" | "right"} direction
 * @property {string} title what the root is called
 * @property {number} goals of the parent
 */

/** One node: `item` is the tree item, `edge` the line to its parent. */
export class TreeNode {
  item;
  edge = svgElement("path", { class: "lean-magic-edge" });
  /** @type {Place} */
  place;
  /** @type {Look} */
  #look;
  /** @type {Record<string, SVGElement>} */
  #parts;

  /**
   * @param {Place} place
   * @param {Look} look
   */
  constructor(place, look) {
    this.place = place;
    this.#look = look;
    this.#parts = {
      // The name for a screen reader, and the tooltip; what is drawn is not read again.
      title: svgElement("title"),
      box: svgElement("rect", { class: "lean-magic-box", width: WIDTH, height: HEIGHT }),
      sign: svgElement("path", { class: "lean-magic-sign", transform: "translate(9 24)" }),
      tactic: svgElement("text", { class: "lean-magic-tactic", x: 9, y: 17 }),
      outcome: svgElement("text", { class: "lean-magic-outcome", x: 26, y: 34 }),
    };
    for (const part of Object.values(this.#parts)) if (part.tagName !== "title") part.setAttribute("aria-hidden", "true");
    this.item = svgElement("g", { role: "treeitem", "data-key": place.key }, ...Object.values(this.#parts));
    this.#draw();
  }

  /**
   * @param {Place} place
   * @param {Look} look
   */
  update(place, look) {
    const same = isSame(place, this.place) && isSame(look, this.#look) && place.parent?.x === this.place.parent?.x && place.parent?.y === this.place.parent?.y;
    this.place = place;
    this.#look = look;
    if (!same) this.#draw();
  }

  remove() {
    this.item.remove();
    this.edge.remove();
  }

  #draw() {
    const { place, place: { attempt, failed } } = this;
    const look = this.#look;
    const state = failed ? "failed" : attempt.status;
    const selected = look.current && !failed;
    setAttributes(this.item, {
      class: classes("lean-magic-node", `lean-magic-node-${state}`, failed > 0 && "lean-magic-node-group", selected && "lean-magic-current", look.onPath && "lean-magic-on-path"),
      transform: `translate(${place.x - WIDTH / 2} ${place.y - HEIGHT / 2})`,
      tabindex: look.focusable ? 0 : -1,
      "aria-level": place.level,
      "aria-posinset": place.position,
      "aria-setsize": place.siblings,
      "aria-selected": failed ? null : String(selected),
      "aria-expanded": place.expanded === null ? null : String(place.expanded),
    });
    setText(this.#part("title"), titleOf(place, look));
    setAttributes(this.#part("box"), { rx: state === "finished" ? HEIGHT / 2 : hasFailed(attempt.status) || failed ? 0 : 6 });
    setAttributes(this.#part("sign"), { d: SIGNS[state] ?? SIGNS.failed });
    const inset = state === "finished" ? 18 : 9;
    const goal = failed ? 0 : goalOf(attempt, look);
    const length = TACTIC_LENGTH - (state === "finished" ? 2 : 0) - (goal > 1 ? 3 : 0);
    setText(this.#part("tactic"), failed ? `${failed} failed` : cut(tacticOf(attempt, look), length));
    setText(this.#part("outcome"), failed ? (place.expanded ? "" : "not shown") : summaryOf(attempt));
    setAttributes(this.#part("tactic"), { x: inset });
    setAttributes(this.#part("outcome"), { x: inset + 17 });
    setAttributes(this.#part("sign"), { transform: `translate(${inset} 24)` });
    this.#optional("goal", goal > 1 && `⊢${goal}`, () => svgElement("text", { class: "lean-magic-on-goal", x: WIDTH - 9, y: 17 }));
    this.#optional("name", !failed && attempt.name && cut(attempt.name, NAME_LENGTH), () => svgElement("text", { class: "lean-magic-name", x: 2, y: -5 }));
    this.#optional("star", !failed && attempt.marked && " ", () => svgElement("path", { class: "lean-magic-star", d: STAR, transform: `translate(${WIDTH - 15} -5)` }));
    this.#drawToggle();
    this.#drawEdge();
  }

  #drawToggle() {
    const { expanded, hidden } = this.place;
    const sign = expanded === null ? "" : expanded ? "−" : `+${hidden}`;
    const wide = sign.length > 1;
    const toggle = this.#optional("toggle", sign, () =>
      svgElement("g", { class: "lean-magic-toggle" }, svgElement("rect", { height: 16, rx: 8, y: -8 }), svgElement("text", { y: 4 })));
    if (!toggle) return;
    const width = wide ? 10 + 7 * sign.length : 16;
    const [x, y] = this.#look.direction === "down" ? [WIDTH / 2, HEIGHT + 7] : [WIDTH + 7, HEIGHT / 2];
    setAttributes(toggle, { class: classes("lean-magic-toggle", !expanded && "lean-magic-toggle-closed"), transform: `translate(${x} ${y})` });
    setAttributes(/** @type {Element} */ (toggle.firstElementChild), { width, x: -width / 2 });
  }

  #drawEdge() {
    const { parent, x, y } = this.place;
    const { direction, onPath } = this.#look;
    setAttributes(this.edge, {
      class: classes("lean-magic-edge", onPath && "lean-magic-on-path"),
      d: parent && (direction === "down" ? curveDown(parent, x, y) : curveRight(parent, x, y)),
    });
  }

  /** @param {string} name */
  #part(name) {
    return /** @type {SVGElement} */ (this.#parts[name]);
  }

  /**
   * A part that is there only if it has a text.
   * @param {string} name
   * @param {string | false | null} text
   * @param {() => SVGElement} make
   */
  #optional(name, text, make) {
    let part = this.#parts[name];
    if (!text) {
      part?.remove();
      delete this.#parts[name];
      return null;
    }
    if (!part) {
      part = this.#parts[name] = make();
      part.setAttribute("aria-hidden", "true");
      this.item.append(part);
    }
    if (part.tagName === "text") setText(part, text);
    else if (part.tagName === "g") setText(/** @type {Element} */ (part.lastElementChild), text);
    return part;
  }
}

/**
 * What a screen reader says of a node, and its tooltip: what was cut, too.
 * @param {Place} place
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
 * @param {Place} parent
 * @param {number} x
 * @param {number} y
 */
function curveDown(parent, x, y) {
  const [start, end] = [parent.y + HEIGHT / 2, y - HEIGHT / 2];
  const middle = (start + end) / 2;
  return `M${parent.x} ${start}C${parent.x} ${middle} ${x} ${middle} ${x} ${end}`;
}

/**
 * @param {Place} parent
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

/**
 * @param {Element} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Whether what is drawn of two places or looks is the same; neighbours are compared elsewhere.
 * @param {Record<string, any>} one
 * @param {Record<string, any>} other
 */
function isSame(one, other) {
  return Object.keys(one).every((key) => key === "parent" || key === "children" || one[key] === other[key]);
}
