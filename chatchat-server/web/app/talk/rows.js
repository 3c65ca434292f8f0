/**
 * The rows of a conversation: a row for each message from the first that one may see to the last, whether it is
 * loaded or not, then those that are on their way.
 */

/** @typedef {import('../../chatchat/types.js').Message} Message */
/** @typedef {import('../../chatchat/types.js').Pending} Pending */

/**
 * @typedef {object} Row
 * @property {string} key A message keeps the key that it had on its way.
 * @property {number | null} seq null: on its way
 * @property {Message} [message] absent while it is not loaded
 * @property {Pending} [pending]
 */

/**
 * What of a conversation the rows look at.
 * @typedef {object} Source
 * @property {number} last_seq
 * @property {number | null} first the first seq that one may see, as far as that is known
 * @property {Pending[]} pending
 * @property {(seq: number) => Message | undefined} message
 */

/** Of so many of the newest messages it is asked whether they have just been on their way. */
const RECENT = 64;

export class TalkRows {
  #source;
  #me;
  #first = 1;
  #last = 0;
  /** @type {Pending[]} */
  #pending = [];

  /**
   * @param {Source} source
   * @param {string} me
   */
  constructor(source, me) {
    this.#source = source;
    this.#me = me;
    this.sync();
  }

  get length() {
    return this.#last - this.#first + 1 + this.#pending.length;
  }

  /** The first seq that has a row. */
  get first() {
    return this.#first;
  }

  /** The last seq that has a row; before `first` if there is none. */
  get last() {
    return this.#last;
  }

  /**
   * @param {number} index
   * @returns {Row}
   */
  at(index) {
    const seq = this.#first + index;
    if (seq > this.#last) {
      const pending = this.#pending[seq - this.#last - 1];
      return { key: `c:${pending.client_id}`, seq: null, pending };
    }
    const message = this.#source.message(seq);
    const isMine = message?.client_id && message.sender_id === this.#me;
    return { key: isMine ? `c:${message.client_id}` : `s:${seq}`, seq, message };
  }

  /**
   * The index of a message's row, -1 if it has none.
   * @param {number} seq
   */
  indexOf(seq) {
    return seq >= this.#first && seq <= this.#last ? seq - this.#first : -1;
  }

  /** The index of the first row that is on its way. */
  get firstPending() {
    return this.#last - this.#first + 1;
  }

  /**
   * Takes over what the conversation is now.
   * @returns {{ at: number, removed: number, added: number }[]} what has changed in the rows, in the order in which to tell it
   */
  sync() {
    const changes = [];
    const [first, last] = [Math.max(1, this.#source.first ?? 1), this.#source.last_seq];
    if (this.#last < this.#first && first !== this.#first) [this.#first, this.#last] = [first, first - 1];
    if (first > this.#first) changes.push({ at: 0, removed: Math.min(first, this.#last + 1) - this.#first, added: 0 });
    if (first < this.#first) changes.push({ at: 0, removed: 0, added: this.#first - first });
    this.#first = first;
    const pending = this.#onTheirWay(last);
    const messages = Math.max(0, this.#last - first + 1);
    const came = Math.max(0, last - Math.max(this.#last, first - 1));
    const stays = came === 0 && isSame(pending, this.#pending);
    if (!stays) changes.push({ at: messages, removed: this.#pending.length, added: came + pending.length });
    this.#last = Math.max(last, first - 1);
    this.#pending = pending;
    return changes;
  }

  /** Those on their way that are not among the messages yet. */
  #onTheirWay(last) {
    const pending = [...this.#source.pending];
    if (pending.length === 0) return pending;
    const arrived = new Set();
    for (let seq = last; seq > last - RECENT && seq > 0; seq -= 1) {
      const message = this.#source.message(seq);
      if (message?.sender_id === this.#me) arrived.add(message.client_id);
    }
    return pending.filter(({ client_id: id }) => !arrived.has(id));
  }
}

const isSame = (one, other) =>
  one.length === other.length && one.every(({ client_id: id }, index) => id === other[index].client_id);
