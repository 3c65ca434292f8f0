import { Problem, whole } from './problem.js';

/** A token that ends within this time is renewed before it is used. */
const MARGIN = 30_000;

/**
 * The tokens of one session. The access token is in memory alone; the refresh token is in a cookie that no script can
 * read, or where the page keeps it. Tabs take turns in renewing, and tell each other.
 */
export class Tokens {
  #fetch; #base; #cookie; #store; #locks; #channel; #clock; #onEnd;
  /** @type {string | null} */
  #access = null;
  #endsAt = 0;
  /** @type {Promise<string> | null} */
  #renewing = null;

  /**
   * @param {object} parts
   * @param {typeof globalThis.fetch} parts.fetch
   * @param {string} parts.base where the API is
   * @param {boolean} parts.cookie
   * @param {import('./types.js').TokenStore} parts.store
   * @param {import('./tabs.js').Locks} parts.locks
   * @param {import('./tabs.js').Channel} parts.channel
   * @param {import('./clock.js').Clock} parts.clock
   * @param {(code: string) => void} parts.onEnd hears why the session that was here cannot be renewed
   */
  constructor({ fetch, base, cookie, store, locks, channel, clock, onEnd }) {
    this.#fetch = fetch;
    this.#base = base;
    this.#cookie = cookie;
    this.#store = store;
    this.#locks = locks;
    this.#channel = channel;
    this.#clock = clock;
    this.#onEnd = onEnd;
    channel.listen('token', (token) => this.#hears(token));
  }

  /** Whose tokens these are. */
  get userId() {
    return this.#access && claimsOf(this.#access).sub;
  }

  /** Of which session they are. */
  get sessionId() {
    return this.#access && claimsOf(this.#access).sid;
  }

  /**
   * Whether the refresh token is to come as a cookie: a field of every log-in.
   * @returns {{cookie: true} | {}}
   */
  get wish() {
    return this.#cookie ? { cookie: true } : {};
  }

  /**
   * Takes what a log-in has given.
   * @param {import('./types.js').Tokens} tokens
   */
  async adopt({ access_token, expires_in, refresh_token }) {
    this.#access = access_token;
    this.#endsAt = this.#clock.now() + expires_in * 1000;
    if (!this.#cookie && refresh_token) await this.#store.save(refresh_token);
  }

  /**
   * An access token that is good for a while.
   * @returns {Promise<string>}
   * @throws {Problem} `unauthenticated` when there is no session, `offline`
   */
  async fresh() {
    const lasts = this.#access !== null && this.#endsAt - this.#clock.now() > MARGIN;
    return lasts && this.#access ? this.#access : this.renew(this.#access);
  }

  /**
   * Another token in place of one that is no good any more.
   * @param {string | null} stale
   * @returns {Promise<string>}
   * @throws {Problem} 401 when the session is over, `offline`
   */
  renew(stale) {
    this.#renewing ??= this.#locks
      .hold('refresh', () => this.#renewUnlessDone(stale))
      .catch((problem) => {
        if (this.userId && problem.status === 401) this.#onEnd(problem.code);
        throw problem;
      })
      .finally(() => {
        this.#renewing = null;
      });
    return this.#renewing;
  }

  /** Forgets them all. */
  async clear() {
    this.#access = null;
    this.#endsAt = 0;
    if (!this.#cookie) await this.#store.save(null);
  }

  /** @param {string | null} stale */
  async #renewUnlessDone(stale) {
    if (this.#access !== stale && this.#access !== null) return this.#access; // another tab was first
    const whose = this.userId;
    const tokens = await this.refresh();
    const other = claimsOf(tokens.access_token).sub;
    if (whose && other !== whose) {
      throw new Problem({ status: 401, code: 'other_account', title: 'Somebody else has logged in here.' });
    }
    await this.adopt(tokens);
    this.#channel.say('token', { access_token: tokens.access_token, ends_at: this.#endsAt });
    return tokens.access_token;
  }

  /**
   * Asks for new tokens; whoever does holds the lock `refresh`.
   * @returns {Promise<import('./types.js').Tokens>}
   * @throws {Problem}
   * @package
   */
  async refresh() {
    const refresh_token = this.#cookie ? null : await this.#store.load();
    if (!this.#cookie && !refresh_token) throw new Problem({ status: 401, code: 'unauthenticated' });
    const body = JSON.stringify(this.#cookie ? this.wish : { refresh_token });
    const headers = { 'content-type': 'application/json' };
    /** @type {Response} */
    let response;
    try {
      const url = `${this.#base}/auth/refresh`;
      response = await this.#fetch(url, { method: 'POST', headers, body, credentials: 'include' });
    } catch {
      throw Problem.offline();
    }
    if (!response.ok) throw await Problem.from(response);
    return whole(response.json());
  }

  /** @param {{access_token: string, ends_at: number}} token that another tab has got */
  #hears({ access_token, ends_at }) {
    if (this.userId === null || claimsOf(access_token).sub !== this.userId || ends_at <= this.#endsAt) return;
    this.#access = access_token;
    this.#endsAt = ends_at;
  }
}

/**
 * Whose a JSON Web Token is, and of which session; not verified, which is the server's to do.
 * @param {string} token
 * @returns {{sub: string, sid: string}}
 */
export function claimsOf(token) {
  const [, payload = ''] = token.split('.');
  return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
}
