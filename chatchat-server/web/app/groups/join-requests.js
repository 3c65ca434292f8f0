import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { pagedList } from '../base/pages.js';
import { toastProblem } from '../base/toast.js';
import { busy, iconButton } from '../base/view.js';
import { t } from '../base/words.js';
import { showPerson } from '../people/person.js';

/**
 * Who has asked to be let into a group, for those who may answer.
 * @param {import('../shell.js').App} app
 * @param {any} group
 */
export function joinRequests(app, { id }) {
  const path = `/groups/${id}/join-requests`;
  const title = h('h3', { class: 'group-title', hidden: true }, t('groups.requests'));
  const list = pagedList({
    chat: app.chat,
    path,
    label: t('groups.requests'),
    row,
    none: () => (title.hidden = true) && null,
  });
  return { element: h('section', null, title, list.element), close: list.close };

  function row(request) {
    title.hidden = false;
    const answer =
      (how) =>
      ({ currentTarget }) =>
        busy(
          currentTarget,
          async () => {
            await app.chat.api('POST', `${path}/${request.id}/${how}`);
            list.remove(element);
          },
          toastProblem,
        );
    const { user } = request;
    const element = h(
      'li',
      { class: 'row slim', 'data-id': request.id },
      avatar(user, { size: 'small' }),
      h(
        'div',
        { class: 'row-words' },
        h(
          'button',
          { type: 'button', class: 'row-title link plain', onclick: () => showPerson(app, user.id) },
          user.name,
        ),
      ),
      iconButton('check', t('groups.approve', { who: user.name }), answer('approve')),
      iconButton('x', t('groups.decline', { who: user.name }), answer('decline')),
    );
    return element;
  }
}
