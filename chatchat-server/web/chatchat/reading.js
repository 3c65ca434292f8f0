import { Problem } from './problem.js';
import { Unread } from './unread.js';

/** How long to gather reasons for the service to count afresh what is unread. */
const RECOUNT_AFTER = 200;

/**
 * @typedef {object} Parts
 * @property {(seq: number) => Promise<{read_seq: number, unread: number}>} tell tells the service that one has read
 * @property {() => Promise<void>} recount has the service count, and the answer taken with `takeView`
 * @property {() => void} onChange
 * @property {import('./clock.js').Clock} clock
 */

/** How far one has read in a conversation, and what is left. */
export class Reading {
  #parts; #counts;
  /** Up to where one has read, if the service has not confirmed it yet. */
  #wish = 0;
  #recounts = false;

  /**
   * @param {Parts} parts
   * @param {import('./types.js').ConversationView} view
   */
  constructor(parts, view) {
    this.#parts = parts;
    this.#counts = new Unread(view);
  }

  get seq() { return this.#counts.readSeq; }

  get unread() { return this.#counts.unread; }

  get mentions() { return this.#counts.mentions; }

  /**
   * One has read up to here. Without a connection, the service is told with the next one.
   * @param {number} seq
   */
  async read(seq) {
    if (seq <= Math.max(this.seq, this.#wish)) return;
    this.#wish = seq;
    this.#counts.read(seq);
    this.#parts.onChange();
    await this.tells();
  }

  /** Tells what the service has not confirmed yet. */
  async tells() {
    const seq = this.#wish;
    if (seq === 0) return;
    try {
      this.takeRead(await this.#parts.tell(seq));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!problem.passes && this.#wish === seq) this.#wish = 0;
    }
  }

  /**
   * One has read, here or elsewhere.
   * @param {{read_seq: number, unread: number}} news
   */
  takeRead({ read_seq, unread }) {
    this.#counts.read(read_seq);
    if (this.#wish <= read_seq) this.#wish = 0;
    if (!this.#counts.exact) this.#counts.supposes(unread);
    void this.#recountIfNeeded();
    this.#parts.onChange();
  }

  /** @param {import('./types.js').ConversationView} view that the service has just counted */
  takeView(view) {
    this.#counts.takeView(view);
    void this.#recountIfNeeded();
  }

  /**
   * @param {import('./types.js').Message} message new or changed
   * @param {import('./types.js').Message | undefined} before its state until now, if known
   * @param {string} me
   */
  takeMessage(message, before, me) {
    this.#counts.take(message, before, me);
    void this.#recountIfNeeded();
  }

  /** Has the service count, where that cannot be derived. */
  async #recountIfNeeded() {
    if (this.#counts.exact || this.#recounts) return;
    this.#recounts = true;
    await this.#parts.clock.sleep(RECOUNT_AFTER);
    this.#recounts = false;
    if (!this.#counts.exact && this.#wish === 0) await this.#parts.recount();
  }
}
