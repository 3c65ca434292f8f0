import { Ranges } from './ranges.js';

/** How many messages of a conversation are kept at most. */
const MOST = 4000;
/** How many are left around what was looked at last when there are more. */
const LEFT = 3000;

/** The messages of a conversation that are here: parts of it, each message in its newest state. */
export class History {
  /** Which are here, by seq. */
  ranges = new Ranges();
  /** The seq of the first message that one may read, once that is known. @type {number | null} */
  first = null;
  /** Whether messages are kept at all. */
  open = false;
  /** @type {Map<number, import('./types.js').Message>} */
  #messages = new Map();

  /** @param {number} seq */
  get(seq) {
    return this.#messages.get(seq);
  }

  /**
   * Takes a page of history.
   * @param {{items: import('./types.js').Message[], has_more: boolean}} page
   * @param {{before?: number, after?: number, around?: number}} asked
   * @param {number} lastSeq of the conversation
   */
  takePage({ items, has_more }, asked, lastSeq) {
    for (const message of items) this.#put(message);
    const [first, last] = [items.at(0)?.seq, items.at(-1)?.seq];
    if (first !== undefined && last !== undefined) {
      this.ranges.add(first, last);
      this.#trim(Math.round((first + last) / 2));
    }
    const reachesBack = asked.after === undefined && asked.around === undefined && !has_more;
    if (reachesBack) this.first = first ?? Math.min(asked.before ?? Infinity, lastSeq + 1);
    if (first === 1) this.first = 1;
  }

  /**
   * Takes a message that the stream has brought.
   * @param {import('./types.js').Message} message
   * @param {boolean} isNew
   */
  take(message, isNew) {
    if (!this.open || !(isNew || this.#messages.has(message.seq))) return;
    if (isNew) {
      this.ranges.add(message.seq, message.seq);
      if (this.#messages.size >= MOST) this.#trim(message.seq);
    }
    this.#put(message);
  }

  clear() {
    this.#messages.clear();
    this.ranges.clear();
    this.first = null;
    this.open = false;
  }

  /** Of two states of a message the one with the higher rev is the newer. @param {import('./types.js').Message} message */
  #put(message) {
    const known = this.#messages.get(message.seq);
    if (!known || known.rev < message.rev) this.#messages.set(message.seq, message);
  }

  /** @param {number} middle what is looked at */
  #trim(middle) {
    if (this.#messages.size <= MOST) return;
    const byDistance = [...this.#messages.keys()].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
    const kept = byDistance.slice(0, LEFT);
    for (const seq of byDistance.slice(LEFT)) this.#messages.delete(seq);
    const [first, last] = kept.reduce(([low, high], seq) => [Math.min(low, seq), Math.max(high, seq)], [Infinity, 0]);
    this.ranges.clip(first, last);
  }
}
