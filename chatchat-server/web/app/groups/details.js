import { avatar } from '../base/avatar.js';
import { fill, h, on } from '../base/dom.js';
import { redraw } from '../base/focus.js';
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
export const openGroupDetails = (host, app, conversation, options) =>
  new GroupDetails(host, app, conversation, options);

class GroupDetails {
  #app;
  #conversation;
  #onClose;
  #card = h('div', null);
  #asking = h('div', null);
  #members = h('section', { class: 'members' });
  #out = h('div', { class: 'profile-actions' });
  #role = undefined;
  #list = null;
  #requests = null;
  #stop;

  constructor(host, app, conversation, { onClose }) {
    this.#app = app;
    this.#conversation = conversation;
    this.#onClose = onClose;
    const settings = h('div', null);
    const parts = [this.#card, settings, searchButton(conversation), this.#asking, this.#members, this.#out];
    fill(host, paneHeader({ title: t('groups.group'), onClose }), h('div', { class: 'pane-body' }, parts));
    this.#stop = [
      on(conversation, 'change', ({ detail }) => this.#changed(detail.kind)),
      showSettings(settings, conversation),
    ];
    this.#showGroup();
    this.#loadMembers();
  }

  close() {
    for (const end of this.#stop) end();
    this.#requests?.close();
    this.#list?.close();
  }

  #changed(kind) {
    if (kind === 'removed') this.#onClose();
    if (['group', 'members', 'reset'].includes(kind)) this.#showGroup();
    if (kind === 'members') this.#showMembers();
    if (kind === 'reset') this.#loadMembers();
  }

  #showGroup() {
    const { group } = this.#conversation;
    if (!group) return;
    redraw(this.#card, () => fill(this.#card, groupCard(this.#app, group)));
    if (group.my_role === this.#role) return;
    this.#role = group.my_role;
    this.#requests?.close();
    this.#requests = leads(group) ? joinRequests(this.#app, group) : null;
    fill(this.#asking, this.#requests?.element);
    redraw(this.#out, () => fill(this.#out, wayOut(this.#app, group)));
    this.#showMembers();
  }

  async #loadMembers() {
    if (!this.#list) fill(this.#members, loading());
    try {
      await this.#conversation.loadMembers();
      this.#showMembers();
    } catch (problem) {
      fill(
        this.#members,
        failed(problem, () => this.#loadMembers()),
      );
    }
  }

  #showMembers() {
    if (!this.#conversation.members) return;
    const header = membersHeader(this.#app, this.#conversation);
    this.#list ??= memberList(this.#app, this.#conversation);
    const replace = () => this.#members.firstElementChild.replaceWith(header);
    if (this.#list.element.isConnected) redraw(this.#members, replace);
    else fill(this.#members, header, this.#list.element);
    this.#list.show();
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

function membersHeader(app, conversation) {
  const { group, members } = conversation;
  const invite = () => inviteFriends(app, conversation.group, conversation.members ?? members);
  return h(
    'header',
    { class: 'section-header' },
    h('h3', null, t('groups.members', { n: group?.member_count ?? members.length })),
    group && leads(group) && iconButton('user-plus', t('groups.invite'), invite),
  );
}

const wayOut = (app, group) => [
  group.my_role === 'owner'
    ? button('trash', t('groups.delete'), () => deleteGroup(app, group), 'quiet-danger block')
    : button('log-out', t('groups.leave'), () => leaveGroup(app, group), 'quiet-danger block'),
];
