import { avatar } from '../base/avatar.js';
import { fill, h, on } from '../base/dom.js';
import { button, failed, iconButton, loading, paneHeader } from '../base/view.js';
import { t } from '../base/words.js';
import { searchButton, showSettings } from '../people/details.js';
import { pictureChooser } from '../base/picture.js';
import { deleteGroup, editGroup, inviteFriends, leaveGroup } from './actions.js';
import { rules } from './group.js';
import { joinRequests } from './join-requests.js';
import { memberList } from './members.js';

/** Who leads a group. */
const LEADERS = ['owner', 'admin'];

/**
 * A group from inside: its members, who wants to come in, one's own settings, and the way out.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {any} conversation
 * @param {{ onClose: () => void }} options
 */
export function openGroupDetails(host, app, conversation, { onClose }) {
  const card = h('div', null);
  const settings = h('div', null);
  const asking = h('div', null);
  const members = h('section', { class: 'members' });
  const out = h('div', { class: 'profile-actions' });
  const body = h('div', { class: 'pane-body' }, card, settings, searchButton(conversation), asking, members, out);
  fill(host, paneHeader({ title: t('groups.group'), onClose }), body);
  let [list, requests, role] = [null, null, undefined];
  const stop = [on(conversation, 'change', changed), showSettings(settings, conversation)];
  showGroup();
  showMembers();
  return { close };

  function changed({ detail }) {
    if (detail.kind === 'removed') onClose();
    if (detail.kind === 'group' || detail.kind === 'reset' || detail.kind === 'members') showGroup();
    if (detail.kind === 'members' || detail.kind === 'reset') showList();
  }

  function showGroup() {
    const { group } = conversation;
    if (!group) return;
    fill(card, groupCard(app, group));
    if (group.my_role === role) return;
    role = group.my_role;
    fill(out, wayOut(app, group));
    requests?.close();
    requests = LEADERS.includes(role) ? joinRequests(app, group) : null;
    fill(asking, requests?.element);
    showList();
  }

  async function showMembers() {
    fill(members, loading());
    try {
      await conversation.loadMembers();
      showList();
    } catch (problem) {
      fill(members, failed(problem, showMembers));
    }
  }

  function showList() {
    if (!conversation.members) return;
    list ??= memberList(app, conversation);
    if (list.element.isConnected) members.firstElementChild.replaceWith(membersHeader(app, conversation));
    else fill(members, membersHeader(app, conversation), list.element);
    list.show();
  }

  function close() {
    stop.forEach((end) => end());
    requests?.close();
    list?.close();
  }
}

const leads = ({ my_role: role }) => LEADERS.includes(role);

function groupCard(app, group) {
  return h(
    'div',
    { class: 'profile' },
    leads(group)
      ? pictureChooser({ chat: app.chat, path: `/groups/${group.id}/avatar`, who: group, kind: 'group' })
      : avatar(group, { size: 'huge', kind: 'group' }),
    h('h2', null, group.name),
    group.description && h('p', { class: 'bio' }, group.description),
    rules(group),
    leads(group) &&
      h(
        'div',
        { class: 'profile-actions' },
        button('pencil', t('groups.edit'), () => editGroup(app, group)),
      ),
  );
}

const membersHeader = (app, conversation) =>
  h(
    'header',
    { class: 'section-header' },
    h('h3', null, t('groups.members', { n: conversation.group?.member_count ?? conversation.members.length })),
    conversation.group &&
      leads(conversation.group) &&
      iconButton('user-plus', t('groups.invite'), () => inviteFriends(app, conversation.group, conversation.members)),
  );

const wayOut = (app, group) => [
  group.my_role === 'owner'
    ? button('trash', t('groups.delete'), () => deleteGroup(app, group), 'quiet-danger block')
    : button('log-out', t('groups.leave'), () => leaveGroup(app, group), 'quiet-danger block'),
];
