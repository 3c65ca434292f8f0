import { t } from '../base/words.js';

/**
 * What a message says, in a line.
 */

const NOTICES = new Set(['member_joined', 'member_left', 'member_kicked', 'group_renamed', 'owner_changed']);

/**
 * @param {Pick<import('../../chatchat/types.js').Message, 'content' | 'sender_id'>} message
 * @param {import('./names.js').Names} names
 * @param {string} me
 */
export function summary({ content, sender_id: sender }, names, me) {
  if (!content) return sender === me ? t('talk.recalled_by_you') : t('talk.recalled');
  if (content.type === 'system') return notice(content, names);
  if (content.type === 'text') return content.text;
  return content.type === 'image' ? t('talk.image', { name: content.name }) : content.name;
}

/**
 * What the server tells in a group, in words.
 * @param {import('../../chatchat/types.js').SystemContent} content
 * @param {import('./names.js').Names} names
 */
export function notice({ event, user_id: user, by, name }, names) {
  if (!NOTICES.has(event)) return t('talk.notice.unknown');
  const who = (id) => (id ? isolated(names.of(id)) : '');
  return t(`talk.notice.${event}`, { name: who(user), by: who(by), title: isolated(name ?? '') });
}

/** A name keeps its direction of writing to itself. */
export const isolated = (name) => `\u2068${name}\u2069`;
