import { lazily } from '../base/lazily.js';
import { go, href } from '../base/router.js';
import { toastProblem } from '../base/toast.js';
import { t } from '../base/words.js';

/**
 * What can be done with a conversation, as the items of a menu.
 * @param {import('../shell.js').App} app
 * @param {any} conversation
 */
export function conversationItems(app, conversation) {
  const { id, kind, pinned, muted, unread, last_seq: last, group } = conversation;
  const set = (settings) => conversation.set(settings).catch(toastProblem);
  return [
    { label: t('chats.details'), icon: 'info', run: () => go(href(['chats', id], { info: '1' })) },
    unread > 0 && {
      label: t('chats.mark_read'),
      icon: 'check-check',
      run: () => Promise.resolve(conversation.read(last)).catch(toastProblem),
    },
    {
      label: t(pinned ? 'chats.unpin' : 'chats.pin'),
      icon: pinned ? 'pin-off' : 'pin',
      run: () => set({ pinned: !pinned }),
    },
    {
      label: t(muted ? 'chats.unmute' : 'chats.mute'),
      icon: muted ? 'bell' : 'bell-off',
      run: () => set({ muted: !muted }),
    },
    kind === 'group' &&
      group &&
      group.my_role !== 'owner' && {
        label: t('groups.leave'),
        icon: 'log-out',
        danger: true,
        run: () => lazily(() => import('../groups/actions.js'), ({ leaveGroup }) => leaveGroup(app, group)),
      },
  ];
}
