import { fill, h } from './dom.js';
import { redraw } from './focus.js';
import { icon } from './icons.js';
import { explain } from './problems.js';
import { t } from './words.js';

/**
 * What stands in the place of content: nothing here, not yet, or something that went wrong.
 */

/**
 * Nothing here, and what to do about it.
 * @param {{ icon: string, title: string, text?: string, action?: Node | false }} what
 */
export const empty = ({ icon: name, title, text, action }) =>
  h('div', { class: 'empty' }, icon(name), h('h2', null, title), text && h('p', null, text), action);

/** Not yet. */
export const loading = () =>
  h(
    'div',
    { class: 'loading', role: 'status' },
    icon('loader-circle'),
    h('span', { class: 'unseen' }, t('view.loading')),
  );

/**
 * It went wrong.
 * @param {unknown} problem
 * @param {() => void} retry
 */
export const failed = (problem, retry) =>
  h(
    'div',
    { class: 'empty', role: 'alert' },
    icon('circle-alert'),
    h('p', null, explain(problem)),
    h('button', { type: 'button', class: 'button small', onclick: retry }, icon('refresh-cw'), t('view.retry')),
  );

/**
 * Shows what is fetched, or why it could not be, with a button to try again.
 * @template T
 * @param {HTMLElement} host
 * @param {(signal: AbortSignal) => Promise<T>} fetch
 * @param {(value: T) => any} show what makes children for `host` out of it
 * @returns {{ reload: () => Promise<void>, close: () => void }}
 */
export function loaded(host, fetch, show) {
  let current = new AbortController();
  fill(host, loading());
  reload();
  return { reload, close: () => current.abort() };

  async function reload() {
    current.abort();
    const { signal } = (current = new AbortController());
    try {
      const value = await fetch(signal);
      if (!signal.aborted) redraw(host, () => fill(host, show(value)));
    } catch (problem) {
      if (!signal.aborted)
        fill(
          host,
          failed(problem, () => (fill(host, loading()), reload())),
        );
    }
  }
}

/**
 * The head of a pane.
 * @param {object} options
 * @param {any} options.title
 * @param {string} [options.back] where "back" leads, on narrow screens only
 * @param {() => void} [options.onClose] shows a button that closes the pane
 * @param {any} [options.actions]
 */
export const paneHeader = ({ title, back, onClose, actions }) =>
  h(
    'header',
    { class: 'pane-header' },
    back && h('a', { class: 'icon-button back', href: back, 'aria-label': t('view.back') }, icon('arrow-left')),
    h('h2', { tabIndex: -1 }, title),
    h('div', { class: 'pane-actions' }, actions),
    onClose &&
      h(
        'button',
        { type: 'button', class: 'icon-button', 'aria-label': t('dialog.close'), onclick: onClose },
        icon('x'),
      ),
  );

/**
 * A button with an icon alone.
 * @param {string} name of the icon
 * @param {string} label
 * @param {(event: MouseEvent) => void} onclick
 * @param {string} [look]
 */
export const iconButton = (name, label, onclick, look = '') =>
  h('button', { type: 'button', class: `icon-button ${look}`, 'aria-label': label, title: label, onclick }, icon(name));

/**
 * A button with an icon and words.
 * @param {string | null} name of the icon
 * @param {string} label
 * @param {(event: MouseEvent) => void} onclick
 * @param {string} [look]
 */
export const button = (name, label, onclick, look = 'outline') =>
  h('button', { type: 'button', class: `button ${look}`, onclick }, name && icon(name), label);

/**
 * Runs something that a button has asked for, once at a time; a problem is shown by `onProblem`.
 * @param {HTMLElement} element the button
 * @param {() => Promise<unknown>} action
 * @param {(problem: unknown) => void} onProblem
 */
export async function busy(element, action, onProblem) {
  if (element.classList.contains('busy')) return;
  element.classList.add('busy');
  try {
    await action();
  } catch (problem) {
    onProblem(problem);
  } finally {
    element.classList.remove('busy');
  }
}

/** Waits until no more calls come for a while, then makes the last one. */
export function settled(action, wait = 250) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), wait);
  };
}
