/** How long something is in view before it is read, milliseconds. */
const GLANCE = 250;

/**
 * Marks as read what somebody sees: messages in view, while the page is looked at.
 */
export class Reading {
  #conversation;
  #lastSeen;
  #timer = 0;
  #listening = new AbortController();

  /**
   * @param {import('../../chatchat.js').Conversation} conversation
   * @param {() => number} lastSeen the last message in view; 0 if there is none
   */
  constructor(conversation, lastSeen) {
    this.#conversation = conversation;
    this.#lastSeen = lastSeen;
    const { signal } = this.#listening;
    addEventListener('focus', () => this.look(), { signal });
    document.addEventListener('visibilitychange', () => this.look(), { signal });
  }

  /** Something else may be in view. */
  look() {
    if (this.#timer || !isLookedAt()) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      const seq = this.#lastSeen();
      if (isLookedAt() && seq > this.#conversation.read_seq) this.#conversation.read(seq);
    }, GLANCE);
  }

  close() {
    this.#listening.abort();
    clearTimeout(this.#timer);
  }
}

/** Whether the page is before somebody's eyes. */
export const isLookedAt = () => document.visibilityState === 'visible' && document.hasFocus();
