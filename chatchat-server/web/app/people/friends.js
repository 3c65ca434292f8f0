import { avatar } from '../base/avatar.js';
import { fill, h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { List } from '../base/list.js';
import { go, href } from '../base/router.js';
import { button, empty, iconButton, loading, paneHeader } from '../base/view.js';
import { number, t } from '../base/words.js';
import { addFriend } from './add.js';
import { calledAs } from './called.js';
import { presenceOf, presenceWords } from './presence.js';

/** How high a row is, in pixels (`style/parts.css`). */
const ROW_HEIGHT = 60;

/**
 * The friends, those who are there first.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export const openFriends = (host, app, place) => new Friends(host, app, place);

class Friends {
  #app;
  #current;
  #links = h('div', { class: 'list-links' });
  #search = h('input', {
    type: 'search',
    'aria-label': t('people.filter'),
    placeholder: t('people.filter'),
    oninput: () => this.#show(),
  });
  #scroller = h('div', { class: 'scroller', onclick: ({ target }) => this.#clicked(target) });
  #instead = h('div', { class: 'instead' });
  #list;
  #stop;

  constructor(host, app, place) {
    const { chat, directory } = app;
    this.#app = app;
    this.#current = place.path[1];
    const add = iconButton('user-plus', t('people.add'), () => addFriend(app));
    fill(
      host,
      paneHeader({ title: t('shell.people'), actions: add }),
      h('div', { class: 'search-field' }, icon('search'), this.#search),
      this.#links,
      this.#scroller,
      this.#instead,
    );
    this.#list = new List(this.#scroller, {
      key: ({ user }) => user.id,
      render: (friend) => friendRow(friend, presenceOf(chat, friend), friend.user.id === this.#current),
      estimate: ROW_HEIGHT,
      role: 'listbox',
      label: t('people.friends'),
      onActivate: ({ user }) => go(href(['people', user.id])),
    });
    this.#stop = [
      on(directory, 'friends', () => this.#show()),
      on(directory, 'requests', () => this.#showLinks()),
      on(chat, 'presence', () => this.#show()),
    ];
    this.#showLinks();
    this.#show();
  }

  /** @param {import('../base/router.js').Route} place */
  moved({ path }) {
    this.#current = path[1];
    this.#showLinks();
    this.#list.refresh();
  }

  focus() {
    if (this.#scroller.hidden) this.#search.focus();
    else this.#list.focus();
  }

  close() {
    for (const end of this.#stop) end();
    this.#list.close();
  }

  #show() {
    const { chat, directory } = this.#app;
    const wanted = this.#search.value.trim().toLocaleLowerCase();
    const friends = directory.friends.filter((friend) => namesOf(friend).toLocaleLowerCase().includes(wanted));
    const isThere = (friend) => Number(presenceOf(chat, friend).online);
    friends.sort((one, other) => isThere(other) - isThere(one));
    this.#scroller.hidden = friends.length === 0;
    fill(this.#instead, friends.length === 0 && nothing(this.#app, wanted));
    this.#list.set(friends);
  }

  #showLinks() {
    const count = this.#app.directory.requests.length;
    const badge = count > 0 && h('span', { class: 'badge' }, number(count));
    fill(this.#links, this.#link('requests', 'mail', badge), this.#link('blocked', 'ban'));
  }

  #link(name, drawing, end) {
    return h(
      'a',
      { class: 'row slim', href: href(['people', name]), 'aria-current': this.#current === name ? 'page' : null },
      h('span', { class: 'row-icon' }, icon(drawing)),
      h('span', { class: 'row-words' }, t(`people.${name}`)),
      end,
    );
  }

  #clicked(target) {
    const id = target.closest('[data-id]')?.dataset.id;
    if (id) go(href(['people', id]));
  }
}

const namesOf = ({ remark, user }) => `${remark ?? ''} ${user.name}`;

function friendRow(friend, presence, isCurrent) {
  const { user } = friend;
  return h(
    'div',
    { class: 'row', 'data-id': user.id, 'aria-selected': isCurrent },
    h(
      'span',
      { class: 'with-presence', 'data-online': presence.online ? '' : null },
      avatar({ ...user, name: calledAs(friend) }),
    ),
    h(
      'div',
      { class: 'row-words' },
      h('div', { class: 'row-title' }, calledAs(friend)),
      h('div', { class: 'row-text' }, presenceWords(presence)),
    ),
  );
}

function nothing(app, wanted) {
  const { directory } = app;
  if (!directory.isKnown) return loading();
  if (wanted) return empty({ icon: 'search', title: t('people.none_found') });
  return empty({
    icon: 'user-round',
    title: t('people.none'),
    text: t('people.none_text'),
    action: button('user-plus', t('people.add'), () => addFriend(app), 'primary'),
  });
}
