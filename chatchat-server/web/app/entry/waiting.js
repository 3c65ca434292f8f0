import { fill, h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { t } from '../base/words.js';

/** How long to wait before the server is tried again, in milliseconds. */
const RETRY_AFTER = 3000;
/** What goes by itself. */
const PASSING = new Set(['offline', 'unavailable', 'internal_error', 'rate_limited', 'request_timeout']);

/**
 * Does something that needs the server, and shows that it is waited for as long as it does not answer.
 * @template T
 * @param {HTMLElement} host
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function waitForServer(host, action) {
  for (;;) {
    try {
      return await action();
    } catch (problem) {
      if (!PASSING.has(problem?.code)) throw problem;
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
      await new Promise((resolve) => setTimeout(resolve, (problem.retryAfter ?? 0) * 1000 || RETRY_AFTER));
    }
  }
}
