import { avatar } from '../base/avatar.js';
import { fill, h } from '../base/dom.js';
import { pagedList } from '../base/pages.js';
import { href } from '../base/router.js';
import { toastProblem } from '../base/toast.js';
import { busy, button, empty, paneHeader } from '../base/view.js';
import { t } from '../base/words.js';
import { unblock } from './actions.js';

/**
 * Whom one does not want to hear of.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 */
export function openBlocked(host, app) {
  const list = pagedList({
    chat: app.chat,
    path: '/blocks',
    label: t('people.blocked'),
    row: (user) => blockedRow(app, user, (row) => list.remove(row)),
    none: () => empty({ icon: 'ban', title: t('people.none_blocked'), text: t('people.none_blocked_text') }),
  });
  fill(
    host,
    paneHeader({ title: t('people.blocked'), back: href(['people']) }),
    h('div', { class: 'pane-body' }, list.element),
  );
  return list;
}

function blockedRow(app, user, onEnd) {
  const end = ({ currentTarget }) =>
    busy(
      currentTarget,
      async () => {
        await unblock(app, user);
        onEnd(row);
      },
      toastProblem,
    );
  const row = h(
    'li',
    { class: 'row', 'data-id': user.id },
    avatar(user),
    h('div', { class: 'row-words' }, h('div', { class: 'row-title' }, user.name)),
    button(null, t('people.unblock'), end, 'small'),
  );
  return row;
}
