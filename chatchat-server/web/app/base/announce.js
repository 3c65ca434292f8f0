import { h } from './dom.js';

/**
 * Says things to screen readers without showing them.
 */

/** How long what was said stays to be heard, in milliseconds. */
const SAID_FOR = 5000;

// A log tells of each addition alone, however many there are.
const region = h('div', { class: 'unseen', role: 'log', 'aria-live': 'polite' });
document.body.append(region);

/**
 * Says it when the reader is done with what it is saying.
 * @param {string} text
 */
export function announce(text) {
  const said = h('p', null, text);
  region.append(said);
  setTimeout(() => said.remove(), SAID_FOR);
}
