import { ago, t } from '../base/words.js';

/** Whether a friend is there: as heard last, else as the list said. */
export const presenceOf = (chat, friend) => chat.presence(friend.user.id) ?? friend;

/** Since when somebody is away, in words. */
export function presenceWords({ online, last_seen_at: seen }) {
  if (online) return t('people.online');
  return seen ? t('people.seen', { when: ago(seen) }) : t('people.offline');
}
