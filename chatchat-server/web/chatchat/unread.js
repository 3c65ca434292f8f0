/** How many messages that have come since the last count are told apart. */
const MOST = 1000;

/**
 * How much of a conversation is unread. That is never counted up, but derived: from what the service has counted, as of
 * some rev, and from what has come since.
 */
export class Unread {
  /** What the service has counted: up to `seq`, as of `rev`. */
  #base = { rev: 0, seq: 0, unread: 0, mentions: 0 };
  /** What has come since and is unread, by seq. @type {Map<number, {unread: boolean, mention: boolean}>} */
  #since = new Map();
  #readSeq = 0;
  /** Whether the numbers are right: otherwise the service must count afresh. */
  exact = true;

  /** @param {import('./types.js').ConversationView} view */
  constructor(view) {
    this.takeView(view);
  }

  get readSeq() {
    return this.#readSeq;
  }

  get unread() {
    return this.#base.unread + [...this.#since.values()].filter(({ unread }) => unread).length;
  }

  get mentions() {
    return this.#base.mentions + [...this.#since.values()].filter(({ mention }) => mention).length;
  }

  /** @param {import('./types.js').ConversationView} view that the service has just counted */
  takeView({ rev, last_seq, read_seq, unread, mentions }) {
    if (rev < this.#base.rev) return;
    const ahead = this.#readSeq;
    this.#readSeq = read_seq;
    this.#base = { rev, seq: last_seq, unread, mentions };
    this.exact = true;
    this.#forget(last_seq);
    this.read(ahead);
  }

  /**
   * Takes a message, new or changed.
   * @param {import('./types.js').Message} message
   * @param {import('./types.js').Message | undefined} before its state until now, if known
   * @param {string} me
   */
  take(message, before, me) {
    if (message.sender_id === me) this.read(message.seq);
    if (message.rev <= this.#base.rev || message.seq <= this.#readSeq) return;
    const mention = message.mentions.includes(me);
    if (message.seq > this.#base.seq) {
      const unread = message.sender_id !== null && message.sender_id !== me;
      this.#since.set(message.seq, { unread, mention });
      this.#fold();
    } else if (before?.mentions.includes(me) !== mention) {
      this.exact = false;
    }
  }

  /**
   * One has read up to there.
   * @param {number} seq
   */
  read(seq) {
    if (seq <= this.#readSeq) return;
    this.#readSeq = seq;
    this.#forget(seq);
    if (seq >= this.#base.seq) {
      this.#base.unread = this.#base.mentions = 0;
      this.exact = true;
    } else if (this.#base.unread > 0 || this.#base.mentions > 0) {
      this.exact = false;
    }
  }

  /**
   * What the service has said is left unread, until it says more.
   * @param {number} unread
   */
  supposes(unread) {
    const since = this.unread - this.#base.unread;
    this.#base.unread = Math.max(0, unread - since);
    this.#base.mentions = Math.min(this.#base.mentions, this.#base.unread);
  }

  /** What is too much to be told apart becomes part of the count. */
  #fold() {
    if (this.#since.size <= MOST) return;
    this.#base = {
      rev: this.#base.rev,
      seq: Math.max(...this.#since.keys()),
      unread: this.unread,
      mentions: this.mentions,
    };
    this.#since.clear();
  }

  /** @param {number} seq up to which nothing counts any more */
  #forget(seq) {
    for (const each of this.#since.keys()) if (each <= seq) this.#since.delete(each);
  }
}
