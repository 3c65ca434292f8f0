/** How many images and files are kept that nobody shows. */
const MOST_UNUSED = 64;
/** How many bytes they may have together. */
const MOST_UNUSED_BYTES = 64 * 1024 * 1024;

/**
 * Images and files as URLs that an element can show: an `<img>` cannot send a token. Who asks for one says when it is not
 * needed any more; the least recently used of those are forgotten.
 */
export class Blobs {
  #open;
  /** @type {Map<string, {url: Promise<string>, uses: number, size: number}>} `size` is 0 until it is here */
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
    const known = this.#known.get(path) ?? this.#fetch(path);
    known.uses += 1;
    return known.url;
  }

  /** @param {string} path whose URL is not used any more */
  release(path) {
    const known = this.#known.get(path);
    if (!known || known.uses === 0) return;
    known.uses -= 1;
    this.#known.delete(path); // so that it becomes the newest
    this.#known.set(path, known);
    this.#forgetOldest();
  }

  /** Forgets all. */
  clear() {
    for (const path of [...this.#known.keys()]) this.#forget(path);
  }

  /** @param {string} path */
  #fetch(path) {
    const opened = this.#open(path);
    const known = { url: opened.then((blob) => URL.createObjectURL(blob)), uses: 0, size: 0 };
    this.#known.set(path, known);
    opened.then(
      ({ size }) => {
        known.size = size;
        this.#forgetOldest(); // it may be here only after it was released
      },
      () => this.#known.get(path) === known && this.#known.delete(path),
    );
    return known;
  }

  /** What was released last stays in any case: its download may be just beginning. */
  #forgetOldest() {
    const unused = [...this.#known].filter(([, { uses }]) => uses === 0).reverse();
    let [count, bytes] = [0, 0];
    for (const [path, { size }] of unused) {
      const stays = count === 0 || (count < MOST_UNUSED && bytes + size <= MOST_UNUSED_BYTES);
      if (!stays) {
        this.#forget(path);
        continue;
      }
      count += 1;
      bytes += size;
    }
  }

  /** @param {string} path */
  #forget(path) {
    this.#known.get(path)?.url.then((text) => URL.revokeObjectURL(text), () => {});
    this.#known.delete(path);
  }
}
