import { backoff } from './clock.js';
import { Problem } from './problem.js';
import { claimsOf } from './tokens.js';

/**
 * A log-out that the service has not heard. No script can take the cookie away, so the session would live on: what is owed
 * is kept beyond the page, and paid as soon as the service can be reached.
 */
export class Farewell {
  #key; #storage; #locks; #clock; #refresh; #logOut;
  /** The same for this page alone, where the browser keeps nothing. @type {string | null} */
  #here = null;

  /**
   * @param {object} parts
   * @param {string} parts.scope
   * @param {import('./types.js').Options['storage']} parts.storage
   * @param {import('./tabs.js').Locks} parts.locks
   * @param {import('./clock.js').Clock} parts.clock
   * @param {() => Promise<import('./types.js').Tokens>} parts.refresh
   * @param {(token: string) => Promise<unknown>} parts.logOut
   */
  constructor({ scope, storage, locks, clock, refresh, logOut }) {
    this.#key = `${scope}:farewell`;
    this.#storage = storage;
    this.#locks = locks;
    this.#clock = clock;
    this.#refresh = refresh;
    this.#logOut = logOut;
    void this.#stays();
  }

  /** This session is to be ended. @param {string} sessionId */
  owe(sessionId) {
    this.#owed = sessionId;
    void this.#stays();
  }

  /**
   * Ends the session, if one is to be ended.
   * @throws {Problem}
   */
  async pay() {
    if (this.#owed) await this.#locks.hold('refresh', () => this.#payNow());
  }

  /**
   * Runs a log-in. Its cookie takes the place of the one that is left: what is owed is tried before, and paid by it.
   * @template {{tokens?: unknown}} T
   * @param {() => Promise<T>} logIn
   * @returns {Promise<T>}
   */
  async before(logIn) {
    if (!this.#owed) return logIn();
    return this.#locks.hold('refresh', async () => {
      await this.#payNow().catch(() => {});
      const answer = await logIn();
      if (answer.tokens) this.#owed = null;
      return answer;
    });
  }

  /** Tries until it is done. */
  async #stays() {
    for (let attempt = 0; this.#owed; attempt++) {
      try {
        await this.pay();
      } catch (problem) {
        if (!(problem instanceof Problem) || !problem.passes) return; // the next visit tries again
        const wait = backoff(attempt, this.#clock.random());
        await this.#clock.sleep(Math.max(wait, (problem.retryAfter ?? 0) * 1000));
      }
    }
  }

  /** Only as long as no other tab renews, or logs in: the cookie is that of the session meant, or it is let alone. */
  async #payNow() {
    const owed = this.#owed;
    if (!owed) return;
    try {
      const { access_token } = await this.#refresh();
      if (claimsOf(access_token).sid === owed) await this.#logOut(access_token);
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) throw problem; // otherwise it is over already
    }
    this.#owed = null;
  }

  /** The session that is to be ended. */
  get #owed() {
    try {
      return this.#storage ? this.#storage.getItem(this.#key) : this.#here;
    } catch {
      return this.#here;
    }
  }

  set #owed(sessionId) {
    this.#here = sessionId;
    try {
      if (sessionId === null) this.#storage?.removeItem(this.#key);
      else this.#storage?.setItem(this.#key, sessionId);
    } catch {
      // it is kept here, then
    }
  }
}
