// Events that are told once in a frame, however often they happen.

export class FrameEvents extends EventTarget {
  /** @type {Map<string, any>} */
  #events = new Map();
  #frame = 0;

  /**
   * @param {string} type
   * @returns {any} what listeners will be told in the next frame; undefined if that did not happen since the last one
   */
  pending(type) {
    return this.#events.get(type);
  }

  /**
   * Tell the listeners in the next frame, once for all that happens until then.
   * @param {string} type
   * @param {unknown} [detail] of the event
   */
  emit(type, detail = null) {
    this.#events.set(type, detail);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const events = this.#events;
      this.#events = new Map();
      for (const [type, detail] of events) this.dispatchEvent(new CustomEvent(type, { detail }));
    });
  }

  /** Tell nothing more of what happened until now. */
  silence() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#events.clear();
  }
}
