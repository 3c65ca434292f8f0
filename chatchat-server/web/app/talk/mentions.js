/**
 * Mentioning people while one writes.
 */

/** How many a message may mention. */
const MOST = 50;
/** How long the beginning of a name may be, in characters: what is longer is no name. */
const LONGEST = 64;
/** How many are offered. */
const OFFERED = 8;

/**
 * The beginning of a name that stands before the caret, after an `@` that begins a word; null if there is none.
 * @param {string} text
 * @param {number} caret
 * @returns {{ from: number, query: string } | null}
 */
export function nameBefore(text, caret) {
  const from = text.lastIndexOf('@', caret - 1);
  if (from < 0 || caret - from - 1 > LONGEST) return null;
  const before = text.slice(0, from);
  if (/[\p{Script=Latin}\p{N}._-]$/u.test(before)) return null; // an e-mail address
  const query = text.slice(from + 1, caret);
  return /[\n@]|\s{2}|^\s/u.test(query) ? null : { from, query };
}

/**
 * Those whose names fit, the better ones first: names that begin so, then those with a word that does, then the others
 * in which it stands.
 * @template {{ id: string, name: string }} T
 * @param {T[]} people
 * @param {string} query
 * @returns {T[]}
 */
export function fitting(people, query) {
  const wanted = query.toLocaleLowerCase();
  const rank = ({ name }) => {
    const lower = name.toLocaleLowerCase();
    if (lower.startsWith(wanted)) return 0;
    if (lower.split(/\s+/u).some((word) => word.startsWith(wanted))) return 1;
    return lower.includes(wanted) ? 2 : 3;
  };
  const ranked = people.map((person) => ({ person, rank: rank(person) })).filter((one) => one.rank < 3);
  ranked.sort((a, b) => a.rank - b.rank || a.person.name.localeCompare(b.person.name));
  return ranked.slice(0, OFFERED).map(({ person }) => person);
}

/**
 * The text with a name in the place of its beginning, and where the caret is then.
 * @param {string} text
 * @param {number} from where the `@` is
 * @param {number} caret
 * @param {string} name
 */
export function completed(text, from, caret, name) {
  const inserted = `@${name} `;
  const after = text.slice(caret).replace(/^ /u, '');
  return { text: text.slice(0, from) + inserted + after, caret: from + inserted.length };
}

/**
 * The ids of those who were chosen and whose names still stand in the text.
 * @param {string} text
 * @param {Map<string, string>} chosen id → name
 */
export function mentionedIn(text, chosen) {
  const standing = [...chosen].filter(([, name]) => text.includes(`@${name}`));
  return standing.slice(0, MOST).map(([id]) => id);
}
