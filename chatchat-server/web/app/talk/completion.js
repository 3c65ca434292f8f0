import { announce } from '../base/announce.js';
import { avatar } from '../base/avatar.js';
import { fill, h, uniqueId } from '../base/dom.js';
import { t } from '../base/words.js';
import { completed, fitting, nameBefore } from './mentions.js';

/**
 * Offers members while somebody writes `@` and the beginning of a name: arrows move, Enter or Tab takes one, Esc none.
 */
export class Completion {
  #field;
  #members;
  #onChoose;
  #id = uniqueId('mention');
  /** @type {import('../../chatchat/types.js').User[]} */
  #offered = [];
  #chosen = 0;
  #asked = 0;

  /**
   * @param {HTMLTextAreaElement} field
   * @param {() => Promise<import('../../chatchat/types.js').User[]>} members
   * @param {(user: import('../../chatchat/types.js').User) => void} onChoose its name stands in the field now
   */
  constructor(field, members, onChoose) {
    this.#field = field;
    this.#members = members;
    this.#onChoose = onChoose;
    this.element = h('div', { class: 'completion', role: 'listbox', id: this.#id, 'aria-label': t('talk.suggestions'), hidden: true });
    field.setAttribute('aria-autocomplete', 'list');
    field.setAttribute('aria-controls', this.#id);
  }

  /** What stands in the field, or where the caret is, has changed. */
  async update() {
    const asked = (this.#asked += 1);
    const beginning = this.#beginning();
    if (!beginning) return this.close();
    const members = await this.#members().catch(() => []);
    if (asked === this.#asked) this.#offer(fitting(members, beginning.query));
  }

  /**
   * Takes a key if it is about what is offered.
   * @param {KeyboardEvent} event
   * @returns {boolean}
   */
  takes(event) {
    if (this.element.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#point((this.#chosen + step + this.#offered.length) % this.#offered.length);
    else if (event.key === 'Enter' || event.key === 'Tab') this.#take(this.#offered[this.#chosen]);
    else if (event.key === 'Escape') this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  close() {
    this.#asked += 1;
    this.#offered = [];
    this.element.hidden = true;
    this.#field.removeAttribute('aria-activedescendant');
  }

  #beginning() {
    const { value, selectionStart, selectionEnd } = this.#field;
    return selectionStart === selectionEnd ? nameBefore(value, selectionStart) : null;
  }

  #offer(people) {
    if (people.length === 0) return this.close();
    if (this.element.hidden) announce(t('talk.suggested', { n: people.length }));
    this.#offered = people;
    fill(this.element, people.map((user, index) => this.#option(user, index)));
    this.element.hidden = false;
    this.#point(0);
  }

  #option(user, index) {
    // The field keeps the focus.
    const take = (event) => (event.preventDefault(), this.#take(user));
    const props = { role: 'option', id: `${this.#id}-${index}`, class: 'completion-option', onpointerdown: take };
    return h('div', props, avatar(user, { size: 'small' }), h('bdi', null, user.name));
  }

  #point(index) {
    this.#chosen = index;
    [...this.element.children].forEach((option, at) => option.setAttribute('aria-selected', String(at === index)));
    this.element.children[index].scrollIntoView({ block: 'nearest' });
    this.#field.setAttribute('aria-activedescendant', `${this.#id}-${index}`);
  }

  #take(user) {
    const beginning = this.#beginning();
    if (beginning) {
      const { text, caret } = completed(this.#field.value, beginning.from, this.#field.selectionStart, user.name);
      this.#field.value = text;
      this.#field.setSelectionRange(caret, caret);
      this.#onChoose(user);
    }
    this.close();
  }
}
