import { on } from '../base/dom.js';

const NAME = 'chatchat';

/**
 * Shows in the title how many conversations have something new.
 * @param {any} chat
 */
export function countInTitle(chat) {
  const show = () => {
    const count = chat.conversations.filter(
      ({ unread, muted, mentions }) => unread > 0 && (!muted || mentions > 0),
    ).length;
    document.title = count > 0 ? `(${count > 99 ? '99+' : count}) ${NAME}` : NAME;
  };
  const stop = on(chat, 'conversations', show);
  show();
  return {
    close() {
      stop();
      document.title = NAME;
    },
  };
}
