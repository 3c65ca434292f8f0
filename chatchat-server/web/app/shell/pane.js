import { fill, h } from '../base/dom.js';

/** A part of the screen that holds one view at a time. */
export class Pane {
  #key = null;
  /** @type {import('../shell.js').View | null} */
  #view = null;

  /**
   * @param {string} name its class
   * @param {string} label what it is to a screen reader
   */
  constructor(name, label) {
    this.element = h('section', { class: `pane ${name}`, tabIndex: -1, 'aria-label': label, hidden: true });
  }

  /**
   * Shows the view of this key; the one that is there stays if it has the same.
   * @param {string | null} key null: none
   * @param {import('../base/router.js').Route} [place]
   * @param {(host: HTMLElement) => import('../shell.js').View} [open]
   * @returns {boolean} whether it is another view than before
   */
  show(key, place, open) {
    if (key === this.#key) {
      this.#view?.moved?.(place);
      return false;
    }
    this.#view?.close();
    fill(this.element);
    [this.#key, this.#view] = [key, null];
    this.element.hidden = key === null;
    if (key !== null) this.#view = open(this.element);
    return true;
  }

  /** Takes the focus: what the view likes to have it, else its heading. */
  focus() {
    if (this.#view?.focus) this.#view.focus();
    else (this.element.querySelector('h2') ?? this.element).focus();
  }
}
