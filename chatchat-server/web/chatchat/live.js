import { backoff } from './clock.js';
import { Directory } from './directory.js';
import { Outbox } from './outbox.js';
import { People } from './people.js';
import { Problem } from './problem.js';

/** How many conversations a `hello` names: a frame has 64 KiB. */
const MOST_RESUMED = 1000;
/** From how many conversations with news on, the list is fetched instead of each. */
const MOST_ALONE = 10;

/**
 * Everything that is live for whoever is logged in: takes what the connection brings to where it belongs.
 */
export class Live {
  #connection; #clock; #tell;
  /** How far the person's own stream has come; null before the first greeting. @type {number | null} */
  #userRev = null;
  #sessionId = '';
  /** Ends what is tried until it is done: each greeting begins that anew. */
  #round = new AbortController();

  /**
   * @param {object} parts
   * @param {string} parts.me
   * @param {import('./http.js').Http} parts.http
   * @param {import('./connection.js').Connection} parts.connection
   * @param {import('./clock.js').Clock} parts.clock
   * @param {import('./store.js').Store} parts.store
   * @param {import('./tabs.js').Locks} parts.locks
   * @param {import('./tabs.js').Channel} parts.channel
   * @param {(type: string, detail?: unknown) => void} parts.tell at once
   * @param {(type: string) => void} parts.tellSoon
   */
  constructor({ me, http, connection, clock, store, locks, channel, tell, tellSoon }) {
    this.#connection = connection;
    this.#clock = clock;
    this.#tell = tell;
    const api = http.api.bind(http);
    const request = connection.request.bind(connection);
    const post = {
      online: () => connection.state === 'online',
      request,
      upload: http.upload.bind(http),
      rev: (/** @type {string} */ id) => this.directory.get(id)?.rev ?? Infinity,
      changed: (/** @type {string} */ id) => this.directory.get(id)?.pendingChanged(),
    };
    this.outbox = new Outbox({ userId: me, store, locks, channel, clock, post });
    this.people = new People(api, (friend, userId) => this.#befriended(friend, userId));
    const live = this;
    const host = {
      me,
      get userRev() { return live.#userRev ?? 0; },
      api,
      request,
      clock,
      outbox: this.outbox,
      isFriend: (/** @type {string} */ userId) => this.people.isFriend(userId),
      heard: (/** @type {any} */ conversation, /** @type {any} */ message) => tell('message', { conversation, message }),
    };
    /** @type {Directory} */
    this.directory = new Directory(host, () => tellSoon('conversations'));
  }

  /** What is known already, for `hello`. */
  resume() {
    if (this.#userRev === null) return undefined;
    const known = this.directory.all.slice(0, MOST_RESUMED).map(({ id, rev }) => [id, rev]);
    return { user_rev: this.#userRev, conversations: Object.fromEntries(known) };
  }

  /**
   * The connection was made, or made anew.
   * @param {{session_id: string, user_rev: number, conversations: import('./types.js').Head[], more: boolean}} greeting
   */
  async greeted({ session_id, user_rev, conversations, more }) {
    const whole = this.#userRev !== user_rev || !this.directory.compared;
    const known = this.#userRev !== null;
    this.#userRev = user_rev;
    this.#sessionId = session_id;
    for (const { id, rev } of conversations) this.directory.get(id)?.expects(rev);
    this.outbox.go();
    this.#round.abort();
    this.#round = new AbortController();
    const missed = async () => {
      await this.#catchUp({ whole, alone: !whole && !more });
      if (known && whole) this.#tell('resync');
    };
    await Promise.all([this.#persists(() => this.#loadFriends()), this.#persists(missed)]);
  }

  /** There is a connection. */
  connected() {
    this.outbox.connected();
  }

  /** There is none: the next greeting begins anew what fails now. */
  disconnected() {
    this.#round.abort();
    void this.outbox.disconnected();
  }

  /**
   * Fetches what was missed.
   * @param {{whole: boolean, alone: boolean}} how `alone`: if little was missed, it is fetched by itself
   */
  async #catchUp({ whole, alone }) {
    const behind = this.directory.all.filter((each) => each.behind);
    // What one looks at comes first.
    const open = this.directory.all.filter(({ isOpen }) => isOpen);
    await Promise.all(open.map((each) => each.catchUp()));
    await Promise.all(this.directory.all.map((each) => each.greeted()));
    if (alone && behind.length <= MOST_ALONE) await Promise.all(behind.map((each) => each.catchUp()));
    else await this.directory.compare({ whole });
  }

  async #loadFriends() {
    await this.people.loadFriends();
    this.#tell('friends');
  }

  /**
   * Does something, in the end: whoever waits for it is not to wait for ever.
   * @param {() => Promise<void>} work
   */
  async #persists(work) {
    const { signal } = this.#round;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        return await work();
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        const wait = backoff(attempt, this.#clock.random());
        await this.#clock.sleep(Math.max(wait, (problem.retryAfter ?? 0) * 1000), signal);
      }
    }
  }

  /** @param {import('./types.js').ServerEvent} event */
  take(event) {
    if (event.rev !== undefined) this.directory.take(event);
    else if (event.user_rev !== undefined) this.#takeNews(event, event.user_rev);
    else this.#takeSignal(event);
  }

  /** Ends what is under way. */
  close() {
    this.#round.abort();
    this.outbox.pause();
    this.directory.close();
  }

  /**
   * The person's own stream, by the same rule; a hole is filled by fetching the lists afresh.
   * @param {import('./types.js').ServerEvent} event
   * @param {number} rev
   */
  #takeNews(event, rev) {
    if (this.#userRev === null || rev <= this.#userRev) return;
    const hole = rev > this.#userRev + 1;
    this.#userRev = rev;
    this.#applyNews(event);
    if (!hole) return;
    void this.#persists(() => this.directory.compare({ whole: true }));
    void this.#persists(() => this.#loadFriends());
    this.#tell('resync');
  }

  /** @param {import('./types.js').ServerEvent} event */
  #applyNews({ event, data }) {
    const known = data.conversation_id && this.directory.get(data.conversation_id);
    if (event === 'read') known?.takeRead(data);
    else if (event === 'settings') known?.takeSettings(data);
    else if (event === 'conversation_added') this.#added(data.conversation);
    else if (event === 'conversation_removed') this.#removed(data);
    else if (event === 'friend') this.people.takeFriend(data.friend);
    else if (event === 'friend_removed') this.people.losesFriend(data.user_id);
    else if (event === 'session_ended') this.#sessionEnded(data.session_id);
    if (event.startsWith('friend')) this.#tell('friends');
  }

  /** @param {import('./types.js').ConversationView} view */
  #added(view) {
    this.directory.adopt(view, this.#userRev ?? 0, this.#clock.now());
    if (view.kind === 'group') this.#tell('groups');
  }

  /** @param {{conversation_id: string, reason: 'kicked' | 'left' | 'deleted' | 'unfriended'}} removal */
  #removed({ conversation_id, reason }) {
    // Who is no friend any more is still read; that it cannot be written to follows from the friends.
    if (reason === 'unfriended') return;
    this.directory.remove(conversation_id, reason);
    this.#tell('groups');
  }

  /** @param {string} sessionId */
  #sessionEnded(sessionId) {
    if (sessionId !== this.#sessionId) this.#tell('sessions');
  }

  /** @param {import('./types.js').ServerEvent} event which does not last */
  #takeSignal({ event, data }) {
    const conversation = data.conversation_id && this.directory.get(data.conversation_id);
    if (event === 'typing') conversation?.takeTyping(data.user_id);
    else if (event === 'receipt') conversation?.takeReceipt(data);
    else if (event === 'presence') this.#takePresence(data);
    else if (event === 'resync') this.#resync(conversation);
  }

  /** @param {{user_id: string} & import('./types.js').Presence} presence */
  #takePresence(presence) {
    this.people.takePresence(presence);
    this.#tell('presence', presence);
  }

  /**
   * Something was missed of this conversation; of any, if it is none.
   * @param {import('./conversation.js').Conversation | undefined} conversation
   */
  #resync(conversation) {
    if (conversation) void conversation.catchUp({ anyway: true });
    else this.#connection.greetAgain().catch(() => {}); // whoever is not connected is greeted anyway
    this.#tell('resync');
  }

  /**
   * @param {import('./types.js').Friend | null} friend
   * @param {string} userId
   */
  #befriended(friend, userId) {
    const conversation = friend
      ? this.directory.get(friend.conversation_id)
      : this.directory.all.find(({ peer }) => peer?.id === userId);
    conversation?.friendshipChanged();
  }
}
