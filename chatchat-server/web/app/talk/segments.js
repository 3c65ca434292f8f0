/**
 * Finds in a text what is more than text: addresses that lead somewhere, and names of people who are mentioned.
 */

/** @typedef {{ kind: 'text', text: string } | { kind: 'link', text: string, href: string } | { kind: 'mention', text: string, id: string }} Segment */

/**
 * An address up to the first character that ends one in running text: white space, quotes, brackets of other kinds,
 * what stands between Chinese sentences, and what turns the direction of writing.
 */
const ADDRESS = /https?:\/\/[^\s<>"'`{}|\\^，。！？、；：（）【】《》「」『』“”‘’\p{Cc}\p{Cf}]+/giu;
/** What ends a sentence and no address, however it looks. */
const TRAILING = /[.,!?;:*_~]+$/u;
const EMOJI = /^(?:\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F\u20E3\u{E0020}-\u{E007F}]*(?:\u200D\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F]*)*)$/u;
/** More emoji than these are small again; and no text of so many code units is that few. */
const [JUMBO, LONGEST_JUMBO] = [3, 64];
const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * The parts of a text, in order.
 * @param {string} text
 * @param {Map<string, string>} [mentioned] the ids of those who are mentioned, by their names
 * @returns {Segment[]}
 */
export function segments(text, mentioned = new Map()) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = trimmed(found[0]);
    const href = safeAddress(address);
    if (!href) continue;
    parts.push(...withMentions(text.slice(from, found.index), mentioned));
    parts.push({ kind: 'link', text: address, href });
    from = found.index + address.length;
  }
  parts.push(...withMentions(text.slice(from), mentioned));
  return parts;
}

/** Whether a text is nothing but a few emoji. */
export function isJumbo(text) {
  if (text.length > LONGEST_JUMBO) return false;
  const all = graphemes(text.replace(/\s+/gu, ''));
  return all.length > 0 && all.length <= JUMBO && all.every((one) => EMOJI.test(one));
}

/** The emoji that a text begins with, or null. */
export function leadingEmoji(text) {
  const [first] = graphemes(text.trim().slice(0, LONGEST_JUMBO));
  return first && EMOJI.test(first) ? first : null;
}

/** What people take for characters. */
const graphemes = (text) => Array.from(characters.segment(text), ({ segment }) => segment);

/**
 * The address without what belongs to the sentence around it: a full stop, a bracket that was opened before it.
 * @param {string} found
 */
function trimmed(found) {
  let address = found.replace(TRAILING, '');
  for (const [open, close] of ['()', '[]']) {
    const count = (bracket) => address.split(bracket).length - 1;
    while (address.endsWith(close) && count(close) > count(open)) address = address.slice(0, -1).replace(TRAILING, '');
  }
  return address;
}

/**
 * Where an address leads, or null if it is none that may be followed: with a name before an `@`, it would look as if it
 * led there.
 * @param {string} address
 */
function safeAddress(address) {
  try {
    const url = new URL(address);
    const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
    return isWeb && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} text
 * @param {Map<string, string>} mentioned
 * @returns {Segment[]}
 */
function withMentions(text, mentioned) {
  const parts = [];
  let from = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', Math.max(from, at + 1))) {
    const name = longest(text, at + 1, mentioned);
    if (name === null) continue;
    if (at > from) parts.push({ kind: 'text', text: text.slice(from, at) });
    parts.push({ kind: 'mention', text: `@${name}`, id: mentioned.get(name) });
    from = at + 1 + name.length;
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}

/** The longest of the names that stands there. */
function longest(text, at, mentioned) {
  const there = [...mentioned.keys()].filter((name) => name && text.startsWith(name, at));
  return there.reduce((best, name) => (best === null || name.length > best.length ? name : best), null);
}
