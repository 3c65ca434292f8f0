import { h } from '../base/dom.js';

/** How many characters before the first match are shown. */
const BEFORE = 40;

/**
 * A text with what was searched for marked in it, from shortly before the first match.
 * @param {string} text
 * @param {string} query
 * @returns {(string | HTMLElement)[]}
 */
export function marked(text, query) {
  const words = query.trim().split(/\s+/).filter(Boolean).map(escaped);
  if (words.length === 0) return [text];
  const pattern = new RegExp(`(${words.join('|')})`, 'giu');
  const first = text.search(pattern);
  const start = Math.max(0, first - BEFORE);
  const shown = (start > 0 ? '…' : '') + text.slice(start);
  // Between two parts that do not match stands one that does.
  return shown.split(pattern).map((part, place) => (place % 2 === 1 ? h('mark', null, part) : part));
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
