/** How long somebody counts as writing after they were said to. */
const LASTS = 6_000;
/** How often one's own writing is told at most. */
const TOLD_EVERY = 3_000;
/** How many are told apart; more make no difference to anybody. */
const MOST = 20;

/** Who is writing in a conversation. */
export class Typing {
  #clock; #onChange;
  /** @type {Map<string, AbortController>} */
  #writers = new Map();
  #toldAt = -Infinity;

  /**
   * @param {import('./clock.js').Clock} clock
   * @param {() => void} onChange
   */
  constructor(clock, onChange) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** The ids of those who are writing, who began first at first. */
  get all() {
    return [...this.#writers.keys()];
  }

  /** @param {string} userId who is writing now */
  take(userId) {
    const writes = this.#writers.has(userId);
    if (!writes && this.#writers.size >= MOST) return;
    this.#writers.get(userId)?.abort();
    const ends = new AbortController();
    this.#writers.set(userId, ends);
    if (!writes) this.#onChange();
    void this.#clock.sleep(LASTS, ends.signal).then(() => {
      if (this.#writers.get(userId) === ends) this.ends(userId);
    });
  }

  /** @param {string} userId who does not write any more */
  ends(userId) {
    const writer = this.#writers.get(userId);
    if (!writer) return;
    this.#writers.delete(userId);
    writer.abort();
    this.#onChange();
  }

  /** Whether it is time to tell that oneself is writing. */
  mayTell() {
    const due = this.#clock.now() - this.#toldAt >= TOLD_EVERY;
    if (due) this.#toldAt = this.#clock.now();
    return due;
  }
}
