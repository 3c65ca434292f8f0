import { avatar } from '../base/avatar.js';
import { openDialog } from '../base/dialog.js';
import { fill, h, uniqueId } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { go, href } from '../base/router.js';
import { t } from '../base/words.js';
import { calledAs, titleOf } from '../people/called.js';

/** How many conversations and friends are offered. */
const MOST = 8;

/**
 * Goes somewhere by a few letters of its name.
 * @param {import('../shell.js').App} app
 */
export function openJump(app) {
  if (!document.querySelector('dialog[open]')) new Jump(app);
}

class Jump {
  #app;
  #id = uniqueId('jump');
  #options = h('ul', {
    class: 'jump-options',
    role: 'listbox',
    id: this.#id,
    'aria-label': t('jump.results'),
    onclick: ({ target }) => this.#leave(this.#places[[...this.#options.children].indexOf(target.closest('li'))]),
  });
  #input = h('input', {
    type: 'text',
    role: 'combobox',
    autofocus: true,
    autocomplete: 'off',
    spellcheck: false,
    placeholder: t('jump.placeholder'),
    'aria-label': t('jump.placeholder'),
    'aria-controls': this.#id,
    'aria-expanded': true,
    'aria-autocomplete': 'list',
    oninput: () => this.#show(),
    onkeydown: (event) => this.#pressed(event),
  });
  #places = [];
  #at = 0;
  #close;

  constructor(app) {
    this.#app = app;
    this.#show();
    const content = [h('div', { class: 'search-field' }, icon('search'), this.#input), this.#options];
    this.#close = openDialog({ title: t('jump.title'), content, class: 'jump' }).close;
  }

  #show() {
    this.#places = placesFor(this.#app, this.#input.value.trim());
    this.#choose(0);
  }

  #choose(at) {
    this.#at = at;
    const idOf = (index) => `${this.#id}-${index}`;
    fill(
      this.#options,
      this.#places.map((place, index) => option(place, idOf(index), index === at)),
    );
    this.#input.setAttribute('aria-activedescendant', this.#places.length > 0 ? idOf(at) : '');
    this.#options.children[at]?.scrollIntoView({ block: 'nearest' });
  }

  #pressed(event) {
    if (event.isComposing || event.keyCode === 229) return; // the keys belong to the input method
    const { length } = this.#places;
    const to = { ArrowDown: this.#at + 1, ArrowUp: this.#at - 1 }[event.key];
    if (to !== undefined && length > 0) this.#choose((to + length) % length);
    else if (event.key === 'Enter') this.#leave(this.#places[this.#at]);
    else return;
    event.preventDefault();
  }

  #leave(place) {
    if (!place) return;
    this.#close();
    go(place.address);
  }
}

const option = ({ picture, title, text }, id, isChosen) =>
  h(
    'li',
    { class: `row slim ${isChosen ? 'active' : ''}`, role: 'option', id, 'aria-selected': isChosen },
    picture,
    h(
      'div',
      { class: 'row-words' },
      h('div', { class: 'row-title' }, title),
      text && h('div', { class: 'row-text' }, text),
    ),
  );

/** Where one might want to go. */
function placesFor(app, query) {
  const wanted = query.toLocaleLowerCase();
  const matches = (name) => name.toLocaleLowerCase().includes(wanted);
  const { chat, directory } = app;
  const places = [];
  for (const conversation of chat.conversations) {
    if (places.length === MOST) break;
    const title = titleOf(conversation, chat);
    if (matches(title) || (conversation.title && matches(conversation.title)))
      places.push(conversationPlace(conversation, title));
  }
  const known = new Set(places.map(({ address }) => address));
  const friends = query
    ? directory.friends
        .filter((friend) => matches(`${calledAs(friend)} ${friend.user.name}`))
        .slice(0, MOST)
        .map(friendPlace)
    : [];
  return [...places, ...friends.filter(({ address }) => !known.has(address)), ...(query ? searchPlaces(query) : [])];
}

const conversationPlace = ({ id, kind, peer, avatar_url }, title) => ({
  address: href(['chats', id]),
  picture: avatar(
    { id: peer?.id ?? id, name: title, avatar_url },
    { size: 'small', kind: kind === 'group' ? 'group' : 'person' },
  ),
  title,
});

const friendPlace = (friend) => ({
  address: href(['chats', friend.conversation_id]),
  picture: avatar({ ...friend.user, name: calledAs(friend) }, { size: 'small' }),
  title: calledAs(friend),
});

const searchPlaces = (query) =>
  ['messages', 'people', 'groups'].map((kind) => ({
    address: href(['search'], { q: query, kind }),
    picture: h('span', { class: 'row-icon' }, icon('search')),
    title: t(`jump.${kind}`, { query }),
  }));
