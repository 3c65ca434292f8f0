/** @typedef {{user_id: string, read_seq: number}} Receipt */

/** Up to where each member of a conversation has read. */
export class Receipts {
  /** By user. @type {Map<string, number>} */
  all = new Map();
  /** Whether they have been fetched. */
  loaded = false;

  /** @param {Receipt[]} receipts */
  fill(receipts) {
    this.loaded = true;
    for (const receipt of receipts) this.take(receipt);
  }

  /**
   * A cursor never goes back.
   * @param {Receipt} receipt
   * @returns {boolean} whether that is news
   */
  take({ user_id, read_seq }) {
    if (!this.loaded || (this.all.get(user_id) ?? -1) >= read_seq) return false;
    this.all.set(user_id, read_seq);
    return true;
  }

  clear() {
    this.all.clear();
    this.loaded = false;
  }
}
