/**
 * What somebody has begun to write, kept for each conversation until the tab is closed.
 */

/** @typedef {{ text: string, replyTo: number | null, mentions: [id: string, name: string][] }} Draft */

const PREFIX = 'chatchat.draft.';
const EMPTY = { text: '', replyTo: null, mentions: [] };

/**
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} [storage]
 */
export function drafts(storage = sessionStorage) {
  return {
    /**
     * @param {string} key
     * @returns {Draft}
     */
    read(key) {
      try {
        return { ...EMPTY, ...JSON.parse(storage.getItem(PREFIX + key) ?? '{}') };
      } catch {
        return { ...EMPTY };
      }
    },
    /**
     * @param {string} key
     * @param {Draft} draft one without text and answer is forgotten
     */
    write(key, draft) {
      try {
        if (draft.text || draft.replyTo) storage.setItem(PREFIX + key, JSON.stringify(draft));
        else storage.removeItem(PREFIX + key);
      } catch {
        // A full or closed storage: the draft lives as long as the page shows it.
      }
    },
  };
}
