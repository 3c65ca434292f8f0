import { avatar } from '../base/avatar.js';
import { fill, h, on } from '../base/dom.js';
import { pagedList } from '../base/pages.js';
import { go, href } from '../base/router.js';
import { toast, toastProblem } from '../base/toast.js';
import { busy, button, empty, paneHeader } from '../base/view.js';
import { ago, t } from '../base/words.js';
import { showPerson } from './person.js';

/**
 * Who would like to be friends, and whom one has asked.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 */
export function openRequests(host, app) {
  const lists = [
    requests(app, 'incoming', incomingRow, () => empty({ icon: 'mail', title: t('people.no_incoming') })),
    requests(app, 'outgoing', outgoingRow, () => h('p', { class: 'hint padded' }, t('people.no_outgoing'))),
  ];
  fill(
    host,
    paneHeader({ title: t('people.requests'), back: href(['people']) }),
    h(
      'div',
      { class: 'pane-body' },
      h('h3', { class: 'group-title' }, t('people.incoming')),
      lists[0].element,
      h('h3', { class: 'group-title' }, t('people.outgoing')),
      lists[1].element,
    ),
  );
  const stop = on(app.directory, 'requests', () => lists.forEach(({ reload }) => reload()));
  return { close: () => (stop(), lists.forEach(({ close }) => close())) };
}

const requests = (app, direction, row, none) =>
  pagedList({
    chat: app.chat,
    path: `/friend-requests?direction=${direction}`,
    label: t(`people.${direction}`),
    row: (request) => row(app, request),
    none,
  });

function incomingRow(app, { id, from, note, created_at: at }) {
  const accept = async () => {
    const friend = await app.chat.api('POST', `/friend-requests/${id}/accept`);
    toast(t('people.now_friends', { name: from.name }), {
      action: { label: t('people.write'), run: () => go(href(['chats', friend.conversation_id])) },
    });
  };
  const decline = async () => {
    await app.chat.api('POST', `/friend-requests/${id}/decline`);
  };
  return requestRow(app, id, from, note, at, [
    act('check', t('people.accept'), accept, 'primary small'),
    act(null, t('people.decline'), decline, 'small'),
  ]);
}

function outgoingRow(app, { id, to, note, created_at: at }) {
  const withdraw = async () => {
    await app.chat.api('DELETE', `/friend-requests/${id}`);
  };
  return requestRow(app, id, to, note, at, act(null, t('people.withdraw'), withdraw, 'small'));
}

const requestRow = (app, id, user, note, at, actions) =>
  h(
    'li',
    { class: 'row wide', 'data-id': id },
    avatar(user),
    h(
      'div',
      { class: 'row-words' },
      h(
        'div',
        null,
        h(
          'button',
          { type: 'button', class: 'row-title link plain', onclick: () => showPerson(app, user.id) },
          user.name,
        ),
        ' ',
        h('time', { class: 'hint', dateTime: at }, ago(at)),
      ),
      note && h('p', { class: 'note' }, note),
    ),
    h('div', { class: 'row-end' }, actions),
  );

const act = (name, label, action, look) =>
  button(name, label, ({ currentTarget }) => busy(currentTarget, action, toastProblem), look);
