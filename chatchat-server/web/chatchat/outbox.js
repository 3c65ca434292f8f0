import { Problem } from './problem.js';
import { Turn } from './turn.js';

/** How many messages may be on their way. */
const MOST = 500;
/** How many conversations are sent to at the same time. */
const LANES = 4;
/** The longest rest after something went wrong that passes. */
const LONGEST_REST = 30_000;

/** @typedef {import('./types.js').Attachment} Attachment */
/** @typedef {import('./types.js').Message} Message */

/**
 * What is on its way, as it is kept.
 * @typedef {import('./types.js').Pending & Kept} Entry
 */

/**
 * @typedef {object} Kept
 * @property {string} user_id who has written it
 * @property {number} order its place among all that is on its way
 * @property {Attachment | null} attachment what was uploaded for it
 * @property {number | null} storedAt the rev of the message, once the service has it and the stream is still to bring it
 */

/** @typedef {{onProgress: (part: number) => void, signal: AbortSignal}} UploadOptions */

/**
 * @typedef {object} Post
 * How the outbox reaches the world.
 * @property {() => boolean} online
 * @property {(op: string, data: object) => Promise<Message>} request
 * @property {(blob: Blob, name: string, options: UploadOptions) => Promise<Attachment>} upload
 * @property {(conversationId: string) => number} rev how far its stream has come here; Infinity if it is not here
 * @property {(conversationId: string) => void} changed what is on its way there has changed
 */

/**
 * What one has written and the service does not have yet. Each entry is stored before anything else happens to it, sent
 * in order, and forgotten once the service has acknowledged it: a reload or a crash loses nothing, and as an entry keeps
 * its `client_id`, nothing is stored twice. Of several tabs with a connection one sends for all.
 */
export class Outbox {
  #userId; #store; #channel; #clock; #post; #turn;
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** The sending to each conversation that is sent to now. @type {Map<string, Promise<void>>} */
  #lanes = new Map();
  /** What is uploaded now, by client_id. @type {Map<string, AbortController>} */
  #uploads = new Map();
  #lastOrder = 0;
  /** What other tabs have told is taken one by one. */
  #hearing = Promise.resolve();

  /**
   * @param {object} parts
   * @param {string} parts.userId
   * @param {import('./store.js').Store} parts.store
   * @param {import('./tabs.js').Locks} parts.locks
   * @param {import('./tabs.js').Channel} parts.channel
   * @param {import('./clock.js').Clock} parts.clock
   * @param {Post} parts.post
   */
  constructor({ userId, store, locks, channel, clock, post }) {
    this.#userId = userId;
    this.#store = store;
    this.#channel = channel;
    this.#clock = clock;
    this.#post = post;
    this.#turn = new Turn({
      locks,
      name: `outbox:${userId}`,
      clock,
      begin: () => this.#recall(), // what another tab has done in its last moment was not told
      end: () => Promise.all(this.#lanes.values()),
    });
    channel.listen('outbox', (news) => {
      this.#hearing = this.#hearing.then(() => this.#hears(news)).catch(() => {}); // the next turn reads all again
    });
  }

  /** Reads what was left of earlier visits. */
  open() {
    return this.#recall();
  }

  /** There is a connection: sends, if no other tab does. */
  connected() {
    this.#turn.take(() => this.go());
  }

  /** There is no connection: if that lasts, another tab is to send. */
  disconnected() {
    return this.#turn.mayLeave();
  }

  /** Sends nothing more until there is a connection again, and lets another tab send. */
  pause() {
    this.#turn.leave();
    for (const upload of this.#uploads.values()) upload.abort(Problem.offline());
  }

  /** Forgets all that is on its way, also what is just being stored. */
  async clear() {
    this.pause();
    const stored = (await this.#stored()) ?? [];
    const all = new Set([...this.#entries.keys(), ...stored.map(({ client_id }) => client_id)]);
    await Promise.allSettled([...all].map((clientId) => this.discard(clientId)));
  }

  /**
   * What is on its way to a conversation, in order.
   * @param {string} conversationId
   * @returns {import('./types.js').Pending[]}
   */
  of(conversationId) {
    const rev = this.#post.rev(conversationId);
    return this.#inOrder().filter(
      ({ conversation_id, storedAt }) => conversation_id === conversationId && (storedAt === null || storedAt > rev),
    );
  }

  /**
   * @param {string} conversationId
   * @param {import('./types.js').TextContent} content
   * @param {{reply_to?: number | null, mentions?: string[]}} options
   */
  add(conversationId, content, options) {
    return this.#queue(conversationId, content, null, options);
  }

  /**
   * @param {string} conversationId
   * @param {Blob} blob
   * @param {string} name
   * @param {{reply_to?: number | null, mentions?: string[]}} options
   */
  addFile(conversationId, blob, name, options) {
    const type = /^image\/(png|jpeg|webp|gif)$/.test(blob.type) ? 'image' : 'file';
    const content = { type: /** @type {'image' | 'file'} */ (type), name, size: blob.size, content_type: blob.type };
    return this.#queue(conversationId, content, blob, options);
  }

  /** @param {string} clientId */
  async retry(clientId) {
    const entry = this.#entries.get(clientId);
    if (entry?.state !== 'failed') return;
    await this.#notes({ ...entry, state: 'waiting', problem: null });
    this.go();
  }

  /** @param {string} clientId */
  async discard(clientId) {
    this.#drop(clientId);
    await this.#store.delete(clientId);
    this.#channel.say('outbox', { discarded: clientId });
  }

  /**
   * A message is known to be stored: if it is one of these, it is not on its way any more.
   * @param {Message} message
   */
  confirm({ sender_id, client_id }) {
    if (sender_id !== this.#userId || !client_id || !this.#entries.has(client_id)) return;
    this.#drop(client_id);
    void this.#forget(client_id);
  }

  /** Sends what waits, if this tab is the one that sends and there is a connection. */
  go() {
    for (const { conversation_id, state } of this.#inOrder()) {
      const busy = this.#lanes.has(conversation_id) || this.#lanes.size >= LANES;
      if (this.#mayGo && state === 'waiting' && !busy) this.#openLane(conversation_id);
    }
  }

  #inOrder() {
    return [...this.#entries.values()].sort((a, b) => a.order - b.order);
  }

  /** What is stored of this person; null if that cannot be read: all goes on with what is here. */
  async #stored() {
    const all = await this.#store.all().catch(() => null);
    return all?.filter(({ user_id }) => user_id === this.#userId) ?? null;
  }

  async #recall() {
    const stored = await this.#stored();
    if (!stored) return;
    const ids = new Set(stored.map(({ client_id }) => client_id));
    for (const { client_id, state } of this.#inOrder()) {
      if (state === 'waiting' && !ids.has(client_id)) this.#drop(client_id);
    }
    for (const entry of stored) this.#keep(entry);
  }

  get #mayGo() {
    return this.#turn.isOurs && this.#post.online();
  }

  /**
   * @param {string} conversation_id
   * @param {import('./types.js').Pending['content']} content
   * @param {Blob | null} blob
   * @param {{reply_to?: number | null, mentions?: string[]}} options
   * @returns {Promise<string>}
   */
  async #queue(conversation_id, content, blob, { reply_to = null, mentions = [] }) {
    if (this.#entries.size >= MOST) {
      throw new Problem({ status: 0, code: 'outbox_full', title: 'Too much is waiting to be sent.' });
    }
    const client_id = uniqueId();
    this.#lastOrder = Math.max(this.#clock.now(), this.#lastOrder + 1);
    const created_at = new Date(this.#clock.now()).toISOString();
    /** @type {Entry} */
    const entry = {
      client_id, conversation_id, user_id: this.#userId, order: this.#lastOrder, created_at, content, reply_to, mentions,
      blob, attachment: null, state: 'waiting', problem: null, progress: 0, storedAt: null,
    };
    await this.#put(entry);
    this.#keep(entry);
    this.#post.changed(conversation_id);
    this.go();
    return client_id;
  }

  /** @param {string} conversationId */
  #openLane(conversationId) {
    const lane = Promise.resolve()
      .then(() => this.#drain(conversationId))
      .finally(() => {
        this.#lanes.delete(conversationId);
        this.go();
      });
    this.#lanes.set(conversationId, lane);
  }

  /** Sends what waits for one conversation, one after the other. @param {string} conversationId */
  async #drain(conversationId) {
    const { signal } = this.#turn;
    let rests = 0;
    for (let entry = this.#next(conversationId); entry && this.#mayGo; entry = this.#next(conversationId)) {
      const rest = await this.#deliver(entry);
      rests = rest === null ? 0 : rests + 1;
      if (rest !== null) await this.#clock.sleep(Math.min(rest * 2 ** (rests - 1), LONGEST_REST), signal);
    }
  }

  /** @param {string} conversationId */
  #next(conversationId) {
    const waiting = this.of(conversationId).find(({ state }) => state === 'waiting');
    return waiting && this.#entries.get(waiting.client_id);
  }

  /**
   * @param {Entry} entry
   * @returns {Promise<number | null>} milliseconds to rest before trying the same again; null: it is done with
   */
  async #deliver(entry) {
    this.#shows({ ...entry, state: 'sending' });
    try {
      const ready = entry.blob && !entry.attachment ? await this.#uploaded(entry, entry.blob) : entry;
      if (!ready) return null;
      const { conversation_id, client_id, reply_to, mentions } = ready;
      const content = ready.attachment
        ? { type: ready.content.type, attachment_id: ready.attachment.attachment_id }
        : ready.content;
      await this.#isSent(await this.#post.request('send', { conversation_id, client_id, content, reply_to, mentions }));
      return null;
    } catch (error) {
      return this.#isRefused(this.#entries.get(entry.client_id), error);
    }
  }

  /**
   * @param {Entry} entry
   * @param {Blob} blob
   * @returns {Promise<Entry | null>} null if it was given up meanwhile
   */
  async #uploaded(entry, blob) {
    const { name } = /** @type {{name: string}} */ (entry.content);
    const attachment = await this.#upload(entry, blob, name);
    const type = attachment.width === undefined ? 'file' : 'image';
    const content = { type: /** @type {'image' | 'file'} */ (type), name, size: blob.size, content_type: blob.type };
    // It is to be sent with this attachment alone: with another one, it would be another message.
    const ready = { ...entry, content, attachment, state: /** @type {const} */ ('sending'), progress: 1 };
    return (await this.#update(ready)) ? ready : null;
  }

  /**
   * Uploads until that is not wanted any more.
   * @param {Entry} entry
   * @param {Blob} blob
   * @param {string} name
   */
  async #upload(entry, blob, name) {
    const ends = new AbortController();
    this.#uploads.set(entry.client_id, ends);
    const onProgress = (/** @type {number} */ progress) => this.#shows({ ...entry, state: 'sending', progress });
    try {
      return await this.#post.upload(blob, name, { onProgress, signal: ends.signal });
    } finally {
      this.#uploads.delete(entry.client_id);
    }
  }

  /** @param {Message} message */
  async #isSent(message) {
    this.#channel.say('outbox', { sent: message });
    this.#leaves(message);
    await this.#forget(/** @type {string} */ (message.client_id));
  }

  /**
   * What is stored is shown as on its way until the stream brings it.
   * @param {Message} message
   */
  #leaves({ conversation_id, client_id, rev }) {
    const clientId = /** @type {string} */ (client_id);
    const entry = this.#entries.get(clientId);
    if (!entry) return;
    if (rev <= this.#post.rev(conversation_id)) this.#drop(clientId);
    else this.#shows({ ...entry, state: 'sending', progress: 1, storedAt: rev });
  }

  /**
   * @param {Entry | undefined} entry
   * @param {unknown} error
   */
  async #isRefused(entry, error) {
    if (!entry) return null; // given up meanwhile
    if (!(error instanceof Problem)) return this.#fails(entry, unknown(error));
    const lost = error.errors.some(({ field }) => field === 'content.attachment_id') && entry.blob !== null;
    if (error.passes || error.status === 401 || (lost && entry.attachment)) {
      // An attachment that was not used in time is not kept for ever.
      await this.#notes({ ...entry, state: 'waiting', attachment: lost ? null : entry.attachment });
      return error.code === 'offline' ? 200 : (error.retryAfter ?? 1) * 1000;
    }
    return this.#fails(entry, error);
  }

  /**
   * @param {Entry} entry
   * @param {Problem} problem
   */
  async #fails(entry, problem) {
    await this.#notes({ ...entry, state: 'failed', problem });
    return null;
  }

  /** What cannot be noted is found out once more after a reload. @param {Entry} entry */
  async #notes(entry) {
    await this.#update(entry).catch(() => {});
  }

  /**
   * Changes an entry here, in the store, and in all tabs, unless it is given up.
   * @param {Entry} entry
   * @returns {Promise<boolean>} whether it is still wanted
   */
  async #update(entry) {
    if (!this.#entries.has(entry.client_id)) return false;
    this.#shows(entry);
    await this.#put(entry);
    return this.#entries.has(entry.client_id);
  }

  /** Stores an entry, which all tabs show then. @param {Entry} entry */
  async #put(entry) {
    const state = entry.state === 'sending' ? 'waiting' : entry.state; // after a reload nobody sends it
    await this.#store.put({ ...entry, state, problem: entry.problem?.toJSON() ?? null });
    this.#channel.say('outbox', { stored: entry.client_id });
  }

  /** If that cannot be done, the service knows the message by its `client_id` when it comes again. @param {string} clientId */
  async #forget(clientId) {
    await this.#store.delete(clientId).catch(() => {});
  }

  /** @param {Entry} entry as it came from the store, or goes there */
  #keep(entry) {
    const problem = entry.problem && !(entry.problem instanceof Problem) ? new Problem(entry.problem) : entry.problem;
    this.#entries.set(entry.client_id, { ...entry, problem });
    this.#lastOrder = Math.max(this.#lastOrder, entry.order);
  }

  /** Shows how far an entry is. @param {Entry} entry */
  #shows(entry) {
    if (!this.#entries.has(entry.client_id)) return;
    this.#entries.set(entry.client_id, entry);
    this.#post.changed(entry.conversation_id);
  }

  /** @param {string} clientId */
  #drop(clientId) {
    const entry = this.#entries.get(clientId);
    this.#entries.delete(clientId);
    this.#uploads.get(clientId)?.abort(Problem.offline());
    if (entry) this.#post.changed(entry.conversation_id);
  }

  /**
   * What another tab has done.
   * @param {{stored?: string, sent?: import('./types.js').Message, discarded?: string}} news
   */
  async #hears({ stored, sent, discarded }) {
    if (discarded) {
      this.#drop(discarded);
      await this.#forget(discarded); // it may have been stored once more meanwhile
    }
    if (sent) this.#leaves(sent);
    const entry = stored ? await this.#store.get(stored) : undefined;
    if (entry?.user_id !== this.#userId) return;
    this.#keep(entry);
    this.#post.changed(entry.conversation_id);
    this.go();
  }
}

/** What neither the service nor the network has said. @param {unknown} error */
const unknown = (error) => new Problem({ status: 0, code: 'unknown', title: String(error) });

/** Pages that did not come over TLS have no `randomUUID`. */
function uniqueId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
