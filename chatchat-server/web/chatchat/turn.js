/** How long a tab without a connection keeps its turn, in milliseconds. */
const AWAY_AT_MOST = 5_000;

/** This tab's turn in what one of all tabs does for the others: taken with a connection, left to another tab without. */
export class Turn {
  #locks; #name; #clock; #begin; #end;
  /** Ends the turn, or the waiting for it. @type {AbortController | null} */
  #wanted = null;
  /** The turn that has come. @type {AbortSignal | null} */
  #signal = null;
  /** Ends the waiting for a connection that was lost. @type {AbortController | null} */
  #away = null;

  /**
   * @param {object} parts
   * @param {import('./tabs.js').Locks} parts.locks
   * @param {string} parts.name
   * @param {import('./clock.js').Clock} parts.clock
   * @param {() => Promise<void>} parts.begin what another tab has left is to be found out
   * @param {() => Promise<unknown>} parts.end what is under way comes to its end, before another tab begins
   */
  constructor({ locks, name, clock, begin, end }) {
    this.#locks = locks;
    this.#name = name;
    this.#clock = clock;
    this.#begin = begin;
    this.#end = end;
  }

  /** Aborted when the turn is over; undefined if it has not come. @returns {AbortSignal | undefined} */
  get signal() {
    return this.#signal ?? undefined;
  }

  /** Whether it is this tab's. */
  get isOurs() {
    return this.#signal?.aborted === false;
  }

  /**
   * There is a connection.
   * @param {() => void} then what to do once it is this tab's turn
   */
  take(then) {
    this.#away?.abort();
    this.#away = null;
    if (this.#wanted) return;
    this.#wanted = new AbortController();
    const { signal } = this.#wanted;
    const serves = async () => {
      await this.#begin();
      this.#signal = signal;
      then();
      await over(signal);
      await this.#end();
    };
    // An abort ends the waiting with an error, which is no news.
    this.#locks.hold(this.#name, serves, signal).catch(() => {});
  }

  /** There is no connection. That may not last. */
  async mayLeave() {
    if (this.#away || !this.#wanted) return;
    this.#away = new AbortController();
    const { signal } = this.#away;
    await this.#clock.sleep(AWAY_AT_MOST, signal);
    if (!signal.aborted) this.leave();
  }

  /** Leaves it to another tab. */
  leave() {
    this.#away?.abort();
    this.#wanted?.abort();
    this.#away = this.#wanted = null;
  }
}

/** @param {AbortSignal} signal */
const over = (signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(null);
    signal.addEventListener('abort', resolve, { once: true });
  });
