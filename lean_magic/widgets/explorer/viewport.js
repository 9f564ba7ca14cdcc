// Which part of a drawing is seen: zoom (Ctrl and the wheel, or two fingers on a touchpad) and pan (drag).

const SMALLEST = 0.01;
const LARGEST = 2;
const MARGIN = 16;
// So far the pointer may move in a click, in pixels.
const STEADY = 4;

/** @typedef {{ left: number, top: number, width: number, height: number }} Rectangle */

/** Calls `changed` when the part that is seen is another one, and `resized` before when there is more or less room. */
export class Viewport {
  scale = 1;
  x = 0;
  y = 0;

  /** What is seen, in pixels of the page; nothing at first. */
  size = { width: 0, height: 0 };

  /** @type {Rectangle} all that is drawn */
  bounds = { left: 0, top: 0, width: 0, height: 0 };

  #svg;
  #content;
  #changed;
  #dragged = false;

  /**
   * @param {SVGSVGElement} svg
   * @param {SVGGElement} content what is moved and scaled
   * @param {{ signal: AbortSignal, changed: () => void, resized: () => void }} options
   */
  constructor(svg, content, { signal, changed, resized }) {
    this.#svg = svg;
    this.#content = content;
    this.#changed = changed;
    const sizes = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = svg;
      // Hidden, it keeps what it showed.
      if (!width || !height || (width === this.size.width && height === this.size.height)) return;
      this.size = { width, height };
      resized();
      changed();
    });
    sizes.observe(svg);
    signal.addEventListener("abort", () => sizes.disconnect());
    svg.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
    svg.addEventListener("pointerdown", (event) => this.#drag(event), { signal });
    // The click at the end of a drag is none.
    svg.addEventListener("click", (event) => this.#dragged && event.stopImmediatePropagation(), { signal, capture: true });
  }

  /** @returns {Rectangle} what is seen of the drawing, in its own measure */
  get seen() {
    const { width, height } = this.size;
    return { left: -this.x / this.scale, top: -this.y / this.scale, width: width / this.scale, height: height / this.scale };
  }

  /**
   * @param {number} factor
   * @param {{ x: number, y: number }} [fixed] stays where it is, in pixels from the corner; default: the middle
   */
  zoom(factor, fixed = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * factor));
    const ratio = scale / this.scale;
    this.#move(fixed.x - (fixed.x - this.x) * ratio, fixed.y - (fixed.y - this.y) * ratio, scale);
    this.contain({ fill: true });
  }

  /** How far all must be scaled down to be seen whole. */
  get wholeScale() {
    const { size: { width, height }, bounds } = this;
    return Math.max(SMALLEST, Math.min((width - 2 * MARGIN) / bounds.width, (height - 2 * MARGIN) / bounds.height, 1));
  }

  /** Show all; nothing is made larger than it is. */
  fit() {
    const { size: { width, height }, bounds } = this;
    if (!width || !height || !bounds.width) return;
    const scale = this.wholeScale;
    const across = bounds.width * scale;
    const down = bounds.height * scale;
    // What is small enough is centred across; a tree hangs from its root at the top.
    const x = (width - across) / 2 - bounds.left * scale;
    const y = (down > height - 2 * MARGIN ? MARGIN : Math.min((height - down) / 2, 2 * MARGIN)) - bounds.top * scale;
    this.#move(x, y, scale);
  }

  /**
   * Show a rectangle in the middle.
   * @param {Rectangle} bounds
   * @param {number} scale
   */
  centre(bounds, scale) {
    const { width, height } = this.size;
    this.#move(width / 2 - (bounds.left + bounds.width / 2) * scale, height / 2 - (bounds.top + bounds.height / 2) * scale, scale);
  }

  /**
   * Move no more than needed to see a rectangle.
   * @param {Rectangle} bounds
   */
  reveal(bounds) {
    const { width, height } = this.size;
    if (!width || !height) return;
    const left = bounds.left * this.scale + this.x;
    const top = bounds.top * this.scale + this.y;
    this.pan(
      into(left, bounds.width * this.scale, width),
      into(top, bounds.height * this.scale, height),
    );
  }

  /**
   * Move no more than needed to see all, in each direction in which there is room for it.
   * @param {{ fill?: boolean }} [options] fill: and in the other, to leave no room at the ends
   */
  contain({ fill = false } = {}) {
    const { size: { width, height }, bounds, scale } = this;
    if (!width || !height || !bounds.width || this.#dragged) return;
    this.pan(
      within(bounds.left * scale + this.x, bounds.width * scale, width, fill),
      within(bounds.top * scale + this.y, bounds.height * scale, height, fill),
    );
  }

  /**
   * @param {number} x pixels of the page
   * @param {number} y
   */
  pan(x, y) {
    if (x || y) this.#move(this.x + x, this.y + y, this.scale);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} scale
   */
  #move(x, y, scale) {
    [this.x, this.y, this.scale] = [x, y, scale];
    this.#content.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.#changed();
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    // Without Ctrl it scrolls the notebook.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = this.#svg.getBoundingClientRect();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
    const step = Math.max(-100, Math.min(100, event.deltaY * lines));
    this.zoom(Math.exp(-step / 250), { x: event.clientX - box.left, y: event.clientY - box.top });
  }

  /** @param {PointerEvent} start */
  #drag(start) {
    this.#dragged = false;
    if (start.button !== 0) return;
    let last = start;
    const end = new AbortController();
    const { signal } = end;
    this.#svg.addEventListener(
      "pointermove",
      (event) => {
        if (event.pointerId !== start.pointerId) return;
        if (!this.#dragged) {
          if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < STEADY) return;
          this.#dragged = true;
          this.#svg.setPointerCapture(start.pointerId);
        }
        this.pan(event.clientX - last.clientX, event.clientY - last.clientY);
        last = event;
      },
      { signal },
    );
    const stop = () => {
      end.abort();
      setTimeout(() => (this.#dragged = false)); // after the click
    };
    for (const type of ["pointerup", "pointercancel"]) window.addEventListener(type, stop, { signal });
  }
}

/**
 * How far something must move to lie within.
 * @param {number} start
 * @param {number} length
 * @param {number} room
 */
function into(start, length, room) {
  if (length + 2 * MARGIN > room) return room / 2 - (start + length / 2);
  if (start < MARGIN) return MARGIN - start;
  return Math.min(0, room - MARGIN - (start + length));
}

/**
 * How far something must move to lie within, if there is room for it.
 * @param {number} start
 * @param {number} length
 * @param {number} room
 * @param {boolean} fill or else to leave no room at its ends
 */
function within(start, length, room, fill) {
  if (length + 2 * MARGIN <= room) return into(start, length, room);
  return fill ? Math.min(0, MARGIN - start) || Math.max(0, room - MARGIN - (start + length)) : 0;
}
