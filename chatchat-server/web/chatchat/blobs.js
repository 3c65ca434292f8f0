/** How many images and files are kept that nobody shows. */
const MOST_UNUSED = 64;

/**
 * Images and files as URLs that an element can show: an `<img>` cannot send a token. Who asks for one says when it is not
 * needed any more; the least recently used of those are forgotten.
 */
export class Blobs {
  #open;
  /** @type {Map<string, {url: Promise<string>, uses: number}>} */
  #known = new Map();

  /** @param {(path: string) => Promise<Blob>} open */
  constructor(open) {
    this.#open = open;
  }

  /**
   * @param {string} path
   * @returns {Promise<string>} a URL that is good until it is released
   */
  url(path) {
    const known = this.#known.get(path) ?? { url: this.#open(path).then((blob) => URL.createObjectURL(blob)), uses: 0 };
    known.uses += 1;
    this.#known.set(path, known);
    known.url.catch(() => this.#known.get(path) === known && this.#known.delete(path));
    return known.url;
  }

  /** @param {string} path whose URL is not used any more */
  release(path) {
    const known = this.#known.get(path);
    if (!known || known.uses === 0) return;
    known.uses -= 1;
    this.#known.delete(path); // so that it becomes the newest
    this.#known.set(path, known);
    this.#forgetOldest(MOST_UNUSED);
  }

  /** Forgets all. */
  clear() {
    for (const known of this.#known.values()) known.uses = 0;
    this.#forgetOldest(0);
  }

  /** @param {number} left */
  #forgetOldest(left) {
    const unused = [...this.#known].filter(([, { uses }]) => uses === 0);
    for (const [path, { url }] of unused.slice(0, Math.max(0, unused.length - left))) {
      this.#known.delete(path);
      url.then((text) => URL.revokeObjectURL(text), () => {});
    }
  }
}
