/** How many things a page has. */
const PAGE = 100;

/**
 * A list of the service: fetched once, kept live since.
 * @template {object} T
 */
export class Roster {
  #keyOf;
  /** @type {Map<string, T> | null} */
  #known = null;
  /** What changes while it is fetched: by key, null for what is gone. @type {Array<[string, T | null]>} */
  #meanwhile = [];
  /** @type {Promise<Map<string, T>> | null} */
  #loading = null;
  /** Grows when what is known is out of date, so that what is being fetched is, too. */
  #era = 0;

  /** @param {(item: T) => string} keyOf */
  constructor(keyOf) {
    this.#keyOf = keyOf;
  }

  /** All of them, by key; null as long as they have not been fetched. @returns {ReadonlyMap<string, T> | null} */
  get all() {
    return this.#known;
  }

  /** Whether they are being fetched. */
  get loading() {
    return this.#loading !== null;
  }

  /**
   * Fetches them, unless that is done.
   * @param {(query: string) => Promise<{items: T[], next_cursor: string | null}>} fetchPage
   * @returns {Promise<ReadonlyMap<string, T>>}
   */
  async load(fetchPage) {
    return this.#known ?? this.reload(fetchPage);
  }

  /**
   * Fetches them afresh.
   * @param {(query: string) => Promise<{items: T[], next_cursor: string | null}>} fetchPage
   * @returns {Promise<ReadonlyMap<string, T>>}
   */
  reload(fetchPage) {
    this.#loading ??= this.#fetch(fetchPage).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /**
   * @param {string} key
   * @param {T | null} item as it is now; null: it is gone
   */
  take(key, item) {
    if (this.#loading) this.#meanwhile.push([key, item]);
    if (this.#known) apply(this.#known, key, item);
  }

  clear() {
    this.#known = null;
    this.#era += 1;
  }

  /**
   * @param {(query: string) => Promise<{items: T[], next_cursor: string | null}>} fetchPage
   * @returns {Promise<Map<string, T>>}
   */
  async #fetch(fetchPage) {
    const era = this.#era;
    this.#meanwhile = [];
    /** @type {Map<string, T>} */
    const fetched = new Map();
    for (let query = `limit=${PAGE}`, more = true; more; ) {
      const { items, next_cursor } = await fetchPage(query);
      for (const item of items) fetched.set(this.#keyOf(item), item);
      query = `limit=${PAGE}&cursor=${encodeURIComponent(next_cursor ?? '')}`;
      more = next_cursor !== null;
    }
    if (era !== this.#era) return this.#fetch(fetchPage);
    // What has changed meanwhile may be in a page or not; what comes later comes in its order anyway.
    for (const [key, item] of this.#meanwhile.splice(0)) apply(fetched, key, item);
    this.#known = fetched;
    return fetched;
  }
}

/**
 * @template T
 * @param {Map<string, T>} items
 * @param {string} key
 * @param {T | null} item
 */
function apply(items, key, item) {
  if (item === null) items.delete(key);
  else items.set(key, item);
}
