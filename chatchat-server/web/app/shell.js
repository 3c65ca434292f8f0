import { fill, h } from './base/dom.js';
import { refuseDropped } from './base/dropped.js';
import { go, href, onRoute, route } from './base/router.js';
import { t } from './base/words.js';
import { Directory } from './people/directory.js';
import { jump } from './search/open.js';
import { openConnection } from './shell/connection.js';
import { openNavigation } from './shell/navigation.js';
import { openNotifier } from './shell/notifier.js';
import { Pane } from './shell/pane.js';
import { SECTIONS } from './shell/sections.js';
import { countInTitle } from './shell/title.js';
import { openDetails } from './sidebar/conversation.js';

/**
 * @typedef {object} App what every view is given
 * @property {any} chat the `Chatchat` of `chatchat.js`
 * @property {Directory} directory friends and names
 */

/**
 * @typedef {object} View
 * @property {() => void} close
 * @property {(route: import('./base/router.js').Route) => void} [moved] another place, for which this view stays
 * @property {() => void} [focus] takes the focus
 */

/** The frame of all screens: where one can go, a list, what was chosen in it, and its details. */
export class Shell {
  #element = h('div', { class: 'shell' });
  #list = new Pane('list-pane', t('shell.chats'));
  #main = new Pane('main-pane', t('shell.main'));
  #details = new Pane('details-pane', t('chats.details'));
  #listening = new AbortController();
  /** @type {App} */
  #app;
  #parts;
  #stopRouting;

  /**
   * @param {HTMLElement} host
   * @param {any} chat
   */
  constructor(host, chat) {
    this.#app = { chat, directory: new Directory(chat) };
    const [navigation, connection] = [openNavigation(this.#app), openConnection(chat)];
    this.#parts = [navigation, connection, openNotifier(this.#app), countInTitle(chat)];
    const panes = [this.#list, this.#main, this.#details].map(({ element }) => element);
    const title = h('h1', { class: 'unseen' }, 'chatchat');
    fill(this.#element, navigation.element, h('main', { class: 'shell-main' }, title, connection.element, panes));
    fill(
      host,
      h('button', { type: 'button', class: 'skip', onclick: () => this.#main.focus() }, t('shell.skip')),
      this.#element,
    );
    addEventListener('keydown', (event) => this.#pressed(event), { signal: this.#listening.signal });
    refuseDropped(this.#listening.signal);
    this.#stopRouting = onRoute((place) => this.#focus(this.#show(place)));
    this.#show(route());
  }

  close() {
    this.#stopRouting();
    this.#listening.abort();
    // Dialogs hang in the page's body.
    for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
    for (const pane of [this.#list, this.#main, this.#details]) pane.show(null);
    for (const part of this.#parts) part.close();
    this.#app.directory.close();
  }

  /** Shows a place, and tells what of it is another one than before. */
  #show(place) {
    const name = Object.hasOwn(SECTIONS, place.path[0]) ? place.path[0] : 'chats';
    const section = SECTIONS[name];
    const one = section.one(place) || null;
    const info = one !== null && place.query.has('info');
    this.#element.dataset.pane = info ? 'details' : one ? 'main' : 'list';
    this.#element.toggleAttribute('data-details', info);
    this.#list.element.setAttribute('aria-label', t(`shell.${name}`));
    this.#list.show(name, place, (element) => section.list(element, this.#app, place));
    const isOther = this.#main.show(`${name}/${one ?? ''}`, place, (element) =>
      section.main(element, this.#app, place),
    );
    const details = info ? `${name}/${place.path[1]}` : null;
    const hasTurned = this.#details.show(details, place, (element) => openDetails(element, this.#app, place));
    for (const part of this.#parts) part.moved?.(place);
    return { one, info, isOther, hasTurned };
  }

  /** The focus follows to where something else is now. */
  #focus({ one, info, isOther, hasTurned }) {
    if (info && hasTurned) this.#details.focus();
    else if (one && (isOther || hasTurned)) this.#main.focus();
    else if (!one && isOther) this.#list.focus();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const isJump = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey;
    if (isJump) {
      event.preventDefault();
      jump(this.#app);
    } else if (event.key === 'Escape' && !isTaken(event)) {
      this.#leave();
    }
  }

  /** Out of the details, else out of what was chosen. */
  #leave() {
    const { path, query } = route();
    if (query.has('info')) go(href(path));
    else if (this.#element.dataset.pane === 'main') go(href(path.slice(0, 1)));
  }
}

/** Whether Esc means something else: to an input method, a dialog, a form that would be lost, a search that it empties. */
function isTaken({ defaultPrevented, isComposing, target }) {
  const empties = target.type === 'search' && target.value !== '';
  const isFilledIn = target.closest('.form') !== null;
  return defaultPrevented || isComposing || empties || isFilledIn || document.querySelector('dialog[open]') !== null;
}
