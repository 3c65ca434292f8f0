import { forget, keep, kept } from '../base/tab.js';

/**
 * What somebody has begun to write, kept for each of their conversations until the tab is closed or they log out.
 */

/** @typedef {{ text: string, replyTo: number | null, mentions: [id: string, name: string][] }} Draft */

const EMPTY = { text: '', replyTo: null, mentions: [] };

/**
 * @param {string} me whose they are: the next one to log in here is somebody else
 */
export function drafts(me) {
  const keyOf = (conversation) => `draft.${me}.${conversation}`;
  return {
    /**
     * @param {string} conversation its id
     * @returns {Draft}
     */
    read(conversation) {
      try {
        return { ...EMPTY, ...JSON.parse(kept(keyOf(conversation)) ?? '{}') };
      } catch {
        return { ...EMPTY };
      }
    },
    /**
     * @param {string} conversation its id
     * @param {Draft} draft one without text and answer is forgotten
     */
    write(conversation, draft) {
      if (draft.text || draft.replyTo) keep(keyOf(conversation), JSON.stringify(draft));
      else forget(keyOf(conversation));
    },
  };
}
