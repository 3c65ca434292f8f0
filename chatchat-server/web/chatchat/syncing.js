import { Problem } from './problem.js';

/** How often a sync is tried in a row before the next event or connection has to bring it up again. */
const ATTEMPTS = 5;
/** A rest before the second attempt; each later one is longer. */
const REST = 300;

/** Fetches what was missed, one fetch at a time. */
export class Syncing {
  #parts;
  /** @type {Promise<void> | null} */
  #running = null;

  /**
   * @param {object} parts
   * @param {() => boolean} parts.behind whether something is missing
   * @param {() => Promise<void>} parts.fetch fetches what is missing
   * @param {import('./clock.js').Clock} parts.clock
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * @param {{anyway?: boolean}} [options] `anyway`: even if nothing is known to be missing
   * @returns {Promise<void>}
   */
  catchUp({ anyway = false } = {}) {
    if (!anyway && !this.#parts.behind()) return Promise.resolve();
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #run() {
    const { behind, fetch, clock } = this.#parts;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        await fetch();
        if (!behind()) return;
      } catch (problem) {
        // What is gone is told by the personal stream.
        if (!(problem instanceof Problem) || !problem.passes) return;
      }
      await clock.sleep(REST * attempt);
    }
  }
}
