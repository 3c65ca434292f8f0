import { on } from '../base/dom.js';
import { PACE, paced } from '../base/paced.js';

/**
 * Tells how many conversations have something new that one wants to hear of, now and whenever that may have changed.
 * @param {any} chat
 * @param {(count: number) => void} tell
 * @returns {() => void} ends it
 */
export function countNews(chat, tell) {
  const count = paced(() => tell(chat.conversations.filter(isNews).length), PACE);
  const stop = on(chat, 'conversations', count);
  count();
  return () => (stop(), count.stop());
}

const isNews = ({ unread, muted, mentions }) => unread > 0 && (!muted || mentions > 0);
