import { Conversation } from './conversation.js';
import { Problem } from './problem.js';

/** How many conversations a page has. */
const PAGE = 100;
/** A pause between pages, as nobody waits for the later ones. */
const BETWEEN_PAGES = 50;
/** How often a page is tried when the service is busy. */
const ATTEMPTS = 5;
/** Of how many conversations messages are kept. */
const MOST_OPEN = 20;
/** By how many milliseconds one in which nothing was said is taken to be older than the one before it in the list. */
const AFTER = 0.001;

/**
 * A conversation, and by what it has its place: when something was said in it, in milliseconds, and whether it is pinned.
 * @typedef {{conversation: Conversation, activity: number, pinned: boolean}} Place
 */

/** All conversations that one is in: pinned ones first, then newest activity first. */
export class Directory {
  #host; #onChange; #clock; #api;
  /** @type {Map<string, Place>} */
  #places = new Map();
  /** @type {Conversation[] | null} */
  #sorted = null;
  /** The newest rev that was heard of conversations which are not here yet. @type {Map<string, number>} */
  #heard = new Map();
  /** @type {Map<string, Promise<Conversation>>} */
  #learning = new Map();
  /** Conversations of which messages are kept, the last one used last. @type {Set<Conversation>} */
  #open = new Set();
  /** Grows with each listing, so that an earlier one stops. */
  #listing = 0;
  /** Whether all are here. */
  complete = false;
  /** Whether the last comparison of all has come to its end. */
  compared = false;

  /**
   * @param {Omit<import('./types.js').Host, 'changed' | 'opened'>} host
   * @param {() => void} onChange
   */
  constructor(host, onChange) {
    this.#host = Object.assign(host, {
      changed: (/** @type {Conversation} */ conversation) => this.#changed(conversation),
      opened: (/** @type {Conversation} */ conversation) => this.#opened(conversation),
    });
    this.#clock = host.clock;
    this.#api = host.api;
    this.#onChange = onChange;
  }

  /** All that are here, in order. @returns {readonly Conversation[]} */
  get all() {
    this.#sorted ??= [...this.#places.values()].sort(byPlace).map(({ conversation }) => conversation);
    return this.#sorted;
  }

  /** @param {string} id */
  get(id) {
    return this.#places.get(id)?.conversation;
  }

  /**
   * The conversation, fetched if it is not here.
   * @param {string} id
   * @returns {Promise<Conversation>}
   * @throws {Problem}
   */
  async learn(id) {
    const known = this.get(id);
    if (known) return known;
    const learning = this.#learning.get(id) ?? this.#fetch(id).finally(() => this.#learning.delete(id));
    this.#learning.set(id, learning);
    return learning;
  }

  /** An event of a conversation's stream. @param {import('./types.js').ServerEvent} event */
  take(event) {
    const id = event.conversation_id ?? '';
    const known = this.get(id);
    if (known) return known.take(event);
    if (event.event === 'conversation_removed') return;
    this.#heard.set(id, Math.max(this.#heard.get(id) ?? 0, event.rev ?? 0));
    this.learn(id).catch(() => this.#heard.delete(id));
  }

  /**
   * How the service describes a conversation now.
   * @param {import('./types.js').ConversationView} view
   * @param {number} asOf how far the person's own stream had come when that was asked for
   * @param {number} activity when something was said in it, if the view does not tell
   * @returns {Conversation}
   */
  adopt(view, asOf, activity) {
    const known = this.get(view.id);
    const conversation = known ?? new Conversation(/** @type {import('./types.js').Host} */ (this.#host), view);
    if (!known) {
      this.#places.set(view.id, { conversation, activity: saidAt(view) ?? activity, pinned: view.pinned });
      this.#sorted = null;
    }
    conversation.expects(this.#heard.get(view.id) ?? 0);
    this.#heard.delete(view.id);
    conversation.takeView(view, asOf);
    return conversation;
  }

  /**
   * One is in it no more.
   * @param {string} id
   * @param {'kicked' | 'left' | 'deleted'} reason
   */
  remove(id, reason) {
    this.get(id)?.takeRemoval(reason);
  }

  /**
   * Compares with the service, page by page.
   * @param {{whole: boolean}} options false: only until nothing is behind and a page holds no news
   */
  async compare({ whole }) {
    const listing = ++this.#listing;
    if (whole) this.compared = false;
    const unseen = new Set(this.#places.keys());
    let activity = this.#clock.now();
    for (let query = `limit=${PAGE}`, more = true; more; ) {
      const asOf = this.#host.userRev;
      const { items, next_cursor } = await this.#page(query);
      if (listing !== this.#listing) return;
      const isNews = items.some((/** @type {any} */ { id, rev }) => this.get(id)?.rev !== rev);
      for (const view of items) {
        activity = saidAt(view) ?? activity - AFTER;
        this.adopt(view, asOf, activity);
        unseen.delete(view.id);
      }
      this.#onChange();
      if (!whole && !isNews && !this.all.some(({ behind }) => behind)) return;
      query = `limit=${PAGE}&cursor=${encodeURIComponent(next_cursor ?? '')}`;
      more = next_cursor !== null;
      if (more) await this.#clock.sleep(BETWEEN_PAGES);
    }
    this.complete = true;
    // What has moved to the front between two pages was not seen, but is there.
    for (const id of unseen) await this.#verify(id);
    this.compared ||= listing === this.#listing;
    this.#onChange();
  }

  /** Ends what is under way. */
  close() {
    this.#listing += 1;
  }

  /**
   * @param {string} query
   * @returns {Promise<any>}
   */
  async #page(query) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#api('GET', `/conversations?${query}`);
      } catch (problem) {
        const again = problem instanceof Problem && problem.passes && problem.code !== 'offline' && attempt < ATTEMPTS;
        if (!again) throw problem;
        await this.#clock.sleep((problem.retryAfter ?? attempt) * 1000);
      }
    }
  }

  /** Removes the conversation if one is in it no more. @param {string} id */
  async #verify(id) {
    try {
      await this.#fetch(id);
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 404) throw problem;
      this.remove(id, 'left');
    }
  }

  /** @param {string} id */
  async #fetch(id) {
    const asOf = this.#host.userRev;
    const view = await this.#api('GET', `/conversations/${id}`);
    return this.adopt(view, asOf, this.#clock.now());
  }

  /** @param {Conversation} conversation */
  #changed(conversation) {
    const place = this.#places.get(conversation.id);
    if (place?.conversation !== conversation) return;
    const { pinned, gone } = conversation;
    const activity = Math.max(place.activity, saidAt(conversation) ?? 0);
    if (gone) {
      this.#places.delete(conversation.id);
      this.#open.delete(conversation);
    }
    // Most of what happens, such as that somebody writes, moves nothing.
    if (gone || activity !== place.activity || pinned !== place.pinned) this.#sorted = null;
    Object.assign(place, { activity, pinned });
    this.#onChange();
  }

  /** Forgets the messages of those that were not looked at for the longest time. @param {Conversation} conversation */
  #opened(conversation) {
    this.#open.delete(conversation);
    this.#open.add(conversation);
    const [oldest] = this.#open;
    if (this.#open.size <= MOST_OPEN || !oldest) return;
    this.#open.delete(oldest);
    oldest.forget();
  }
}

/** @param {{last_message: import('./types.js').Message | null}} conversation */
const saidAt = ({ last_message }) => (last_message ? Date.parse(last_message.created_at) : null);

/**
 * @param {Place} a
 * @param {Place} b
 */
function byPlace(a, b) {
  const pinned = Number(b.pinned) - Number(a.pinned);
  return pinned || b.activity - a.activity || (a.conversation.id < b.conversation.id ? 1 : -1);
}
