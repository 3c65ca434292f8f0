import { h } from './dom.js';

/**
 * Says things to screen readers without showing them.
 */

const region = h('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
document.body.append(region);

/**
 * Says it when the reader is done with what it is saying.
 * @param {string} text
 */
export function announce(text) {
  // The same text twice is a change only if the region was empty in between.
  region.textContent = '';
  setTimeout(() => (region.textContent = text), 50);
}
