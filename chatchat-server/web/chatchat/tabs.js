/** What tabs of the same origin share: turns, and words. Without the browser's means, this tab is the only one. */

/** Takes turns with other tabs. */
export class Locks {
  #manager; #scope;
  /** @type {Map<string, Promise<unknown>>} */
  #here = new Map();

  /**
   * @param {LockManager | undefined} manager
   * @param {string} scope a prefix that is this service's own
   */
  constructor(manager, scope) {
    this.#manager = manager;
    this.#scope = scope;
  }

  /**
   * Runs `work` while no other tab runs what has the same name.
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} work
   * @param {AbortSignal} [signal] ends the waiting
   * @returns {Promise<T>}
   */
  async hold(name, work, signal) {
    if (this.#manager) return this.#manager.request(`${this.#scope}:${name}`, signal ? { signal } : {}, work);
    const before = this.#here.get(name) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(() => {
      signal?.throwIfAborted();
      return work();
    });
    this.#here.set(name, turn);
    return turn;
  }
}

/** Words among the tabs of one service; who says something does not hear it. */
export class Channel {
  #channel;
  /** @type {Map<string, (data: any) => void>} */
  #listeners = new Map();

  /**
   * @param {(new (name: string) => BroadcastChannel) | undefined} Broadcast
   * @param {string} name
   */
  constructor(Broadcast, name) {
    this.#channel = Broadcast ? new Broadcast(name) : null;
    this.#channel?.addEventListener('message', ({ data: { topic, data } }) => this.#listeners.get(topic)?.(data));
  }

  /**
   * @param {string} topic
   * @param {(data: any) => void} hear the one listener of this topic
   */
  listen(topic, hear) {
    this.#listeners.set(topic, hear);
  }

  /**
   * @param {string} topic
   * @param {unknown} data
   */
  say(topic, data) {
    this.#channel?.postMessage({ topic, data });
  }
}
