import { avatar } from '../base/avatar.js';
import { openDialog } from '../base/dialog.js';
import { fill, h, on } from '../base/dom.js';
import { go, href } from '../base/router.js';
import { button, loaded, paneHeader } from '../base/view.js';
import { day, t } from '../base/words.js';
import { askFriend, block, editRemark, unfriend } from './actions.js';
import { calledAs, nameOf } from './called.js';
import { presenceOf, presenceWords } from './presence.js';

/**
 * Somebody, in a pane of their own.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {string} id
 */
export function openPerson(host, app, id) {
  const body = h('div', { class: 'pane-body' });
  fill(host, paneHeader({ title: t('people.person'), back: href(['people']) }), body);
  return personCard(body, app, id);
}

/**
 * Somebody, in a dialog.
 * @param {import('../shell.js').App} app
 * @param {string} id
 */
export function showPerson(app, id) {
  const body = h('div', null);
  const { close } = openDialog({
    title: t('people.person'),
    content: body,
    class: 'small',
    onClose: () => (removeEventListener('hashchange', close), card.close()),
  });
  const card = personCard(body, app, id);
  addEventListener('hashchange', close);
}

/**
 * Who somebody is, and what can be done with them; kept as it is now.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {string} id
 * @param {{ isHere?: boolean }} [options] `isHere`: in the conversation with them
 */
export function personCard(host, app, id, { isHere = false } = {}) {
  const { chat, directory } = app;
  const view = loaded(
    host,
    () => chat.user(id),
    (user) => card(app, user, { view, isHere }),
  );
  const stop = [
    on(directory, 'friends', () => view.reload()),
    on(chat, 'presence', ({ detail }) => (detail?.user_id ?? id) === id && view.reload()),
  ];
  return {
    close() {
      stop.forEach((end) => end());
      view.close();
    },
  };
}

function card(app, user, { view, isHere }) {
  const friend = app.directory.friend(user.id);
  const name = friend ? calledAs(friend) : nameOf(user);
  return h(
    'div',
    { class: 'profile' },
    avatar({ ...user, name }, { size: 'huge' }),
    h('h2', null, name),
    friend?.remark && h('p', { class: 'hint' }, user.name),
    friend && h('p', { class: 'hint' }, presenceWords(presenceOf(app.chat, friend))),
    user.bio && h('p', { class: 'bio' }, user.bio),
    friend && h('p', { class: 'hint' }, t('people.since', { when: day(friend.since) })),
    h('div', { class: 'profile-actions' }, actions(app, user, { view, isHere })),
  );
}

function actions(app, user, { view, isHere }) {
  if (user.id === app.chat.me?.id) return button('pencil', t('me.profile'), () => go(href(['me', 'profile'])));
  const friend = app.directory.friend(user.id);
  return friend ? friendActions(app, friend, isHere) : strangerActions(app, user, view);
}

const friendActions = (app, friend, isHere) => [
  !isHere && button('message-circle', t('people.write'), () => go(href(['chats', friend.conversation_id])), 'primary'),
  button('pencil', t('people.remark'), () => editRemark(app, friend)),
  button('user-minus', t('people.unfriend'), () => unfriend(app, friend), 'quiet-danger'),
  button('ban', t('people.block'), () => block(app, friend.user), 'quiet-danger'),
];

const strangerActions = (app, user, view) => [
  button('user-plus', t('people.ask'), () => askFriend(app, user, () => view.reload()), 'primary'),
  button('ban', t('people.block'), () => block(app, user), 'quiet-danger'),
];
