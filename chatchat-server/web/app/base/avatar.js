import { h } from './dom.js';

/**
 * Pictures of people and groups; without one, initials on a colour that the id makes.
 */

/** How many colours `style/parts.css` has for them. */
const COLOURS = 8;

/**
 * @param {{ id: string, name: string, avatar_url?: string | null }} who
 * @param {{ size?: 'small' | 'large' | 'huge', kind?: 'person' | 'group' }} [look]
 * @returns {HTMLElement}
 */
export function avatar({ id, name, avatar_url: url }, { size, kind = 'person' } = {}) {
  const classes = ['avatar', size, kind, `colour-${colourOf(id)}`].filter(Boolean).join(' ');
  const box = h('span', { class: classes, 'aria-hidden': 'true' }, initials(name));
  if (url) {
    // Pictures are public, below a path of this server, whatever name it was reached by.
    const { pathname } = new URL(url, location.href);
    box.append(
      h('img', {
        src: pathname,
        alt: '',
        loading: 'lazy',
        decoding: 'async',
        onerror: ({ target }) => target.remove(),
      }),
    );
  }
  return box;
}

/**
 * The number of the colour that stands for an id, from 0.
 * @param {string} id
 */
export function colourOf(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return sum % COLOURS;
}

/** The first letters of the first and last word: "AL" for "Ada Lovelace", "陈" for "陈晨". */
export function initials(name) {
  const words = name
    .trim()
    .split(/\s+/)
    .map((word) => [...word].find((letter) => /[\p{L}\p{N}]/u.test(letter)));
  const letters = words.filter(Boolean);
  if (letters.length === 0) return [...name.trim()][0] ?? '?';
  const [first, last] = [letters[0], letters.at(-1)];
  const isWide = /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(first + last);
  return (isWide || letters.length === 1 ? first : first + last).toLocaleUpperCase();
}
