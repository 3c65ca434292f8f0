import { avatar } from '../base/avatar.js';
import { fill, h, on } from '../base/dom.js';
import { redraw } from '../base/focus.js';
import { go, href } from '../base/router.js';
import { toast, toastProblem } from '../base/toast.js';
import { busy, button, empty, loaded, paneHeader } from '../base/view.js';
import { day, t } from '../base/words.js';
import { leaveGroup } from './actions.js';
import { followGroups } from './follow.js';

/**
 * A group as one may know it from outside, and the way in.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export function openGroup(host, app, { path }) {
  const [, id] = path;
  if (!id) {
    fill(host, empty({ icon: 'users-round', title: t('groups.choose'), text: t('groups.choose_text') }));
    return { close: () => {} };
  }
  const body = h('div', { class: 'pane-body' });
  fill(host, paneHeader({ title: t('groups.group'), back: href(['groups']) }), body);
  const shown = new Map();
  const view = loaded(
    body,
    (signal) => app.chat.api('GET', `/groups/${encodeURIComponent(id)}`, undefined, { signal }),
    (group) => (shown.set(group.id, group), groupCard(app, group)),
  );
  const redrawn = (group) => redraw(body, () => fill(body, groupCard(app, group)));
  const stop = [on(app.chat, 'groups', () => view.reload()), followGroups(app.chat, shown, redrawn)];
  return { close: () => (stop.forEach((end) => end()), view.close()) };
}

function groupCard(app, group) {
  const { name, description, member_count: count, created_at: at, my_role: role } = group;
  return h(
    'div',
    { class: 'profile' },
    avatar(group, { size: 'huge', kind: 'group' }),
    h('h2', null, name),
    h('p', { class: 'hint' }, t('groups.members', { n: count })),
    description && h('p', { class: 'bio' }, description),
    rules(group),
    h('p', { class: 'hint' }, t('groups.since', { when: day(at) })),
    h('div', { class: 'profile-actions' }, role ? memberActions(app, group) : joinActions(app, group)),
  );
}

/** Who can join a group, and what they read then. */
export const rules = ({ join_policy: policy, history }) => [
  h('p', { class: 'hint' }, t('groups.rule', { rule: t('groups.policy'), value: t(`policy.${policy}`) })),
  h('p', { class: 'hint' }, t('groups.rule', { rule: t('groups.history'), value: t(`history.${history}`) })),
];

const memberActions = (app, group) => [
  button('message-circle', t('groups.open'), () => go(href(['chats', group.id])), 'primary'),
  button('info', t('groups.manage'), () => go(href(['chats', group.id], { info: '1' }))),
  group.my_role !== 'owner' && button('log-out', t('groups.leave'), () => leaveGroup(app, group), 'quiet-danger'),
];

function joinActions(app, group) {
  if (group.join_policy === 'invite') return h('p', { class: 'hint' }, t('problem.invite_only'));
  const words = t(group.join_policy === 'approval' ? 'groups.ask' : 'groups.join');
  return button(
    'log-in',
    words,
    ({ currentTarget }) => busy(currentTarget, () => join(app, group, currentTarget), toastProblem),
    'primary',
  );
}

async function join({ chat }, { id, name }, element) {
  const answer = await chat.api('PUT', `/groups/${id}/members/me`);
  if (answer.status === 'pending') {
    fill(element, t('groups.asked'));
    element.disabled = true;
    toast(t('groups.asked_text', { name }));
    return;
  }
  go(href(['chats', id]));
}
