/** How many events may wait for an earlier one; what is dropped comes with the sync that is due anyway. */
const MOST_WAITING = 500;

/**
 * The rule by which a conversation is followed: every change has a rev, 1, 2, 3 … without a hole. The next one is
 * applied, an older one dropped, and one beyond a hole waits until a sync has filled that. Pure: it says what is to be
 * applied and whether a sync is due; others do it.
 */
export class Stream {
  #rev;
  #known;
  /** @type {Map<number, import('./types.js').ServerEvent>} */
  #waiting = new Map();

  /** @param {number} rev of the state that is known */
  constructor(rev) {
    this.#rev = rev;
    this.#known = rev;
  }

  /** The last change that is known. */
  get rev() {
    return this.#rev;
  }

  /** Whether there are changes that only a sync can bring. */
  get behind() {
    return this.#known > this.#rev;
  }

  /**
   * The service is known to be at this rev.
   * @param {number} rev
   */
  expects(rev) {
    this.#known = Math.max(this.#known, rev);
  }

  /**
   * Takes an event as it comes.
   * @param {import('./types.js').ServerEvent} event with a rev
   * @returns {import('./types.js').ServerEvent[]} what is to be applied now, in this order
   */
  take(event) {
    const rev = event.rev ?? 0;
    if (rev <= this.#rev) return [];
    this.expects(rev);
    if (rev > this.#rev + 1 && this.#waiting.size >= MOST_WAITING) return [];
    this.#waiting.set(rev, event);
    return this.#following();
  }

  /**
   * Takes a page of changes, asked for after some rev.
   * @param {import('./types.js').ChangesPage} page
   * @returns {{applies: boolean, events: import('./types.js').ServerEvent[]}} whether the page is to be applied, and what
   *   has waited and follows then
   */
  takePage({ through_rev, head_rev, has_more }) {
    const applies = through_rev >= this.#rev;
    if (applies) this.#moveTo(through_rev);
    if (has_more) this.expects(head_rev);
    else this.#known = Math.max(this.#rev, ...this.#waiting.keys());
    return { applies, events: this.#following() };
  }

  /**
   * Everything was fetched afresh, as of this rev.
   * @param {number} rev
   * @returns {import('./types.js').ServerEvent[]} what has waited and follows
   */
  startOver(rev) {
    this.#rev = rev;
    this.#moveTo(rev);
    this.#known = Math.max(rev, ...this.#waiting.keys());
    return this.#following();
  }

  /** @param {number} rev */
  #moveTo(rev) {
    this.#rev = rev;
    for (const waiting of this.#waiting.keys()) if (waiting <= rev) this.#waiting.delete(waiting);
  }

  #following() {
    const events = [];
    for (let next = this.#waiting.get(this.#rev + 1); next; next = this.#waiting.get(this.#rev + 1)) {
      this.#rev += 1;
      this.#waiting.delete(this.#rev);
      events.push(next);
    }
    return events;
  }
}
