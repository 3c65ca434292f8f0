import { Roster } from './roster.js';

/** How many people are remembered. */
const MOST = 1000;

/** The people that one sees: who they are, who is a friend, and who is there. */
export class People {
  #api; #onChange;
  /** @type {Map<string, Promise<import('./types.js').User>>} */
  #users = new Map();
  /** @type {Map<string, import('./types.js').Presence>} */
  #presence = new Map();
  /** Who was heard of while the friends are fetched: that is newer than what the list says. @type {Set<string>} */
  #heardOf = new Set();
  /** @type {Roster<import('./types.js').Friend>} */
  #friends = new Roster(({ user }) => user.id);

  /**
   * @param {(method: string, path: string) => Promise<any>} api
   * @param {(friend: import('./types.js').Friend | null, userId: string) => void} onChange hears who comes or goes
   */
  constructor(api, onChange) {
    this.#api = api;
    this.#onChange = onChange;
  }

  /** The friends, by their user's id; null as long as they are not fetched. */
  get friends() {
    return this.#friends.all;
  }

  /**
   * @param {string} userId
   * @returns {boolean} true as long as that is not known
   */
  isFriend(userId) {
    return this.#friends.all?.has(userId) ?? true;
  }

  /**
   * Who somebody is.
   * @param {string} id
   * @returns {Promise<import('./types.js').User>}
   */
  user(id) {
    const known = this.#users.get(id) ?? this.#api('GET', `/users/${id}`);
    this.#remember(id, known);
    known.catch(() => this.#users.delete(id));
    return known;
  }

  /** @param {import('./types.js').User | null | undefined} user who was seen somewhere */
  sees(user) {
    if (user) this.#remember(user.id, Promise.resolve(user));
  }

  /** @param {string} userId */
  presence(userId) {
    return this.#presence.get(userId);
  }

  /** @param {{user_id: string} & import('./types.js').Presence} presence */
  takePresence({ user_id, online, last_seen_at }) {
    if (this.#friends.loading) this.#heardOf.add(user_id);
    bounded(this.#presence, user_id, { online, last_seen_at });
  }

  /** Fetches the friends, afresh if they are here. */
  async loadFriends() {
    if (!this.#friends.loading) this.#heardOf.clear();
    const before = this.#friends.all ?? new Map();
    const now = await this.#friends.reload((query) => this.#api('GET', `/friends?${query}`));
    for (const friend of now.values()) {
      if (this.#heardOf.has(friend.user.id)) this.sees(friend.user);
      else this.#meets(friend);
    }
    for (const [id, friend] of now) if (!before.has(id)) this.#onChange(friend, id);
    for (const id of before.keys()) if (!now.has(id)) this.#onChange(null, id);
  }

  /** @param {import('./types.js').Friend} friend */
  takeFriend(friend) {
    this.#friends.take(friend.user.id, friend);
    this.#meets(friend);
    this.#onChange(friend, friend.user.id);
  }

  /** @param {string} userId */
  losesFriend(userId) {
    this.#friends.take(userId, null);
    this.#presence.delete(userId);
    this.#onChange(null, userId);
  }

  /** @param {import('./types.js').Friend} friend */
  #meets({ user, online, last_seen_at }) {
    this.sees(user);
    this.takePresence({ user_id: user.id, online, last_seen_at });
  }

  /**
   * @param {string} id
   * @param {Promise<import('./types.js').User>} user
   */
  #remember(id, user) {
    this.#users.delete(id); // so that it becomes the newest
    bounded(this.#users, id, user);
  }
}

/**
 * @template T
 * @param {Map<string, T>} map
 * @param {string} key
 * @param {T} value
 */
function bounded(map, key, value) {
  const [oldest] = map.keys();
  if (map.size >= MOST && oldest !== undefined && !map.has(key)) map.delete(oldest);
  map.set(key, value);
}
