/**
 * How far others have read.
 */
export class Reach {
  /** The read cursors of all others, ascending. */
  #cursors = new Float64Array();

  /**
   * @param {Map<string, number>} receipts
   * @param {string} me
   */
  constructor(receipts, me) {
    this.#cursors = Float64Array.from([...receipts].filter(([id]) => id !== me), ([, seq]) => seq).sort();
  }

  /**
   * How many of them have read a message.
   * @param {number} seq
   */
  readers(seq) {
    let [low, high] = [0, this.#cursors.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#cursors[middle] < seq) low = middle + 1;
      else high = middle;
    }
    return this.#cursors.length - low;
  }
}

/**
 * Which messages have been read by somebody since: the lowest and the highest seq; null if none.
 * @param {Map<string, number>} before
 * @param {Map<string, number>} now
 * @returns {{ from: number, to: number } | null}
 */
export function readSince(before, now) {
  let [from, to] = [Infinity, -Infinity];
  for (const [id, seq] of now) {
    const was = before.get(id) ?? 0;
    if (was === seq) continue;
    from = Math.min(from, was + 1, seq);
    to = Math.max(to, seq);
  }
  return to < 0 ? null : { from, to };
}
