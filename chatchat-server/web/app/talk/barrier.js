import { moment, t } from '../base/words.js';

/**
 * Why one cannot write in a conversation, and when that ends; null if one can.
 * @param {import('../../chatchat.js').Conversation} conversation
 * @param {string} me
 * @param {number} [now]
 * @returns {{ why: string, until: number | null } | null}
 */
export function barrier(conversation, me, now = Date.now()) {
  const { gone, members, writable } = conversation;
  if (gone === 'deleted') return { why: t('talk.removed'), until: null };
  if (gone) return { why: t('talk.left'), until: null };
  if (!writable) return { why: t('talk.not_friends'), until: null };
  const mutedUntil = members?.find(({ user }) => user.id === me)?.muted_until;
  const until = mutedUntil ? new Date(mutedUntil).getTime() : 0;
  return until > now ? { why: t('talk.muted_until', { when: moment(until) }), until } : null;
}
