import { fill } from './dom.js';
import { failed, loading } from './view.js';

/** How long nothing is shown before "loading" is, in milliseconds. */
const PATIENCE = 150;

/**
 * A view whose module is loaded when it is first opened.
 * @param {() => Promise<any>} load the module
 * @param {string} name of the function that opens the view there: `open(host, …)`
 * @returns {(host: HTMLElement, ...rest: any[]) => import('../shell.js').View}
 */
export const later =
  (load, name) =>
  (host, ...rest) =>
    new Later(host, load, (module) => module[name](host, ...rest));

class Later {
  #host;
  /** @type {import('../shell.js').View | null} */
  #view = null;
  #isClosed = false;
  #wantsFocus = false;

  constructor(host, load, open) {
    this.#host = host;
    this.#open(load, open);
  }

  close() {
    this.#isClosed = true;
    this.#view?.close();
  }

  moved(place) {
    this.#view?.moved?.(place);
  }

  focus() {
    if (!this.#view) this.#wantsFocus = true;
    else if (this.#view.focus) this.#view.focus();
    else (this.#host.querySelector('h2') ?? this.#host).focus();
  }

  async #open(load, open) {
    const timer = setTimeout(() => fill(this.#host, loading()), PATIENCE);
    const module = await load().catch(() => null);
    clearTimeout(timer);
    if (this.#isClosed) return;
    // Browsers may not ask again for a module that they could not get, until the page is loaded anew.
    if (module === null)
      return fill(
        this.#host,
        failed({ code: 'not_loaded' }, () => location.reload()),
      );
    fill(this.#host);
    this.#view = open(module);
    if (this.#wantsFocus) this.focus();
  }
}
