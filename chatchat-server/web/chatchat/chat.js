import { Blobs } from './blobs.js';
import { browserStorage, listen } from './browser.js';
import { Clock } from './clock.js';
import { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { Farewell } from './farewell.js';
import { Http } from './http.js';
import { Live } from './live.js';
import { Problem } from './problem.js';
import { openStore } from './store.js';
import { Channel, Locks } from './tabs.js';
import { Tokens } from './tokens.js';

/**
 * A client of chatchat: one person's session with everything live in it. Events:
 *
 * - `me` — `chat.me` has changed
 * - `state` — how the connection is; detail `{state, retryAt}`, `retryAt` in milliseconds, when it waits
 * - `ready` — the service has greeted, for the first time or after a lost connection
 * - `conversations` — the list, or anything in it, has changed; at most once a frame
 * - `message` — somebody else has written; detail `{conversation, message}`
 * - `presence` — detail `{user_id, online, last_seen_at}`
 * - `friends` — friends or friend requests have changed
 * - `groups` — one has come into a group, or is in one no more
 * - `sessions` — another session of this person has ended
 * - `resync` — something was missed: fetch again what is not kept here, such as friend requests
 * - `ended` — the session is over; detail: why (`session_ended`, `other_account`, `invalid_token` …)
 */
export class Chatchat extends Emitter {
  #clock; #channel; #locks; #tokens; #http; #blobs; #connection; #scope; #indexedDB; #farewell;
  /** @type {Live | null} */
  #live = null;
  /** @type {import('./types.js').Me | null} */
  #me = null;
  /** @type {(greeting: unknown) => void} */
  #isReady = () => {};
  /** @type {AbortController | null} */
  #listens = null;

  /** @param {import('./types.js').Options} options */
  constructor(options) {
    super();
    const base = `${options.url.replace(/\/+$/, '')}/api/v1`;
    this.#scope = `chatchat:${base}`;
    const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#indexedDB = options.indexedDB ?? globalThis.indexedDB;
    this.#clock = new Clock(options);
    this.#locks = new Locks(options.locks ?? globalThis.navigator?.locks, this.#scope);
    this.#channel = new Channel(options.BroadcastChannel ?? globalThis.window?.BroadcastChannel, this.#scope);
    const shared = { base, fetch, clock: this.#clock, locks: this.#locks, channel: this.#channel };
    const store = options.tokens ?? fleeting();
    const onEnd = (/** @type {string} */ code) => this.#end(code);
    this.#tokens = new Tokens({ ...shared, cookie: options.cookie ?? false, store, onEnd });
    this.#http = new Http({ base, fetch, tokens: this.#tokens });
    this.#farewell = options.cookie ? this.#bidsFarewell(options) : null;
    this.#blobs = new Blobs((path) => this.#http.blob(path));
    this.#connection = new Connection({
      WebSocket: options.WebSocket ?? globalThis.WebSocket,
      url: `${base.replace(/^http/, 'ws')}/ws`,
      tokens: this.#tokens,
      clock: this.#clock,
      resume: () => this.#live?.resume(),
      device: options.device,
    });
    this.device = options.device;
    /** Fulfilled by the first greeting. @type {Promise<unknown>} */
    this.ready = this.#notReady();
    this.#follow();
  }

  /** Who is logged in. */
  get me() { return this.#me; }

  /** How the connection is. */
  get state() { return this.#connection.state; }

  /** The conversations that are here, pinned ones first, then newest activity first. They come page by page. */
  get conversations() { return this.#live?.directory.all ?? []; }

  /** Whether all conversations are here. */
  get complete() { return this.#live?.directory.complete ?? false; }

  /**
   * The friends, by the user's id; null as long as they are not here.
   * @returns {ReadonlyMap<string, import('./types.js').Friend> | null}
   */
  get friends() { return this.#live?.people.friends ?? null; }

  /**
   * Goes on with the session of an earlier visit.
   * @returns {Promise<import('./types.js').Me | null>} null if there is none
   * @throws {Problem} `offline`
   */
  async restore() {
    try {
      await this.#farewell?.pay();
      await this.#tokens.fresh();
      return await this.#enter(await this.#http.api('GET', '/me'));
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 401) return null;
      throw problem;
    }
  }

  /**
   * Has a code sent by mail.
   * @param {string} email
   * @param {'register' | 'reset_password' | 'bind_email'} purpose
   * @returns {Promise<{expires_in: number, retry_after: number}>} seconds
   * @throws {Problem}
   */
  requestCode(email, purpose) {
    return this.#http.stranger('POST', '/auth/email-codes', { email, purpose });
  }

  /**
   * @param {{email: string, code: string, password: string, name?: string}} account
   * @returns {Promise<import('./types.js').Me>}
   * @throws {Problem}
   */
  register(account) { return this.#logIn('/auth/register', account); }

  /**
   * @param {{email: string, password: string}} credentials
   * @returns {Promise<import('./types.js').Me>}
   * @throws {Problem}
   */
  login(credentials) { return this.#logIn('/auth/login', { device: this.device, ...credentials }); }

  /**
   * Ends a log-in by a third party in the browser: `#login_code=…` of the address that it has led back to.
   * @param {string} loginCode
   * @returns {Promise<import('./types.js').LoginOutcome>}
   * @throws {Problem}
   */
  loginWithCode(loginCode) { return this.#logInElsewhere('/auth/login-code', { login_code: loginCode }); }

  /**
   * Logs in by a third party that is trusted with passwords.
   * @param {string} provider
   * @param {{username: string, password: string}} credentials
   * @returns {Promise<import('./types.js').LoginOutcome>}
   * @throws {Problem}
   */
  loginWithProvider(provider, credentials) {
    return this.#logInElsewhere(`/auth/providers/${encodeURIComponent(provider)}/password`, credentials);
  }

  /**
   * Where a log-in by a third party begins; the browser is to go there.
   * @param {string} provider
   * @param {string} returnTo a path of the service, or a page of an allowed origin
   */
  providerUrl(provider, returnTo) {
    const query = new URLSearchParams({ return_to: returnTo });
    return `${this.#http.base}/auth/providers/${encodeURIComponent(provider)}/start?${query}`;
  }

  /**
   * Says whose the account is to be with which a third party has answered `binding_required`.
   * @param {{binding_token: string, email: string, code: string, password?: string}} binding
   * @returns {Promise<import('./types.js').Me>}
   * @throws {Problem}
   */
  bind(binding) { return this.#logIn('/auth/bind', binding); }

  /**
   * @param {{email: string, code: string, new_password: string}} reset
   * @returns {Promise<null>}
   * @throws {Problem}
   */
  resetPassword(reset) { return this.#http.stranger('POST', '/auth/password-reset', reset); }

  /**
   * Ends the session, and forgets what is still on its way. Here it is over in any case. If the service cannot be told, it
   * is as soon as it can be reached, by this page or the next one; without `cookie`, nobody has the refresh token any more.
   */
  async logout() {
    await this.#live?.outbox.clear();
    const { sessionId } = this.#tokens;
    try {
      await this.#http.api('POST', '/auth/logout');
    } catch (problem) {
      const isOver = problem instanceof Problem && problem.status === 401;
      if (sessionId && !isOver) this.#farewell?.owe(sessionId);
    }
    await this.#leave();
  }

  /**
   * Calls the API. The token is renewed on the way if need be; before a log-in, none is sent.
   * @param {string} method
   * @param {string} path such as `/groups`
   * @param {unknown} [body] becomes JSON; a Blob is sent as it is
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<any>} what the answer holds; null if nothing
   * @throws {Problem}
   */
  async api(method, path, body, options) {
    const answer = await this.#http.api(method, path, body, options);
    const aboutMe = /^\/me(\/avatar)?$/.test(path) && answer?.id === this.#me?.id;
    if (aboutMe) this.#becomes(answer);
    return answer;
  }

  /**
   * Uploads an image or a file, to be sent in a message.
   * @param {Blob} blob
   * @param {string} name
   * @param {{onProgress?: (part: number) => void, signal?: AbortSignal}} [options] `onProgress` hears 0 to 1
   * @returns {Promise<import('./types.js').Attachment>}
   * @throws {Problem}
   */
  upload(blob, name, options) { return this.#http.upload(blob, name, options); }

  /**
   * Fetches an image, a file or another document, and keeps nothing of it.
   * @param {string} path such as `/me/export`
   * @returns {Promise<Blob>}
   * @throws {Problem}
   */
  download(path) { return this.#http.blob(path); }

  /**
   * An image or a file as a URL that an element can show, until it is released.
   * @param {string} path such as `/attachments/{id}/thumbnail`
   * @returns {Promise<string>}
   * @throws {Problem}
   */
  blobUrl(path) { return this.#blobs.url(path); }

  /** The URL of this is not shown any more. @param {string} path */
  releaseUrl(path) { this.#blobs.release(path); }

  /** Connects, and again whenever the connection is lost; at once, if that waits for the next attempt. */
  connect() {
    this.#listens ??= listen(() => this.#connection.poke());
    this.#connection.open();
  }

  /** Connects no more. */
  close() {
    this.#listens?.abort();
    this.#listens = null;
    this.#live?.outbox.pause();
    this.#connection.close();
  }

  /**
   * @param {string} id
   * @returns {import('./conversation.js').Conversation | undefined} the conversation, if it is here
   */
  conversation(id) { return this.#live?.directory.get(id); }

  /**
   * @param {string} id
   * @returns {Promise<import('./conversation.js').Conversation>} the conversation, fetched if it is not here
   * @throws {Problem}
   */
  async openConversation(id) {
    if (!this.#live) throw new Problem({ status: 401, code: 'unauthenticated' });
    return this.#live.directory.learn(id);
  }

  /**
   * @param {string} id
   * @returns {Promise<import('./types.js').User>}
   * @throws {Problem}
   */
  async user(id) {
    if (!this.#live) throw new Problem({ status: 401, code: 'unauthenticated' });
    return this.#live.people.user(id);
  }

  /**
   * Whether a friend is there.
   * @param {string} userId
   * @returns {import('./types.js').Presence | undefined}
   */
  presence(userId) { return this.#live?.people.presence(userId); }

  /** @param {import('./types.js').Options} options */
  #bidsFarewell(options) {
    return new Farewell({
      scope: this.#scope,
      storage: options.storage ?? browserStorage(),
      locks: this.#locks,
      clock: this.#clock,
      refresh: () => this.#tokens.refresh(),
      logOut: (token) => this.#http.logOut(token),
    });
  }

  #follow() {
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ hear) =>
      this.#connection.addEventListener(type, (event) => hear(/** @type {CustomEvent} */ (event).detail));
    on('state', (state) => {
      if (state.state === 'online') this.#live?.connected();
      else this.#live?.disconnected();
      this.tell('state', state);
    });
    on('event', (event) => this.#live?.take(event));
    on('ended', (reason) => this.#end(reason));
    on('greeting', (greeting) => {
      void this.#live?.greeted(greeting);
      this.#isReady(greeting);
      this.tell('ready');
    });
  }

  /**
   * @param {string} path
   * @param {object} body
   */
  async #logIn(path, body) {
    const { user, tokens } = await this.#asksIn(path, body);
    return this.#begin(user, tokens);
  }

  /**
   * @param {string} path
   * @param {object} body
   * @returns {Promise<import('./types.js').LoginOutcome>}
   */
  async #logInElsewhere(path, body) {
    const { tokens, ...outcome } = await this.#asksIn(path, body);
    if (outcome.status === 'logged_in') await this.#begin(outcome.user, tokens);
    return outcome;
  }

  /**
   * @param {string} path
   * @param {object} body
   * @returns {Promise<any>}
   */
  #asksIn(path, body) {
    const ask = () => this.#http.stranger('POST', path, { ...this.#tokens.wish, ...body });
    return this.#farewell ? this.#farewell.before(ask) : ask();
  }

  /**
   * @param {import('./types.js').Me} me
   * @param {import('./types.js').Tokens} tokens
   */
  async #begin(me, tokens) {
    await this.#leave();
    await this.#tokens.adopt(tokens);
    return this.#enter(me);
  }

  /** @param {import('./types.js').Me} me */
  async #enter(me) {
    this.#live = new Live({
      me: me.id,
      http: this.#http,
      connection: this.#connection,
      clock: this.#clock,
      store: await openStore(this.#indexedDB, this.#scope),
      locks: this.#locks,
      channel: this.#channel,
      tell: (type, detail) => this.tell(type, detail),
      tellSoon: (type) => this.tellSoon(type),
    });
    await this.#live.outbox.open();
    this.#becomes(me);
    return me;
  }

  /** The session is over. */
  async #leave() {
    this.close();
    this.#live?.close();
    this.#live = null;
    this.#blobs.clear();
    this.ready = this.#notReady();
    await this.#tokens.clear();
    if (this.#me) this.#becomes(null);
  }

  /** @param {string} reason why the service has ended it */
  async #end(reason) {
    await this.#leave();
    this.tell('ended', reason);
  }

  /** @param {import('./types.js').Me | null} me */
  #becomes(me) {
    this.#me = me;
    this.tell('me', me);
  }

  #notReady() {
    return new Promise((resolve) => {
      this.#isReady = resolve;
    });
  }
}

/** @returns {import('./types.js').TokenStore} one that lasts as long as the page */
function fleeting() {
  /** @type {string | null} */
  let kept = null;
  return {
    load: () => kept,
    save: (token) => {
      kept = token;
    },
  };
}
