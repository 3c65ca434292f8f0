import { avatar } from '../base/avatar.js';
import { openDialog } from '../base/dialog.js';
import { fill, h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { pagedList } from '../base/pages.js';
import { button, empty, settled } from '../base/view.js';
import { t } from '../base/words.js';
import { askFriend } from './actions.js';
import { showPerson } from './person.js';

/**
 * Finds people by name or address, to ask them to be friends.
 * @param {import('../shell.js').App} app
 */
export function addFriend(app) {
  const results = h('div', { class: 'dialog-scroll', 'aria-live': 'polite' });
  const input = h('input', {
    type: 'search',
    autofocus: true,
    'aria-label': t('people.find'),
    placeholder: t('people.find'),
    oninput: settled(search),
  });
  let list = null;
  const content = [h('div', { class: 'search-field' }, icon('search'), input), results];
  openDialog({ title: t('people.add'), content, class: 'tall', onClose: () => list?.close() });
  fill(results, h('p', { class: 'hint padded' }, t('people.find_hint')));

  function search() {
    const query = input.value.trim();
    list?.close();
    if (!query) return fill(results, h('p', { class: 'hint padded' }, t('people.find_hint')));
    list = pagedList({
      chat: app.chat,
      path: `/users?query=${encodeURIComponent(query)}`,
      label: t('people.found'),
      row: (user) => foundRow(app, user),
      none: () => empty({ icon: 'search', title: t('people.nobody'), text: t('people.nobody_text') }),
    });
    fill(results, list.element);
  }
}

/** Somebody who was found, and what can be done about it. */
export function foundRow(app, user) {
  const isMe = user.id === app.chat.me.id;
  const isFriend = Boolean(app.directory.friend(user.id));
  return h(
    'li',
    { class: 'row' },
    avatar(user),
    h(
      'div',
      { class: 'row-words' },
      h(
        'button',
        { type: 'button', class: 'row-title link plain', onclick: () => showPerson(app, user.id) },
        user.name,
      ),
      h('div', { class: 'row-text' }, user.bio),
    ),
    h(
      'div',
      { class: 'row-end' },
      isMe
        ? h('span', { class: 'tag' }, t('people.you'))
        : isFriend
          ? h('span', { class: 'tag accent' }, t('people.friend'))
          : button('user-plus', t('people.ask'), () => askFriend(app, user), 'small'),
    ),
  );
}
