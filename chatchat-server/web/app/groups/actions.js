import { confirm, openDialog } from '../base/dialog.js';
import { field, form } from '../base/form.js';
import { DESCRIPTION, NAME } from '../base/limits.js';
import { go, href } from '../base/router.js';
import { toast } from '../base/toast.js';
import { t } from '../base/words.js';
import { histories, policies } from './create.js';
import { friendPicker } from './picker.js';

/**
 * What can be done with a group.
 */

/** For how long somebody can be silenced, in minutes. */
const MUTES = [10, 60, 1440, 10_080];

/** Leaves it, after a question. */
export function leaveGroup({ chat }, { id, name }) {
  confirm({
    title: t('groups.leave_title', { name }),
    text: t('groups.leave_text'),
    confirm: t('groups.leave'),
    danger: true,
    async run() {
      await chat.api('DELETE', `/groups/${id}/members/me`);
      go(href(['chats']));
    },
  });
}

/** Deletes it for everybody, after a question. */
export function deleteGroup({ chat }, { id, name }) {
  confirm({
    title: t('groups.delete_title', { name }),
    text: t('groups.delete_text'),
    confirm: t('groups.delete'),
    danger: true,
    async run() {
      await chat.api('DELETE', `/groups/${id}`);
      go(href(['chats']));
    },
  });
}

/** Changes its name and rules. */
export function editGroup({ chat }, group) {
  const content = form({
    fields: [
      field({ name: 'name', label: t('groups.name'), required: true, value: group.name, ...NAME }),
      field({
        name: 'description',
        label: t('groups.description'),
        type: 'textarea',
        value: group.description,
        ...DESCRIPTION,
      }),
      field({ name: 'join_policy', label: t('groups.policy'), options: policies(), value: group.join_policy }),
      field({ name: 'history', label: t('groups.history'), options: histories(), value: group.history }),
    ],
    submit: t('dialog.save'),
    async onSubmit(values) {
      await chat.api('PATCH', `/groups/${group.id}`, values);
      close();
    },
  });
  const { close } = openDialog({ title: t('groups.edit'), content });
}

/** Adds friends to it. */
export function inviteFriends(app, { id }, members) {
  const picker = friendPicker(app, { without: new Set(members.map(({ user }) => user.id)) });
  const content = form({
    fields: [picker.element],
    submit: t('groups.invite_submit'),
    async onSubmit() {
      const chosen = picker.chosen();
      for (const user of chosen) await app.chat.api('PUT', `/groups/${id}/members/${user}`);
      close();
      if (chosen.length > 0) toast(t('groups.invited', { n: chosen.length }));
    },
  });
  const { close } = openDialog({ title: t('groups.invite'), content, onClose: picker.close });
}

/** Hands it to somebody else, after a question. */
export function transferGroup({ chat }, { id, name }, { user }) {
  confirm({
    title: t('groups.transfer_title', { name, who: user.name }),
    text: t('groups.transfer_text', { who: user.name }),
    confirm: t('groups.transfer'),
    danger: true,
    run: () => chat.api('PUT', `/groups/${id}/owner`, { user_id: user.id }),
  });
}

/** Removes somebody from it, after a question. */
export function kickMember({ chat }, { id }, { user }) {
  confirm({
    title: t('groups.kick_title', { who: user.name }),
    text: t('groups.kick_text'),
    confirm: t('groups.kick'),
    danger: true,
    run: () => chat.api('DELETE', `/groups/${id}/members/${user.id}`),
  });
}

/** Keeps somebody from writing for a time. */
export function muteMember({ chat }, { id }, { user }) {
  confirm({
    title: t('groups.mute_title', { who: user.name }),
    confirm: t('groups.mute'),
    fields: [
      field({
        name: 'minutes',
        label: t('groups.mute_for'),
        options: MUTES.map((minutes) => [String(minutes), t(`groups.mute_${minutes}`)]),
      }),
    ],
    run: ({ minutes }) =>
      changeMember({ chat }, { id }, user.id, {
        muted_until: new Date(Date.now() + minutes * 60_000).toISOString(),
      }),
  });
}

/** Changes somebody's role, or until when they may not write. */
export const changeMember = ({ chat }, { id }, user, change) =>
  chat.api('PATCH', `/groups/${id}/members/${user}`, change);
