import { h } from '../base/dom.js';
import { listed, number, t } from '../base/words.js';

/** So many names are told; the others are counted. */
const NAMED = 10;

/**
 * What stands under a message: a button for each emoji, pressed if one's own is among them.
 * @param {import('../../chatchat/types.js').Message} message
 * @param {import('./names.js').Names} names
 * @param {string} me
 * @param {((emoji: string, isMine: boolean) => void) | null} onToggle null: one may not
 */
export function reactions(message, names, me, onToggle) {
  if (message.reactions.length === 0) return null;
  return h('div', { class: 'reactions' }, message.reactions.map(chip));

  function chip({ emoji, count, user_ids: users }) {
    const isMine = users.includes(me);
    const label = t('talk.reaction', { emoji, n: count, names: who(users, count) });
    const props = {
      type: 'button', class: 'reaction', title: label, 'aria-label': label, 'aria-pressed': isMine,
      disabled: !onToggle && !isMine, onclick: () => onToggle?.(emoji, isMine), 'data-emoji': emoji,
    };
    return h('button', props, h('span', null, emoji), h('span', { class: 'reaction-count' }, number(count)));
  }

  function who(users, count) {
    const named = users.slice(0, NAMED).map((id) => names.orYou(id));
    const more = count - named.length;
    return listed(more > 0 ? [...named, t('talk.reaction_more', { n: more })] : named);
  }
}
