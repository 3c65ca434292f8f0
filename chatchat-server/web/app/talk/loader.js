/**
 * Loads the parts of a conversation that come into view and are not here.
 */

/** So many messages beyond what is asked for are loaded before they come into view. */
const AHEAD = 60;
/** How many are fetched at once. */
const PAGE = 100;
/** How long to gather what is wanted, milliseconds: whoever passes by quickly needs little. */
const GATHERING = 60;
/** How long to wait after it went wrong, at first and at most. */
const [PAUSE, LONGEST_PAUSE] = [1000, 30_000];

/**
 * The request that fills a gap best: on from what is here before or behind it, else around its middle.
 * @param {number} from
 * @param {number} to
 * @param {(seq: number) => boolean} has
 * @param {number} limit
 */
export function part(from, to, has, limit = PAGE) {
  if (has(from - 1)) return { after: from - 1, limit };
  if (has(to + 1)) return { before: to + 1, limit };
  return { around: Math.round((from + to) / 2), limit };
}

/**
 * The first gap among these, if there is one.
 * @param {number} from
 * @param {number} to
 * @param {(seq: number) => boolean} has
 * @returns {[number, number] | null}
 */
export function gap(from, to, has) {
  let first = from;
  while (first <= to && has(first)) first += 1;
  if (first > to) return null;
  let last = first;
  while (last < to && !has(last + 1)) last += 1;
  return [first, last];
}

export class Loader {
  #conversation;
  #bounds;
  #onProblem;
  /** What is wanted: first and last seq. */
  #wanted = [1, 0];
  #timer = 0;
  #pause = PAUSE;
  #isLoading = false;
  #hasFailed = false;
  #isClosed = false;

  /**
   * @param {import('../../chatchat.js').Conversation} conversation
   * @param {() => { first: number, last: number }} bounds the messages that there are
   * @param {(problem: any) => void} onProblem null when it has gone well again
   */
  constructor(conversation, bounds, onProblem) {
    this.#conversation = conversation;
    this.#bounds = bounds;
    this.#onProblem = onProblem;
  }

  /**
   * These are in view, or nearly.
   * @param {number} first
   * @param {number} last
   */
  want(first, last) {
    this.#wanted = [first - AHEAD, last + AHEAD];
    if (this.#timer === 0) this.#soon(GATHERING);
  }

  /** Tries once more what went wrong. */
  again() {
    this.#pause = PAUSE;
    this.#soon(0);
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #soon(wait) {
    clearTimeout(this.#timer);
    if (!this.#isClosed && !this.#isLoading) this.#timer = setTimeout(() => this.#load(), wait);
  }

  async #load() {
    this.#timer = 0;
    const { first, last } = this.#bounds();
    const has = (seq) => this.#conversation.loaded.has(seq);
    const missing = gap(Math.max(first, this.#wanted[0]), Math.min(last, this.#wanted[1]), has);
    if (!missing) return;
    this.#isLoading = true;
    let wait = 0;
    try {
      await this.#conversation.load(part(...missing, has));
      if (this.#hasFailed) this.#onProblem(null);
      [this.#hasFailed, this.#pause] = [false, PAUSE];
    } catch (problem) {
      this.#hasFailed = true;
      this.#onProblem(problem);
      wait = this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    } finally {
      this.#isLoading = false;
    }
    this.#soon(wait);
  }
}
