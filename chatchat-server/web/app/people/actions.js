import { confirm } from '../base/dialog.js';
import { field } from '../base/form.js';
import { NOTE, REMARK } from '../base/limits.js';
import { toast, toastProblem } from '../base/toast.js';
import { t } from '../base/words.js';
import { calledAs } from './called.js';

/**
 * What can be done with people.
 */

/**
 * Asks somebody to be friends, with a word to it.
 * @param {import('../shell.js').App} app
 * @param {any} user
 * @param {() => void} [then]
 */
export function askFriend({ chat }, user, then) {
  confirm({
    title: t('people.ask_title', { name: user.name }),
    confirm: t('people.ask_send'),
    fields: [field({ name: 'note', label: t('people.note'), hint: t('people.note_hint'), type: 'textarea', ...NOTE })],
    async run({ note }) {
      const request = await chat.api('POST', '/friend-requests', { user_id: user.id, note });
      toast(t(request.status === 'accepted' ? 'people.now_friends' : 'people.asked', { name: user.name }));
      then?.();
    },
  });
}

/** What one calls a friend; nobody else sees it. */
export function editRemark({ chat }, friend) {
  confirm({
    title: t('people.remark'),
    confirm: t('dialog.save'),
    fields: [
      field({
        name: 'remark',
        label: t('people.remark_label', { name: friend.user.name }),
        hint: t('people.remark_hint'),
        value: friend.remark ?? '',
        ...REMARK,
      }),
    ],
    async run({ remark }) {
      await chat.api('PATCH', `/friends/${friend.user.id}`, { remark: remark.trim() || null });
    },
  });
}

/** Ends a friendship, after a question. */
export function unfriend({ chat }, friend) {
  confirm({
    title: t('people.unfriend_title', { name: calledAs(friend) }),
    text: t('people.unfriend_text'),
    confirm: t('people.unfriend'),
    danger: true,
    async run() {
      await chat.api('DELETE', `/friends/${friend.user.id}`);
    },
  });
}

/** Wants to hear nothing more of somebody, after a question. */
export function block({ chat }, user) {
  confirm({
    title: t('people.block_title', { name: user.name }),
    text: t('people.block_text'),
    confirm: t('people.block'),
    danger: true,
    async run() {
      await chat.api('PUT', `/blocks/${user.id}`);
      toast(t('people.is_blocked', { name: user.name }), {
        action: { label: t('people.unblock'), run: () => unblock({ chat }, user).catch(toastProblem) },
      });
    },
  });
}

/** Ends that. */
export async function unblock({ chat }, user) {
  await chat.api('DELETE', `/blocks/${user.id}`);
}
