import { t } from '../base/words.js';
import { calledAs, nameOf, titleOf } from '../people/called.js';

/**
 * Who people in a conversation are. What is not known yet is asked for, and told when it has come.
 */
export class Names {
  #chat;
  #conversation;
  #onCome;
  /** @type {Map<string, import('../../chatchat/types.js').User | null>} null: asked for */
  #asked = new Map();
  #isTelling = false;

  /**
   * @param {import('../../chatchat.js').Chatchat} chat
   * @param {import('../../chatchat.js').Conversation} conversation
   * @param {() => void} onCome somebody has become known
   */
  constructor(chat, conversation, onCome) {
    this.#chat = chat;
    this.#conversation = conversation;
    this.#onCome = onCome;
  }

  /**
   * @param {string | null} id
   * @returns {import('../../chatchat/types.js').User | undefined}
   */
  user(id) {
    if (!id) return undefined;
    const { peer } = this.#conversation;
    if (id === this.#chat.me?.id) return this.#chat.me;
    if (id === peer?.id) return peer;
    const known = this.#asked.get(id);
    if (known === undefined) this.#ask(id);
    return known ?? undefined;
  }

  /** What the conversation is called. */
  get title() {
    return titleOf(this.#conversation, this.#chat);
  }

  /** What one calls somebody. @param {string | null} id */
  of(id) {
    const friend = id && this.#chat.friends?.get(id);
    if (friend) return calledAs(friend);
    const user = this.user(id);
    return user ? nameOf(user) : t('talk.somebody');
  }

  /** How somebody is shown: their picture, and what one calls them. @param {string} id */
  look(id) {
    return { id, avatar_url: this.user(id)?.avatar_url, name: this.of(id) };
  }

  /** The name, or "you". @param {string | null} id */
  orYou(id) {
    return id === this.#chat.me?.id ? t('talk.you') : this.of(id);
  }

  /** Those of these whose names are known: name → id. @param {string[]} ids */
  byName(ids) {
    const known = ids.map((id) => [this.user(id)?.name, id]).filter(([name]) => name);
    return new Map(/** @type {[string, string][]} */ (known));
  }

  /** These are known now. @param {import('../../chatchat/types.js').User[]} users */
  learn(users) {
    for (const user of users) this.#asked.set(user.id, user);
  }

  /** @param {string} id */
  async #ask(id) {
    this.#asked.set(id, null);
    try {
      this.#asked.set(id, await this.#chat.user(id));
      this.#tell();
    } catch (problem) {
      if (problem.code === 'not_found') this.#asked.set(id, { id, name: t('talk.deleted_user'), avatar_url: null, bio: '' });
      else this.#asked.delete(id); // asked for again when it is looked for again
    }
  }

  #tell() {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      this.#onCome();
    });
  }
}
