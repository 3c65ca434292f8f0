import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { toast } from '../base/toast.js';
import { t } from '../base/words.js';
import { size } from './amounts.js';

/** How big a file may be, in bytes, and how many are sent at once. */
const BIGGEST = 25 * 1024 * 1024;
const MOST = 10;

/**
 * Images and files that are about to be sent: one sees them, and can take them back.
 */
export class Tray {
  element = h('ul', { class: 'tray', 'aria-label': t('talk.attached'), hidden: true });
  #onChange;
  /** @type {{ file: File, url: string | null, item: HTMLElement }[]} */
  #entries = [];

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  get isEmpty() {
    return this.#entries.length === 0;
  }

  /** @param {Iterable<File>} files */
  add(files) {
    for (const file of files) {
      const refusal = this.#refusal(file);
      if (refusal) toast(refusal, { kind: 'problem' });
      else this.#put(file);
    }
    this.#changed();
  }

  /** Hands the files over. @returns {File[]} */
  take() {
    const files = this.#entries.map(({ file }) => file);
    this.#entries.forEach((entry) => this.#forget(entry));
    this.#entries = [];
    this.#changed();
    return files;
  }

  #refusal({ name, size: bytes }) {
    if (this.#entries.length >= MOST) return t('talk.too_many', { n: MOST });
    if (bytes > BIGGEST) return t('talk.too_big', { name, size: size(BIGGEST) });
    return bytes === 0 ? t('talk.empty_file', { name }) : null;
  }

  #put(file) {
    const url = file.type.startsWith('image/') ? URL.createObjectURL(file) : null;
    const entry = { file, url, item: h('li', { class: 'tray-item' }) };
    const remove = { type: 'button', class: 'icon-button', 'aria-label': t('talk.attached_remove', { name: file.name }), onclick: () => this.#remove(entry) };
    const shown = url ? h('img', { src: url, alt: '', onerror: ({ target }) => target.replaceWith(icon('image')) }) : icon('file');
    entry.item.append(
      h('span', { class: 'tray-picture' }, shown),
      h('span', { class: 'tray-words' }, h('bdi', { class: 'file-name' }, file.name), h('span', { class: 'file-size' }, size(file.size))),
      h('button', remove, icon('x')),
    );
    this.#entries.push(entry);
    this.element.append(entry.item);
  }

  #remove(entry) {
    this.#entries = this.#entries.filter((one) => one !== entry);
    this.#forget(entry);
    this.#changed();
  }

  #forget({ url, item }) {
    item.remove();
    if (url) URL.revokeObjectURL(url);
  }

  #changed() {
    this.element.hidden = this.isEmpty;
    this.#onChange();
  }
}
