import { avatar } from '../base/avatar.js';
import { h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { List } from '../base/list.js';
import { openMenu } from '../base/menu.js';
import { toastProblem } from '../base/toast.js';
import { moment, t } from '../base/words.js';
import { showPerson } from '../people/person.js';
import { changeMember, kickMember, muteMember, transferGroup } from './actions.js';

const RANKS = { owner: 2, admin: 1, member: 0 };

/**
 * The members of a group, its leaders first; a row opens a menu of what may be done with them.
 * @param {import('../shell.js').App} app
 * @param {any} conversation
 * @returns {{ element: HTMLElement, show: () => void, close: () => void }}
 */
export function memberList(app, conversation) {
  const element = h('div', { class: 'member-list', onclick: ({ target }) => open(target.closest('[data-id]')) });
  const list = new List(element, {
    key: ({ user }) => user.id,
    render: (member) => memberRow(app, member),
    estimate: 52,
    role: 'listbox',
    label: t('groups.member_list'),
    onActivate: (_, index) => open(list.element(index)),
  });
  const stop = on(app.chat, 'presence', () => list.refresh());
  return { element, show, close: () => (stop(), list.close()) };

  function show() {
    const members = [...conversation.members];
    members.sort((one, other) => RANKS[other.role] - RANKS[one.role] || one.user.name.localeCompare(other.user.name));
    element.style.height = `min(${members.length * 52}px, 60vh)`;
    list.set(members);
    list.refresh();
  }

  function open(row) {
    const member = conversation.members?.find(({ user }) => user.id === row?.dataset.id);
    if (member) openMenu(row, memberItems(app, conversation.group, member));
  }
}

function memberRow({ chat, directory }, { user, role, muted_until: until }) {
  const isMuted = until && new Date(until) > new Date();
  return h(
    'div',
    { class: 'row slim', 'data-id': user.id, 'aria-selected': false },
    h(
      'span',
      { class: 'with-presence', 'data-online': chat.presence(user.id)?.online ? '' : null },
      avatar(user, { size: 'small' }),
    ),
    h(
      'div',
      { class: 'row-words' },
      h(
        'div',
        { class: 'row-title' },
        user.id === chat.me?.id ? t('groups.yourself', user) : (directory.friend(user.id)?.remark ?? user.name),
      ),
    ),
    isMuted &&
      h(
        'span',
        { class: 'tag', title: t('groups.muted_until', { when: moment(until) }) },
        icon('mic-off'),
        h('span', { class: 'unseen' }, t('groups.muted_until', { when: moment(until) })),
      ),
    role !== 'member' && h('span', { class: 'tag accent' }, t(`role.${role}`)),
  );
}

/** What the caller's role allows with somebody: the owner with anybody, an admin with members. */
function memberItems(app, group, member) {
  const { user, role, muted_until: until } = member;
  const mine = RANKS[group.my_role];
  const outranks = user.id !== app.chat.me.id && mine > RANKS[role];
  const isOwner = group.my_role === 'owner';
  const change = (changes) => changeMember(app, group, user.id, changes).catch(toastProblem);
  const isMuted = until && new Date(until) > new Date();
  return [
    { label: t('people.show'), icon: 'user-round', run: () => showPerson(app, user.id) },
    outranks &&
      isOwner &&
      role === 'member' && {
        label: t('groups.make_admin'),
        icon: 'shield',
        run: () => change({ role: 'admin' }),
      },
    outranks &&
      isOwner &&
      role === 'admin' && {
        label: t('groups.make_member'),
        icon: 'user-round',
        run: () => change({ role: 'member' }),
      },
    outranks && isOwner && { label: t('groups.transfer'), icon: 'crown', run: () => transferGroup(app, group, member) },
    outranks && !isMuted && { label: t('groups.mute'), icon: 'mic-off', run: () => muteMember(app, group, member) },
    outranks && isMuted && { label: t('groups.unmute'), icon: 'volume-2', run: () => change({ muted_until: null }) },
    outranks && {
      label: t('groups.kick'),
      icon: 'user-x',
      danger: true,
      run: () => kickMember(app, group, member),
    },
  ];
}
