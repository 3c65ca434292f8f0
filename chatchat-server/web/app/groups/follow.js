import { on } from '../base/dom.js';
import { PACE, paced } from '../base/paced.js';

/**
 * Tells of each of these groups that is otherwise than shown, as far as that is heard: of those that one is in.
 * @param {any} chat
 * @param {Map<string, any>} shown id → the group as it is shown, kept as it is now
 * @param {(group: any) => void} onChange
 * @returns {() => void} ends it
 */
export function followGroups(chat, shown, onChange) {
  const look = paced(() => {
    for (const [id, group] of shown) {
      const now = chat.conversation(id)?.group;
      if (!now || Object.keys(now).every((key) => now[key] === group[key])) continue;
      shown.set(id, { ...group, ...now });
      onChange(shown.get(id));
    }
  }, PACE);
  const stop = on(chat, 'conversations', look);
  return () => (stop(), look.stop());
}
