/** An `EventTarget` that has an easier time telling. */
export class Emitter extends EventTarget {
  /** @type {Map<string, unknown>} */
  #awaiting = new Map();

  /**
   * Tells at once.
   * @param {string} type
   * @param {unknown} [detail]
   */
  tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /**
   * Tells once for all that is told in this turn of the event loop's microtasks.
   * @param {string} type
   */
  tellSoon(type) {
    if (this.#awaiting.has(type)) return;
    this.#awaiting.set(type, null);
    queueMicrotask(() => {
      this.#awaiting.delete(type);
      this.tell(type);
    });
  }
}
