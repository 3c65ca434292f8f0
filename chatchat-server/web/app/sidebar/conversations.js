import { fill, h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { List } from '../base/list.js';
import { menuButton, openMenu } from '../base/menu.js';
import { paced } from '../base/paced.js';
import { go, href } from '../base/router.js';
import { button, empty, loading, paneHeader } from '../base/view.js';
import { t } from '../base/words.js';
import { jump } from '../search/open.js';
import { conversationItems } from './actions.js';
import { loadTalk } from './conversation.js';
import { ROW_HEIGHT, conversationRow } from './row.js';

/** How long what happens is gathered before it is drawn, in milliseconds: there may be thousands of conversations. */
const PACE = 100;

/**
 * The list of conversations: pinned ones first, then where something has happened last.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export function openConversations(host, app, place) {
  const { chat, directory } = app;
  let current = place.path[1];
  const scroller = h('div', { class: 'scroller', onclick: clicked, oncontextmenu: pointed, onkeydown: pressed });
  const instead = h('div', { class: 'instead' });
  fill(host, header(app), scroller, instead);
  const list = new List(scroller, {
    key: ({ id }) => id,
    render: (conversation, element) =>
      conversationRow(app, conversation, { element, isCurrent: conversation.id === current }),
    estimate: ROW_HEIGHT,
    role: 'listbox',
    label: t('chats.list'),
    onActivate: ({ id }) => go(href(['chats', id])),
  });
  const showSoon = paced(show, PACE);
  const redraw = paced(() => list.refresh(), PACE);
  const stop = [
    on(chat, 'conversations', showSoon),
    on(chat, 'presence', redraw),
    on(chat, 'ready', showSoon),
    on(directory, 'friends', redraw),
    on(directory, 'names', redraw),
  ];
  const ticking = setInterval(redraw, 60_000); // "yesterday" comes by itself
  scroller.addEventListener('pointerover', loadTalk, { once: true });
  scroller.addEventListener('focusin', loadTalk, { once: true });
  show();
  return { close, moved, focus };

  function show() {
    const { conversations } = chat;
    const isEmpty = conversations.length === 0;
    scroller.hidden = isEmpty;
    fill(instead, isEmpty && (chat.complete ? nothing(app) : loading()));
    list.set(conversations);
  }

  function moved({ path }) {
    if (path[1] === current) return;
    current = path[1];
    list.refresh();
  }

  function focus() {
    const at = chat.conversations.findIndex(({ id }) => id === current);
    list.focus(at < 0 ? undefined : at);
  }

  function clicked(event) {
    const id = rowOf(event)?.dataset.id;
    if (id) go(href(['chats', id]));
  }

  function pointed(event) {
    const row = rowOf(event);
    if (!row) return;
    event.preventDefault();
    openMenu(row, conversationItems(app, chat.conversation(row.dataset.id)));
  }

  function pressed(event) {
    if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) pointed(event);
  }

  function close() {
    stop.forEach((end) => end());
    showSoon.stop();
    redraw.stop();
    clearInterval(ticking);
    list.close();
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

const addFriend = async (app) => (await import('../people/add.js')).addFriend(app);
const createGroup = async (app) => (await import('../groups/create.js')).createGroup(app);

const shortcut = () => (/Mac|iPhone|iPad/.test(navigator.platform) ? '⌘K' : 'Ctrl K');

const nothing = (app) =>
  empty({
    icon: 'message-circle',
    title: t('chats.none'),
    text: t('chats.none_text'),
    action: button('user-plus', t('people.add'), () => addFriend(app), 'primary'),
  });
