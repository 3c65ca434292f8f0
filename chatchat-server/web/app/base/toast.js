import { fill, h } from './dom.js';
import { icon } from './icons.js';
import { explain } from './problems.js';
import { t } from './words.js';

/** How long a toast is there, in milliseconds; while it is pointed at or focused, it stays. */
const SHOWN_FOR = 6000;
/** More than this are not seen at once: the oldest goes. */
const MOST = 3;

const region = h('div', { class: 'toasts', role: 'region', 'aria-label': t('toast.region') });
document.body.append(region);

/**
 * Shows a short message over the page.
 * @param {string} text
 * @param {{ kind?: 'info' | 'problem', action?: { label: string, run: () => void } }} [options]
 */
export function toast(text, { kind = 'info', action } = {}) {
  const box = h('div', { class: `toast ${kind}`, role: kind === 'problem' ? 'alert' : 'status' });
  const close = () => box.remove();
  const act =
    action && h('button', { type: 'button', class: 'link', onclick: () => (close(), action.run()) }, action.label);
  region.append(box);
  // A region that is there before its text comes is read aloud.
  fill(
    box,
    icon(kind === 'problem' ? 'circle-alert' : 'circle-check'),
    h('span', null, text),
    act,
    h('button', { type: 'button', class: 'icon-button', 'aria-label': t('dialog.close'), onclick: close }, icon('x')),
  );
  while (region.children.length > MOST) region.firstElementChild.remove();
  const leave = () => (box.matches(':hover, :focus-within') ? setTimeout(leave, SHOWN_FOR) : close());
  setTimeout(leave, SHOWN_FOR);
}

/**
 * Shows why something did not work, in the user's words.
 * @param {unknown} problem
 */
export const toastProblem = (problem) => toast(explain(problem), { kind: 'problem' });
