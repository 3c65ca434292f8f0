import { soon } from './clock.js';

/** An `EventTarget` that has an easier time telling. */
export class Emitter extends EventTarget {
  /** @type {Set<string>} */
  #due = new Set();

  /**
   * Tells at once.
   * @param {string} type
   * @param {unknown} [detail]
   */
  tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /**
   * Tells once for all that is to be told before the next frame is drawn.
   * @param {string} type
   */
  tellSoon(type) {
    if (this.#due.has(type)) return;
    this.#due.add(type);
    soon(() => {
      this.#due.delete(type);
      this.tell(type);
    });
  }
}
