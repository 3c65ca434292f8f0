/** A set of numbers, kept as ranges: which messages of a conversation are here. */
export class Ranges {
  /** In order, apart from each other; both ends are in. @type {Array<[number, number]>} */
  #ranges = [];

  /** The ranges, in order, both ends included. */
  get all() {
    return this.#ranges.map(([from, to]) => /** @type {[number, number]} */ ([from, to]));
  }

  /** @param {number} number */
  has(number) {
    return this.#ranges.some(([from, to]) => from <= number && number <= to);
  }

  /**
   * @param {number} first
   * @param {number} last
   */
  add(first, last) {
    if (first > last) return;
    const apart = this.#ranges.filter(([from, to]) => to < first - 1 || last + 1 < from);
    const joined = this.#ranges.filter(([from, to]) => to >= first - 1 && last + 1 >= from);
    const from = Math.min(first, ...joined.map(([start]) => start));
    const to = Math.max(last, ...joined.map(([, end]) => end));
    this.#ranges = [...apart, /** @type {[number, number]} */ ([from, to])].sort(([a], [b]) => a - b);
  }

  /**
   * Leaves only what is in between.
   * @param {number} first
   * @param {number} last
   */
  clip(first, last) {
    this.#ranges = this.#ranges
      .map(([from, to]) => /** @type {[number, number]} */ ([Math.max(from, first), Math.min(to, last)]))
      .filter(([from, to]) => from <= to);
  }

  clear() {
    this.#ranges = [];
  }
}
