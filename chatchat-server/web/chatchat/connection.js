import { backoff } from './clock.js';
import { Emitter } from './emitter.js';
import { Problem } from './problem.js';
import { Replies } from './replies.js';

const SUBPROTOCOL = 'chatchat.v1.json';
/** How long connecting and greeting may take. */
const GREETING_WITHIN = 10_000;
/** How long a ping may go unanswered. */
const PONG_WITHIN = 10_000;
/** The same when something says that the network may have changed. */
const QUICK_PONG_WITHIN = 3_000;
/** What a node that asks for less is given at least: attempts that are behind us already, for the backoff. */
const TIRED = 4;

const Close = { NOT_AUTHENTICATED: 4001, PROTOCOL_ERROR: 4002, SESSION_ENDED: 4003, RATE_LIMITED: 4008, TOO_SLOW: 4009 };

/**
 * One WebSocket that is there for as long as it is wanted: it connects anew whenever it was lost. Tells `state`,
 * `greeting` (the reply to `hello`), `event` (each in the order of the wire) and `ended` (the session is over).
 */
export class Connection extends Emitter {
  #WebSocket; #url; #tokens; #clock; #resume; #device;
  #replies = new Replies();
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {import('./types.js').State} */
  #state = 'offline';
  #attempt = 0;
  #heardAt = 0;
  /** Ends the running connection's work. @type {AbortController | null} */
  #running = null;
  /** Ends the waiting for the next attempt. @type {AbortController | null} */
  #waiting = null;
  /** How long the node has asked to wait before the next attempt. @type {number | null} */
  #goAwayAfter = null;
  /** @type {(code: number) => void} */
  #onLost = () => {};

  /**
   * @param {object} parts
   * @param {new (url: string, protocols: string) => WebSocket} parts.WebSocket
   * @param {string} parts.url
   * @param {import('./tokens.js').Tokens} parts.tokens
   * @param {import('./clock.js').Clock} parts.clock
   * @param {() => object | undefined} parts.resume what is known already, for `hello`
   * @param {string} [parts.device]
   */
  constructor({ WebSocket, url, tokens, clock, resume, device }) {
    super();
    this.#WebSocket = WebSocket;
    this.#url = url;
    this.#tokens = tokens;
    this.#clock = clock;
    this.#resume = resume;
    this.#device = device;
  }

  get state() {
    return this.#state;
  }

  /** Connects, and again whenever the connection is lost. Whoever asks again does not wait for the next attempt. */
  open() {
    if (this.#running) return this.poke();
    this.#running = new AbortController();
    void this.#stayConnected(this.#running.signal);
  }

  /** Connects no more. */
  close() {
    this.#running?.abort();
    this.#running = null;
    this.#waiting?.abort();
    this.#lose(1000);
    this.#becomes('offline', null);
  }

  /** Something says that the network may have changed: tries at once, or looks whether the connection still lives. */
  poke() {
    this.#attempt = 0;
    this.#waiting?.abort();
    if (this.#state === 'online') void this.#ping(QUICK_PONG_WITHIN);
  }

  /**
   * Runs an operation.
   * @param {string} op
   * @param {object} data
   * @returns {Promise<any>} the reply's data
   * @throws {Problem} `offline` when there is no connection, or it is lost before the reply
   */
  async request(op, data) {
    if (this.#state !== 'online') throw Problem.offline();
    return this.#say(op, data);
  }

  /** Begins anew on the same connection: for when something was missed that cannot be named. */
  async greetAgain() {
    if (this.#state === 'online') this.tell('greeting', await this.#say('hello', await this.#hello()));
  }

  /** @param {AbortSignal} signal */
  async #stayConnected(signal) {
    while (!signal.aborted) {
      this.#becomes('connecting', null);
      const code = await this.#connection(signal);
      if (signal.aborted || (await this.#isOver(code))) return;
      const wait = this.#pause(code);
      this.#becomes('offline', this.#clock.now() + wait);
      this.#waiting = new AbortController();
      await this.#clock.sleep(wait, this.#waiting.signal);
    }
  }

  /**
   * Lives through one connection.
   * @param {AbortSignal} signal
   * @returns {Promise<number>} the code with which it was closed
   */
  async #connection(signal) {
    const lost = new Promise((/** @type {(code: number) => void} */ resolve) => {
      this.#onLost = resolve;
    });
    const ends = new AbortController();
    try {
      const hello = await this.#hello();
      if (signal.aborted) return 1000;
      await this.#opened(lost, ends.signal);
      const greeting = await Promise.race([this.#say('hello', hello, GREETING_WITHIN), lost.then(() => null)]);
      if (!greeting || signal.aborted) return await lost;
      this.#attempt = 0;
      this.#becomes('online', null);
      this.tell('greeting', greeting);
      void this.#beat(greeting.heartbeat_seconds * 1000, ends.signal);
      return await lost;
    } catch (error) {
      const code = error instanceof Problem && error.status === 401 ? Close.NOT_AUTHENTICATED : 1006;
      this.#lose(code);
      return code;
    } finally {
      ends.abort();
    }
  }

  async #hello() {
    return { access_token: await this.#tokens.fresh(), device: this.#device, resume: this.#resume() };
  }

  /**
   * @param {Promise<number>} lost
   * @param {AbortSignal} signal
   */
  async #opened(lost, signal) {
    const socket = new this.#WebSocket(this.#url, SUBPROTOCOL);
    this.#socket = socket;
    const opened = new Promise((resolve) => {
      socket.onopen = () => resolve(true);
    });
    socket.onmessage = ({ data }) => this.#hears(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lose(code, socket);
    socket.onerror = () => {}; // `onclose` follows
    const tooLate = this.#clock.sleep(GREETING_WITHIN, signal).then(() => false);
    const isOpen = await Promise.race([opened, lost.then(() => false), tooLate]);
    if (!isOpen) throw Problem.offline();
  }

  /** @param {any} frame */
  #hears(frame) {
    this.#heardAt = this.#clock.now();
    if (frame.op === 'reply') return this.#replies.take(frame);
    if (frame.event === 'goaway') return this.#goesAway(frame.data.after_ms);
    if (frame.event === 'auth_expiring') return void this.#authorizeAgain();
    this.tell('event', frame);
  }

  /**
   * @param {string} op
   * @param {object} data
   * @param {number} [within] milliseconds
   */
  async #say(op, data, within) {
    const [id, reply] = this.#replies.expect(this.#clock, within);
    this.#socket?.send(JSON.stringify({ op, id, data }));
    return reply;
  }

  /** The node goes away: leaves at a moment of one's own before it does. @param {number} afterMs */
  async #goesAway(afterMs) {
    const socket = this.#socket;
    this.#goAwayAfter = 0;
    await this.#clock.sleep(this.#clock.random() * afterMs);
    if (socket) this.#lose(1001, socket);
  }

  async #authorizeAgain() {
    try {
      const access_token = await this.#tokens.renew(await this.#tokens.fresh());
      await this.request('auth', { access_token });
    } catch {
      // Without a token, the server closes the socket in the end, and why is found out then.
    }
  }

  /**
   * Looks every now and then whether the other side still answers.
   * @param {number} every milliseconds
   * @param {AbortSignal} signal
   */
  async #beat(every, signal) {
    while (!signal.aborted) {
      await this.#clock.sleep(every, signal);
      if (!signal.aborted && this.#clock.now() - this.#heardAt >= every) await this.#ping(PONG_WITHIN);
    }
  }

  /** @param {number} within milliseconds */
  async #ping(within) {
    const socket = this.#socket;
    const asked = this.#clock.now();
    await this.#say('ping', {}, within).catch(() => {
      if (socket && this.#heardAt < asked) this.#lose(1006, socket);
    });
  }

  /**
   * @param {number} code
   * @param {WebSocket | null} [socket] only if it is still this one
   */
  #lose(code, socket = this.#socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    // Whoever waits is told after the state, so that nobody tries again on what is lost.
    if (this.#state === 'online') this.#becomes('offline', null);
    this.#replies.giveUp();
    this.#onLost(code);
  }

  /**
   * Whether there is no session any more.
   * @param {number} code
   */
  async #isOver(code) {
    if (code === Close.SESSION_ENDED) {
      this.close();
      this.tell('ended', 'session_ended');
      return true;
    }
    if (code !== Close.NOT_AUTHENTICATED) return false;
    const before = await this.#tokens.fresh().catch(() => null);
    await this.#tokens.renew(before).catch(() => null); // who cannot renew hears so from the tokens
    return this.#tokens.userId === null;
  }

  /**
   * @param {number} code
   * @returns {number} milliseconds until the next attempt
   */
  #pause(code) {
    const asked = this.#goAwayAfter;
    this.#goAwayAfter = null;
    if (asked !== null) return asked;
    if (code === Close.RATE_LIMITED || code === Close.TOO_SLOW || code === Close.PROTOCOL_ERROR) {
      this.#attempt = Math.max(this.#attempt, TIRED);
    }
    const wait = backoff(this.#attempt, this.#clock.random());
    this.#attempt += 1;
    return wait;
  }

  /**
   * @param {import('./types.js').State} state
   * @param {number | null} retryAt milliseconds, as the clock counts
   */
  #becomes(state, retryAt) {
    if (state === this.#state && retryAt === null) return;
    this.#state = state;
    this.tell('state', { state, retryAt });
  }
}
