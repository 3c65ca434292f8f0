import { t } from '../base/words.js';
import { summary } from '../talk/summary.js';

/**
 * What a message says, in a line.
 * @param {import('../shell.js').App} app
 * @param {any} message stored, or on its way
 * @param {{ inGroup?: boolean }} [options] `inGroup`: say who wrote it
 * @returns {string}
 */
export function preview({ chat, directory }, message, { inGroup = false } = {}) {
  const { content, sender_id: sender } = message;
  const line = summary(message, { of: (id) => directory.knownName(id) || t('talk.somebody') }, chat.me?.id);
  const isSaid = inGroup && sender && content && content.type !== 'system';
  return isSaid
    ? t('chats.said', { name: sender === chat.me?.id ? t('talk.you') : directory.knownName(sender), text: line })
    : line;
}
