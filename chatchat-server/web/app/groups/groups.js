import { avatar } from '../base/avatar.js';
import { fill, h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { pagedList } from '../base/pages.js';
import { href } from '../base/router.js';
import { button, empty, iconButton, paneHeader, settled } from '../base/view.js';
import { t } from '../base/words.js';
import { createGroup } from './create.js';
import { followGroups } from './follow.js';

/**
 * One's own groups and, by their names, those of others.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export function openGroups(host, app, place) {
  let current = place.path[1];
  let list = null;
  const input = h('input', {
    type: 'search',
    'aria-label': t('groups.find'),
    placeholder: t('groups.find'),
    oninput: settled(show),
  });
  const results = h('div', { class: 'scroller padded' });
  fill(
    host,
    paneHeader({
      title: t('shell.groups'),
      actions: iconButton('plus', t('groups.create'), () => createGroup(app)),
    }),
    h('div', { class: 'search-field' }, icon('search'), input),
    results,
  );
  const shown = new Map();
  const stop = [on(app.chat, 'groups', () => list.reload()), followGroups(app.chat, shown, redrawn)];
  show();
  return { close: () => (stop.forEach((end) => end()), list.close()), moved };

  function show() {
    const query = input.value.trim();
    list?.close();
    shown.clear();
    list = pagedList({
      chat: app.chat,
      path: `/groups?query=${encodeURIComponent(query)}`,
      label: t(query ? 'groups.found' : 'groups.own'),
      row: (group) => (shown.set(group.id, group), groupRow(group, current)),
      none: () => nothing(app, query),
    });
    fill(results, h('h2', { class: 'group-title' }, t(query ? 'groups.found' : 'groups.own')), list.element);
  }

  function redrawn(group) {
    const link = [...results.querySelectorAll('a.row')].find(({ dataset }) => dataset.id === group.id);
    if (link) fill(link, rowParts(group));
  }

  function moved({ path }) {
    current = path[1];
    for (const link of results.querySelectorAll('a.row')) {
      if (link.dataset.id === current) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }
}

/** A group as a link to it. */
export const groupRow = (group, current) =>
  h(
    'li',
    null,
    h(
      'a',
      {
        class: 'row',
        href: href(['groups', group.id]),
        'data-id': group.id,
        'aria-current': group.id === current ? 'page' : null,
      },
      rowParts(group),
    ),
  );

const rowParts = (group) => [
  avatar(group, { kind: 'group' }),
  h(
    'div',
    { class: 'row-words' },
    h('div', { class: 'row-title' }, group.name),
    h('div', { class: 'row-text' }, t('groups.members', { n: group.member_count })),
  ),
  group.my_role && h('span', { class: 'tag' }, t(`role.${group.my_role}`)),
];

const nothing = (app, query) =>
  query
    ? empty({ icon: 'search', title: t('groups.none_found'), text: t('groups.none_found_text') })
    : empty({
        icon: 'users-round',
        title: t('groups.none'),
        text: t('groups.none_text'),
        action: button('plus', t('groups.create'), () => createGroup(app), 'primary'),
      });
