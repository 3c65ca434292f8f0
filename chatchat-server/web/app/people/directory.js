import { allItems } from '../base/pages.js';
import { t } from '../base/words.js';
import { calledAs, nameOf } from './called.js';

/** How many names of strangers are kept at most. */
const MOST_NAMES = 2000;

/**
 * The friends by name, the requests that wait for an answer, and what people are called. Tells `friends`, `requests` and
 * `names` when they change.
 */
export class Directory extends EventTarget {
  #chat;
  #friends = [];
  #requests = [];
  #names = new Map();
  #stop = new AbortController();
  #isFetching = false;
  #isStale = false;

  /** @param {any} chat */
  constructor(chat) {
    super();
    this.#chat = chat;
    const { signal } = this.#stop;
    chat.addEventListener('friends', () => this.#changed(), { signal });
    chat.addEventListener('resync', () => this.reload(), { signal });
    this.#changed();
  }

  /** Whether the friends are known. */
  get isKnown() {
    return this.#chat.friends !== null;
  }

  /** All friends, by name. */
  get friends() {
    return this.#friends;
  }

  /** The friend with this id, if they are one. */
  friend(id) {
    return this.#chat.friends?.get(id);
  }

  /** The requests that one has not answered. */
  get requests() {
    return this.#requests;
  }

  /** What somebody is called, if that is known; if not, it is asked for and told by `names`. */
  knownName(id) {
    const { me } = this.#chat;
    const friend = this.friend(id);
    const known = id === me?.id ? me.name : friend ? calledAs(friend) : this.#names.get(id);
    if (known === undefined) this.#ask(id);
    return known ?? '';
  }

  /** What somebody is called; nothing if that cannot be known. */
  async name(id) {
    return this.knownName(id) || this.#ask(id);
  }

  /** Fetches the requests afresh. */
  async reload() {
    this.#isStale = true;
    if (this.#isFetching) return;
    this.#isFetching = true;
    while (this.#isStale && !this.#stop.signal.aborted) {
      this.#isStale = false;
      await this.#fetch();
    }
    this.#isFetching = false;
  }

  close() {
    this.#stop.abort();
  }

  #changed() {
    this.#friends = [...(this.#chat.friends?.values() ?? [])];
    this.#friends.sort((one, other) => calledAs(one).localeCompare(calledAs(other)));
    this.dispatchEvent(new Event('friends'));
    this.reload();
  }

  async #fetch() {
    const { signal } = this.#stop;
    try {
      this.#requests = await allItems(this.#chat, '/friend-requests?direction=incoming', { signal });
      this.dispatchEvent(new Event('requests'));
    } catch (problem) {
      // They are shown as they were; the next event or connection fetches them again.
      if (!signal.aborted && problem?.code !== 'offline') console.warn(problem);
    }
  }

  async #ask(id) {
    try {
      const name = nameOf(await this.#chat.user(id));
      if (this.#names.get(id) === name) return name;
      this.#names.set(id, name);
      if (this.#names.size > MOST_NAMES) this.#names.delete(this.#names.keys().next().value);
      this.dispatchEvent(new Event('names'));
      return name;
    } catch (problem) {
      if (problem?.code !== 'not_found') return '';
      const name = t('talk.deleted_user');
      this.#names.set(id, name);
      return name;
    }
  }
}
