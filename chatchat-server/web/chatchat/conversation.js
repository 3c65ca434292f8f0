import { Emitter } from './emitter.js';
import { History } from './history.js';
import { Reading } from './reading.js';
import { Receipts } from './receipts.js';
import { Roster } from './roster.js';
import { Stream } from './stream.js';
import { Syncing } from './syncing.js';
import { Typing } from './typing.js';

/** How many changes a sync asks for at a time. */
const SYNC_PAGE = 100;

/**
 * A conversation, live: everything here follows what happens, and each change is told as a `change` event, whose
 * `detail` is a {@link import('./types.js').Change}.
 */
export class Conversation extends Emitter {
  #host; #stream; #reading; #typing; #syncing;
  #history = new History();
  #receipts = new Receipts();
  /** @type {Roster<import('./types.js').Member>} */
  #members = new Roster(({ user }) => user.id);
  /** The last message as of when nothing was missing, and those beyond it that have come since. */
  #tail = { seq: 0, newer: new Set() };
  /** Grows when what is kept is thrown away, so that answers to earlier questions are dropped. */
  #era = 0;
  /** How far the person's own stream had come at the last setting. */
  #settledAt = 0;

  /**
   * @param {import('./types.js').Host} host
   * @param {import('./types.js').ConversationView} view
   */
  constructor(host, view) {
    super();
    this.#host = host;
    /** @readonly */
    this.id = view.id;
    /** @type {'direct' | 'group'} @readonly */
    this.kind = view.kind;
    /** The name of the group or of the other one. */
    this.title = view.title;
    this.avatar_url = view.avatar_url;
    /** The other one, if there are two. */
    this.peer = view.peer;
    /** The group, with `my_role`; null if there are two. */
    this.group = view.group;
    this.last_message = view.last_message;
    this.last_seq = view.last_seq;
    this.muted = view.muted;
    this.pinned = view.pinned;
    /** Why one is in it no more; null while one is. @type {'kicked' | 'left' | 'deleted' | null} */
    this.gone = null;
    this.#tail.seq = view.last_seq;
    this.#stream = new Stream(view.rev);
    this.#reading = new Reading({
      tell: (seq) => host.request('read', { conversation_id: this.id, seq }),
      recount: () => (this.gone ? Promise.resolve() : this.#fetchAfresh().catch(() => {})),
      onChange: () => this.#tells('settings'),
      clock: host.clock,
    }, view);
    this.#syncing = new Syncing({
      behind: () => this.behind && this.gone === null,
      fetch: () => (this.#keepsNothing ? this.#fetchAfresh() : this.#fetchChanges()),
      clock: host.clock,
    });
    this.#typing = new Typing(host.clock, () => this.#tells('typing'));
  }

  /** The last change that is known. */
  get rev() { return this.#stream.rev; }

  /** Up to where one has read. */
  get read_seq() { return this.#reading.seq; }

  /** How many messages from others one has not read. */
  get unread() { return this.#reading.unread; }

  /** How many of them mention one. */
  get mentions() { return this.#reading.mentions; }

  /** Whether one may write: in a group, or to a friend. Who is muted in a group is told so by the members. */
  get writable() {
    return this.gone === null && (this.peer === null || this.#host.isFriend(this.peer.id));
  }

  /** Which messages are here, as ranges of seqs. @returns {{has(seq: number): boolean, all: Array<[number, number]>}} */
  get loaded() { return this.#history.ranges; }

  /** The seq of the first message that one may read; null as long as that is not known. */
  get first() { return this.#history.first; }

  /** What is on its way, in order. */
  get pending() { return this.#host.outbox.of(this.id); }

  /** The members; null before `loadMembers`. */
  get members() { return this.#members.all && [...this.#members.all.values()]; }

  /** Up to where each has read, by user; empty before `loadReceipts`. */
  get receipts() { return this.#receipts.all; }

  /** The ids of those who are writing now. */
  get typing() { return this.#typing.all; }

  /**
   * @param {number} seq
   * @returns {import('./types.js').Message | undefined} the message, if it is here
   */
  message(seq) { return this.#history.get(seq); }

  /**
   * Fetches a part of the history: what ends before, starts after, or surrounds a seq; the newest if none is given.
   * @param {{before?: number, after?: number, around?: number, limit?: number}} [part] `limit`: 1 to 100
   * @returns {Promise<{items: import('./types.js').Message[], has_more: boolean}>}
   * @throws {import('./problem.js').Problem}
   */
  async load(part = {}) {
    const era = this.#era;
    this.#history.open = true; // what comes before the answer belongs here, too
    this.#host.opened(this);
    const query = new URLSearchParams(Object.entries(part).map(([name, value]) => [name, String(value)]));
    const page = await this.#host.api('GET', `/conversations/${this.id}/messages?${query}`);
    if (era !== this.#era) return this.load(part);
    this.#history.takePage(page, part, this.last_seq);
    for (const message of page.items) this.#host.outbox.confirm(message);
    this.#tells('updated', new Set(page.items.map((/** @type {{seq: number}} */ { seq }) => seq)));
    return page;
  }

  /**
   * Sends a message, sooner or later: it has its place at once, is queued, and kept until the service has it.
   * @param {import('./types.js').TextContent} content
   * @param {{reply_to?: number | null, mentions?: string[]}} [options]
   * @returns {Promise<string>} its client_id, once it is queued
   */
  send(content, options = {}) { return this.#host.outbox.add(this.id, content, options); }

  /**
   * Sends an image or a file, sooner or later; its place is that of the call, too.
   * @param {Blob} blob
   * @param {string} name
   * @param {{reply_to?: number | null, mentions?: string[]}} [options]
   * @returns {Promise<string>} its client_id, once it is queued
   */
  sendFile(blob, name, options = {}) { return this.#host.outbox.addFile(this.id, blob, name, options); }

  /** Tries to send once more what has failed. @param {string} clientId */
  retry(clientId) { return this.#host.outbox.retry(clientId); }

  /** Gives up sending something. @param {string} clientId */
  discard(clientId) { return this.#host.outbox.discard(clientId); }

  /**
   * Puts another text in the place of one's own.
   * @param {number} seq
   * @param {import('./types.js').TextContent} content
   * @throws {import('./problem.js').Problem}
   */
  async edit(seq, content) { await this.#on(seq, 'edit', { content }); }

  /** Erases what a message holds, for everybody. @param {number} seq */
  async recall(seq) { await this.#on(seq, 'recall'); }

  /** @param {number} seq @param {string} emoji */
  async react(seq, emoji) { await this.#on(seq, 'react', { emoji }); }

  /** @param {number} seq @param {string} emoji */
  async unreact(seq, emoji) { await this.#on(seq, 'unreact', { emoji }); }

  /**
   * One has read up to here. Without a connection that is told with the next one.
   * @param {number} seq
   */
  read(seq) { return this.#reading.read(Math.min(seq, this.last_seq)); }

  /** One is writing. Told at most once every three seconds. */
  typingNow() {
    if (this.#typing.mayTell()) this.#host.request('typing', { conversation_id: this.id }).catch(() => {});
  }

  /**
   * Changes one's own settings.
   * @param {{muted?: boolean, pinned?: boolean}} settings
   * @throws {import('./problem.js').Problem}
   */
  async set(settings) {
    const asOf = this.#host.userRev;
    this.takeView(await this.#host.api('PATCH', `/conversations/${this.id}`, settings), asOf);
  }

  /**
   * Fetches the members, who are kept live from then on.
   * @returns {Promise<import('./types.js').Member[]>}
   * @throws {import('./problem.js').Problem}
   */
  async loadMembers() {
    if (this.kind === 'direct') return [];
    const { api } = this.#host;
    await this.#members.load((query) => api('GET', `/groups/${this.id}/members?${query}`));
    this.#tells('members');
    return this.members ?? [];
  }

  /**
   * Fetches up to where each has read, which is kept live from then on.
   * @throws {import('./problem.js').Problem}
   */
  async loadReceipts() {
    this.#receipts.fill((await this.#host.api('GET', `/conversations/${this.id}/receipts`)).items);
    this.#tells('receipts');
    return this.receipts;
  }

  // What follows is for the client that this conversation belongs to.

  /** An event of this conversation's stream. @param {import('./types.js').ServerEvent} event @package */
  take(event) {
    this.#applyAll(this.#stream.take(event));
    void this.catchUp();
  }

  /**
   * How the service describes it now.
   * @param {import('./types.js').ConversationView} view
   * @param {number} asOf how far the person's own stream had come when that was asked for
   * @param {{anew?: boolean}} [options] `anew`: all else that is known of it is out of date
   * @package
   */
  takeView(view, asOf, { anew = false } = {}) {
    if (asOf >= this.#settledAt) ({ muted: this.muted, pinned: this.pinned } = view);
    this.#reading.takeView(view);
    if (this.kind === 'direct') ({ title: this.title, avatar_url: this.avatar_url, peer: this.peer } = view);
    if (anew) this.forget();
    if (anew || (this.#keepsNothing && view.rev >= this.rev)) this.#startOver(view);
    else this.#stream.expects(view.rev);
    if (anew) this.#tells('reset');
    this.#tells('settings');
    void this.catchUp();
  }

  /** The service is at this rev. @param {number} rev @package */
  expects(rev) { this.#stream.expects(rev); }

  /** Whether something has happened that is not here yet. @package */
  get behind() { return this.#stream.behind; }

  /** Whether messages of it are kept. @package */
  get isOpen() { return this.#history.open; }

  /** Fetches what was missed, if anything was, or `anyway`. @param {{anyway?: boolean}} [options] @package */
  catchUp(options) { return this.#syncing.catchUp(options); }

  /** There is a connection again. @package */
  async greeted() {
    await this.#reading.tells();
    if (this.#receipts.loaded) await this.loadReceipts().catch(() => {});
  }

  /** One has read, here or elsewhere. @param {{read_seq: number, unread: number}} news @package */
  takeRead(news) { this.#reading.takeRead(news); }

  /** @param {{muted: boolean, pinned: boolean}} settings @package */
  takeSettings({ muted, pinned }) {
    this.#settledAt = this.#host.userRev;
    this.muted = muted;
    this.pinned = pinned;
    this.#tells('settings');
  }

  /** @param {{user_id: string, read_seq: number}} receipt @package */
  takeReceipt(receipt) {
    if (this.#receipts.take(receipt)) this.#tells('receipts');
  }

  /** @param {string} userId @package */
  takeTyping(userId) {
    if (userId !== this.#host.me) this.#typing.take(userId);
  }

  /** One is in it no more. @param {'kicked' | 'left' | 'deleted'} reason @package */
  takeRemoval(reason) {
    this.gone = reason;
    this.#tells('removed');
  }

  /** What is on its way has changed. @package */
  pendingChanged() { this.#tells('pending'); }

  /** Whether one may write has changed. @package */
  friendshipChanged() { this.#tells('settings'); }

  /** Keeps no more than a list of conversations needs. @package */
  forget() {
    this.#era += 1;
    this.#history.clear();
    this.#members.clear();
    this.#receipts.clear();
  }

  get #keepsNothing() { return !this.#history.open && !this.#members.loading && this.#members.all === null; }

  /** @param {import('./types.js').ConversationView} view */
  #startOver(view) {
    ({ title: this.title, avatar_url: this.avatar_url, group: this.group } = view);
    ({ last_message: this.last_message, last_seq: this.last_seq } = view);
    this.#tail = { seq: view.last_seq, newer: new Set() };
    this.#applyAll(this.#stream.startOver(view.rev));
  }

  async #fetchChanges() {
    for (let more = true; more; ) {
      const asked = { conversation_id: this.id, after_rev: this.rev, limit: SYNC_PAGE };
      const page = await this.#host.request('sync', asked);
      if (page.reset) return this.#fetchAfresh({ anew: true });
      this.#takePage(page);
      more = page.has_more;
    }
  }

  /** @param {{anew?: boolean}} [options] */
  async #fetchAfresh(options) {
    const asOf = this.#host.userRev;
    this.takeView(await this.#host.api('GET', `/conversations/${this.id}`), asOf, options);
  }

  /** @param {import('./types.js').ChangesPage} page */
  #takePage(page) {
    const { applies, events } = this.#stream.takePage(page);
    if (applies) {
      for (const message of page.messages) this.#takeMessage(message);
      for (const member of page.members) this.#takeMember(member);
      if (page.group) this.#takeGroup(page.group);
    }
    this.#applyAll(events);
  }

  /** @param {import('./types.js').ServerEvent[]} events */
  #applyAll(events) {
    for (const { event, data } of events) {
      if (event === 'message' || event === 'message_updated') this.#takeMessage(data.message);
      else if (event === 'member') this.#takeMember(data.member);
      else if (event === 'member_removed') this.#takeMember({ user_id: data.user_id, removed: true });
      else if (event === 'group') this.#takeGroup(data.group);
      else if (event === 'conversation_removed') this.takeRemoval(data.reason);
    }
    if (!this.behind) this.#tail = { seq: this.last_seq, newer: new Set() };
  }

  /** @param {import('./types.js').Message} message */
  #takeMessage(message) {
    const { seq, sender_id } = message;
    const isNew = seq > this.#tail.seq && !this.#tail.newer.has(seq);
    if (isNew) this.#tail.newer.add(seq);
    this.#reading.takeMessage(message, this.#history.get(seq), this.#host.me);
    this.#history.take(message, isNew);
    if (seq > this.last_seq || (seq === this.last_seq && message.rev > (this.last_message?.rev ?? 0))) {
      this.last_seq = seq;
      this.last_message = message;
    }
    this.#host.outbox.confirm(message);
    this.#tells(isNew ? 'message' : 'updated', new Set([seq]));
    if (isNew && sender_id !== null) this.#typing.ends(sender_id);
    if (isNew && sender_id !== null && sender_id !== this.#host.me) this.#host.heard(this, message);
  }

  /** @param {import('./types.js').Member | {user_id: string, removed: true}} member */
  #takeMember(member) {
    if ('removed' in member) {
      this.#members.take(member.user_id, null);
    } else {
      this.#members.take(member.user.id, member);
      if (member.user.id === this.#host.me && this.group) this.group = { ...this.group, my_role: member.role };
    }
    this.#tells('members');
  }

  /** @param {import('./types.js').Group} group which is the same for all */
  #takeGroup(group) {
    this.group = { ...group, my_role: this.group?.my_role ?? null };
    this.title = group.name;
    this.avatar_url = group.avatar_url;
    this.#tells('group');
  }

  /**
   * @param {number} seq
   * @param {string} op
   * @param {object} [data]
   */
  #on(seq, op, data = {}) {
    return this.#host.request(op, { conversation_id: this.id, seq, ...data });
  }

  /**
   * @param {import('./types.js').Change['kind']} kind
   * @param {Set<number> | null} [seqs]
   */
  #tells(kind, seqs = null) {
    this.tell('change', { kind, seqs });
    this.#host.changed(this);
  }
}
