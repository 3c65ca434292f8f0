import { fill, h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { failed } from '../base/view.js';
import { t } from '../base/words.js';

/** How long to wait before the server is tried again, in milliseconds. */
const RETRY_AFTER = 3000;

/**
 * Does something that needs the server, and shows that it is waited for as long as it does not answer.
 * @template T
 * @param {HTMLElement} host
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 * @throws {import('../../chatchat.js').Problem} what waiting does not help against
 */
export async function waitForServer(host, action) {
  for (;;) {
    try {
      return await action();
    } catch (problem) {
      if (!passes(problem)) throw problem;
      if (!problem?.code) console.error(problem);
      fill(
        host,
        h(
          'main',
          { class: 'empty waiting' },
          icon('wifi-off'),
          h('h1', null, t('waiting.title')),
          h('p', { role: 'status' }, t('waiting.text')),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, (problem?.retryAfter ?? 0) * 1000 || RETRY_AFTER));
    }
  }
}

/** What the server itself cannot help is over one day, too; what is no problem of its came from something in between. */
const passes = (problem) => !problem?.code || problem.passes || problem.status >= 500;

/**
 * A module without which there is nothing to show. Where it cannot be had, that is shown for good: browsers may not ask
 * again until the page is loaded anew.
 * @param {HTMLElement} host
 * @param {() => Promise<any>} load
 * @returns {Promise<any>}
 */
export async function needed(host, load) {
  try {
    return await load();
  } catch (error) {
    console.warn(error);
    fill(host, h('main', { class: 'empty waiting' }, failed({ code: 'not_loaded' }, () => location.reload())));
    return new Promise(() => {});
  }
}
