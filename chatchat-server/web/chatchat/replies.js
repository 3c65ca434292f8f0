import { Problem } from './problem.js';

/** How long a reply may take. */
const REPLY_WITHIN = 20_000;
/** How many operations may wait for theirs. */
const MOST = 256;

/** Brings the replies of a socket to who has asked. */
export class Replies {
  #last = 0;
  /** @type {Map<string, {resolve: (data: any) => void, reject: (problem: Problem) => void}>} */
  #waiting = new Map();

  /**
   * @param {import('./clock.js').Clock} clock
   * @param {number} [within] milliseconds
   * @returns {[string, Promise<any>]} the id to ask with, and what will be answered
   * @throws {Problem} when too many wait
   */
  expect(clock, within = REPLY_WITHIN) {
    if (this.#waiting.size >= MOST) throw Problem.offline();
    this.#last += 1;
    const id = String(this.#last);
    const ends = new AbortController();
    const reply = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    void clock.sleep(within, ends.signal).then(() => this.#settle(id)?.reject(Problem.offline()));
    return [id, reply.finally(() => ends.abort())];
  }

  /** @param {{id: string, ok: boolean, data?: any, problem?: any}} frame */
  take({ id, ok, data, problem }) {
    const asked = this.#settle(id);
    if (ok) asked?.resolve(data);
    else asked?.reject(new Problem(problem));
  }

  /** There will be none any more. */
  giveUp() {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(Problem.offline());
  }

  /** @param {string} id */
  #settle(id) {
    const asked = this.#waiting.get(id);
    this.#waiting.delete(id);
    return asked;
  }
}
