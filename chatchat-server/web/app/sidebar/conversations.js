import { fill, h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { lazily } from '../base/lazily.js';
import { List } from '../base/list.js';
import { menuButton, openMenu } from '../base/menu.js';
import { PACE, paced } from '../base/paced.js';
import { go, href } from '../base/router.js';
import { button, empty, loading, paneHeader } from '../base/view.js';
import { t } from '../base/words.js';
import { jump } from '../search/open.js';
import { conversationItems } from './actions.js';
import { loadTalk } from './conversation.js';
import { ROW_HEIGHT, conversationRow } from './row.js';

/**
 * The list of conversations: pinned ones first, then where something has happened last.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export const openConversations = (host, app, place) => new Conversations(host, app, place);

class Conversations {
  #app;
  #current;
  #scroller = h('div', {
    class: 'scroller',
    onclick: (event) => this.#clicked(event),
    oncontextmenu: (event) => this.#pointed(event),
    onkeydown: (event) => this.#pressed(event),
  });
  #instead = h('div', { class: 'instead' });
  #list;
  #show = paced(() => this.#draw(), PACE);
  #refresh = paced(() => this.#list.refresh(), PACE);
  #stop;
  /** "Yesterday" comes by itself. */
  #ticking = setInterval(this.#refresh, 60_000);

  constructor(host, app, place) {
    const { chat, directory } = app;
    this.#app = app;
    this.#current = place.path[1];
    fill(host, header(app), this.#scroller, this.#instead);
    this.#list = new List(this.#scroller, {
      key: ({ id }) => id,
      render: (one, element) => conversationRow(app, one, { element, isCurrent: one.id === this.#current }),
      estimate: ROW_HEIGHT,
      role: 'listbox',
      label: t('chats.list'),
      onActivate: ({ id }) => go(href(['chats', id])),
    });
    this.#stop = [
      on(chat, 'conversations', this.#show),
      on(chat, 'ready', this.#show),
      on(chat, 'presence', this.#refresh),
      on(directory, 'friends', this.#refresh),
      on(directory, 'names', this.#refresh),
    ];
    const prepare = () => loadTalk().catch(() => {}); // it is told when one wants it
    for (const sign of ['pointerover', 'focusin']) this.#scroller.addEventListener(sign, prepare, { once: true });
    this.#show();
  }

  /** @param {import('../base/router.js').Route} place */
  moved({ path }) {
    this.#current = path[1];
    this.#list.refresh();
  }

  focus() {
    const at = this.#app.chat.conversations.findIndex(({ id }) => id === this.#current);
    this.#list.focus(at < 0 ? undefined : at);
  }

  close() {
    for (const end of this.#stop) end();
    this.#show.stop();
    this.#refresh.stop();
    clearInterval(this.#ticking);
    this.#list.close();
  }

  #draw() {
    const { conversations, complete } = this.#app.chat;
    const isEmpty = conversations.length === 0;
    this.#scroller.hidden = isEmpty;
    fill(this.#instead, isEmpty && (complete ? nothing(this.#app) : loading()));
    this.#list.set(conversations);
  }

  #clicked(event) {
    const id = rowOf(event)?.dataset.id;
    if (id) go(href(['chats', id]));
  }

  #pointed(event) {
    const row = rowOf(event);
    if (!row) return;
    event.preventDefault();
    openMenu(row, conversationItems(this.#app, this.#app.chat.conversation(row.dataset.id)));
  }

  #pressed(event) {
    if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) this.#pointed(event);
  }
}

const rowOf = ({ target }) => target.closest('.conversation');

function header(app) {
  const items = () => [
    { label: t('people.add'), icon: 'user-plus', run: () => addFriend(app) },
    { label: t('groups.create'), icon: 'users-round', run: () => createGroup(app) },
    { label: t('groups.find'), icon: 'search', run: () => go(href(['groups'])) },
  ];
  return [
    paneHeader({
      title: t('shell.chats'),
      actions: menuButton({ label: t('chats.new'), icon: 'message-square-plus' }, items),
    }),
    h(
      'button',
      { type: 'button', class: 'jump-button', onclick: () => jump(app) },
      icon('search'),
      h('span', null, t('jump.placeholder')),
      h('kbd', null, shortcut()),
    ),
  ];
}

const addFriend = (app) => lazily(() => import('../people/add.js'), (module) => module.addFriend(app));
const createGroup = (app) => lazily(() => import('../groups/create.js'), (module) => module.createGroup(app));

const shortcut = () => (/Mac|iPhone|iPad/.test(navigator.platform) ? '⌘K' : 'Ctrl K');

const nothing = (app) =>
  empty({
    icon: 'message-circle',
    title: t('chats.none'),
    text: t('chats.none_text'),
    action: button('user-plus', t('people.add'), () => addFriend(app), 'primary'),
  });
