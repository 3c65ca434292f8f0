/**
 * Messages that are shown as answered: those that are not here are fetched, and who shows them is known.
 */

/** Of so many answered messages it is known where they are shown; then the oldest are forgotten. */
const MOST = 500;

export class Quotes {
  #conversation;
  /** answered → answers; null stands for one on its way. @type {Map<number, Set<number | null>>} */
  #answers = new Map();

  /** @param {import('../../chatchat.js').Conversation} conversation */
  constructor(conversation) {
    this.#conversation = conversation;
  }

  /**
   * One is shown as answered by another.
   * @param {number} answered
   * @param {number | null} from null: it is on its way
   */
  shown(answered, from) {
    const answers = this.#answers.get(answered);
    if (answers) {
      answers.add(from);
      return;
    }
    this.#answers.set(answered, new Set([from]));
    if (this.#answers.size > MOST) this.#answers.delete(/** @type {number} */ (this.#answers.keys().next().value));
    // What cannot be fetched is shown as an earlier message.
    if (!this.#conversation.message(answered)) this.#conversation.load({ around: answered, limit: 1 }).catch(() => {});
  }

  /** @param {number} answered @returns {number[]} */
  answersTo(answered) {
    return [...(this.#answers.get(answered) ?? [])].filter((seq) => seq !== null);
  }

  /** Whether something on its way answers it. @param {number} answered */
  isPending(answered) {
    return this.#answers.get(answered)?.has(null) ?? false;
  }
}
