import { settled } from './service.js';

/** Time that passes when a test says so. */
export class Time {
  #now = 1_000_000;
  #sleepers = new Set();

  now = () => this.#now;

  sleep = (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => this.#wake(sleeper);
      const wake = () => {
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', end);
    });

  async passes(ms) {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.until;
      this.#wake(next);
      await settled();
    }
    this.#now = end;
    await settled();
  }

  #next(end) {
    return [...this.#sleepers].filter(({ until }) => until <= end).sort((a, b) => a.until - b.until)[0];
  }

  #wake(sleeper) {
    this.#sleepers.delete(sleeper);
    sleeper.wake();
  }
}
