// Words of names, types and targets: what is under the mouse, what is selected, and moving from one to the next.

/**
 * @typedef {object} Word
 * @property {Text} node
 * @property {number} start
 * @property {number} end
 */

const WORD = /«[^»]*»|[\p{L}\p{N}_✝][\p{L}\p{M}\p{N}_✝'!?]*(?:\.[\p{L}\p{N}_][\p{L}\p{M}\p{N}_✝'!?]*)*/gu;
const NOT_ASKED = "del, button, .lean-magic-spoken, .lean-magic-goal-sign";

/**
 * The words of a term in their order; what is gone is none of them.
 * @param {Element} term
 * @returns {Word[]}
 */
export function wordsOf(term) {
  return matchesOf(term, WORD);
}

/**
 * @param {Element} term
 * @param {RegExp} pattern
 * @returns {Word[]}
 */
function matchesOf(term, pattern) {
  const walker = document.createTreeWalker(term, NodeFilter.SHOW_TEXT);
  /** @type {Word[]} */
  const words = [];
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    if (node.parentElement?.closest(NOT_ASKED)) continue;
    for (const { index, 0: word } of node.data.matchAll(pattern)) words.push({ node, start: index, end: index + word.length });
  }
  return words;
}

/**
 * What notation at a point of the window is part of: the nearest brackets with all between them, or the whole term.
 * @param {Element} term
 * @param {number} x
 * @param {number} y
 * @returns {Range | null} null where nothing is written
 */
export function aroundAt(term, x, y) {
  const signs = matchesOf(term, /\S/gu);
  const at = signs.findIndex((sign) => isAt(rangeOf(sign, sign), x, y));
  const text = signs.map(({ node, start }) => node.data[start]);
  /** @param {number} from @param {1 | -1} step @param {string} wanted @param {string} others */
  const find = (from, step, wanted, others) => {
    let depth = 0;
    for (let place = from; text[place]; place += step) {
      if (wanted.includes(text[place] ?? "") && depth-- === 0) return place;
      if (others.includes(text[place] ?? "")) depth++;
    }
    return -1;
  };
  const [open, close] = ["([{⟨", ")]}⟩"];
  const start = find(open.includes(text[at] ?? "") ? at : at - 1, -1, open, close);
  const end = find(close.includes(text[at] ?? "") ? at : at + 1, 1, close, open);
  const [first, last] = start < 0 || end < 0 ? [signs[0], signs.at(-1)] : [signs[start], signs[end]];
  return at >= 0 && first && last ? rangeOf(first, last) : null;
}

/**
 * The word at a point of the window.
 * @param {Element} term
 * @param {number} x
 * @param {number} y
 * @returns {Range | null}
 */
export function wordAt(term, x, y) {
  for (const word of wordsOf(term)) {
    const range = rangeOf(word, word);
    if (isAt(range, x, y)) return range;
  }
  return null;
}

/**
 * @param {Range} range
 * @param {number} x
 * @param {number} y
 */
function isAt(range, x, y) {
  return [...range.getClientRects()].some(({ left, right, top, bottom }) => left <= x && x <= right && top <= y && y <= bottom);
}

/**
 * @param {Word} first
 * @param {Word} last
 * @returns {Range}
 */
export function rangeOf(first, last) {
  const range = document.createRange();
  range.setStart(first.node, first.start);
  range.setEnd(last.node, last.end);
  return range;
}

/**
 * The text of a range, as it can be asked for: without what is gone.
 * @param {Range} range
 * @returns {string}
 */
export function textOf(range) {
  const contents = range.cloneContents();
  for (const found of contents.querySelectorAll(NOT_ASKED)) found.remove();
  return (contents.textContent ?? "").replace(/\s+/g, " ").trim();
}

/**
 * The selection as far as it lies in one term (or one name) within an element.
 * @param {HTMLElement} within
 * @returns {Range | null}
 */
export function selectedRange(within) {
  const selection = selectionOf(within);
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const holder = (
    range.commonAncestorContainer instanceof Element ? range.commonAncestorContainer : range.commonAncestorContainer.parentElement
  )?.closest(".lean-magic-goal-term, .lean-magic-goal-name");
  return holder && within.contains(holder) && textOf(range) ? range : null;
}

/**
 * @param {Node} node
 * @returns {Selection | null}
 */
export function selectionOf(node) {
  const root = /** @type {any} */ (node.getRootNode());
  // Chromium keeps the selection in a shadow root to itself.
  return root.getSelection ? root.getSelection() : document.getSelection();
}
