import { avatar } from '../base/avatar.js';
import { fill, h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { List } from '../base/list.js';
import { go, href } from '../base/router.js';
import { button, empty, iconButton, loading, paneHeader } from '../base/view.js';
import { ago, number, t } from '../base/words.js';
import { addFriend } from './add.js';
import { calledAs } from './directory.js';

/**
 * The friends, those who are there first.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export function openFriends(host, app, place) {
  const { chat, directory } = app;
  let current = place.path[1];
  let filter = '';
  const links = h('div', { class: 'list-links' });
  const search = h('input', {
    type: 'search',
    'aria-label': t('people.filter'),
    placeholder: t('people.filter'),
    oninput: ({ target }) => ((filter = target.value), show()),
  });
  const scroller = h('div', { class: 'scroller', onclick: clicked });
  const instead = h('div', { class: 'instead' });
  fill(
    host,
    paneHeader({
      title: t('shell.people'),
      actions: iconButton('user-plus', t('people.add'), () => addFriend(app)),
    }),
    h('div', { class: 'search-field' }, icon('search'), search),
    links,
    scroller,
    instead,
  );
  const list = new List(scroller, {
    key: ({ user }) => user.id,
    render: (friend) => friendRow(friend, presenceOf(chat, friend), friend.user.id === current),
    estimate: 60,
    role: 'listbox',
    label: t('people.friends'),
    onActivate: ({ user }) => go(href(['people', user.id])),
  });
  const stop = [on(directory, 'friends', show), on(directory, 'requests', showLinks), on(chat, 'presence', show)];
  showLinks();
  show();
  return { close, moved, focus: () => (scroller.hidden ? search.focus() : list.focus()) };

  function show() {
    const wanted = filter.trim().toLocaleLowerCase();
    const friends = directory.friends.filter(({ remark, user }) =>
      `${remark ?? ''} ${user.name}`.toLocaleLowerCase().includes(wanted),
    );
    const isThere = (friend) => Number(presenceOf(chat, friend).online);
    friends.sort((one, other) => isThere(other) - isThere(one));
    scroller.hidden = friends.length === 0;
    fill(instead, friends.length === 0 && nothing(app, wanted));
    list.set(friends);
    list.refresh();
  }

  function showLinks() {
    const count = directory.requests.length;
    fill(
      links,
      link('requests', 'mail', t('people.requests'), count > 0 && h('span', { class: 'badge' }, number(count))),
      link('blocked', 'ban', t('people.blocked')),
    );
  }

  function link(name, drawing, words, end) {
    const here = current === name ? 'page' : null;
    return h(
      'a',
      { class: 'row slim', href: href(['people', name]), 'aria-current': here },
      h('span', { class: 'row-icon' }, icon(drawing)),
      h('span', { class: 'row-words' }, words),
      end,
    );
  }

  function moved({ path }) {
    current = path[1];
    showLinks();
    list.refresh();
  }

  function clicked({ target }) {
    const id = target.closest('[data-id]')?.dataset.id;
    if (id) go(href(['people', id]));
  }

  function close() {
    stop.forEach((end) => end());
    list.close();
  }
}

/** Whether a friend is there: as heard last, else as the list said. */
export const presenceOf = (chat, friend) => chat.presence(friend.user.id) ?? friend;

/** Since when somebody is away, in words. */
export function presenceWords({ online, last_seen_at: seen }) {
  if (online) return t('people.online');
  return seen ? t('people.seen', { when: ago(seen) }) : t('people.offline');
}

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
