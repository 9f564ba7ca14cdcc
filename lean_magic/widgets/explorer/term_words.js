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
  const walker = document.createTreeWalker(term, NodeFilter.SHOW_TEXT);
  /** @type {Word[]} */
  const words = [];
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    if (node.parentElement?.closest(NOT_ASKED)) continue;
    for (const { index, 0: word } of node.data.matchAll(WORD)) words.push({ node, start: index, end: index + word.length });
  }
  return words;
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
    const inside = [...range.getClientRects()].some(
      ({ left, right, top, bottom }) => left <= x && x <= right && top <= y && y <= bottom,
    );
    if (inside) return range;
  }
  return null;
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
