import { fill, h } from './dom.js';
import { redraw } from './focus.js';
import { failed, loading } from './view.js';

/**
 * The API's lists, which come in pages.
 */

/** A page has no more. */
const MOST_AT_ONCE = 100;

/**
 * All items of a list, up to `most`.
 * @param {any} chat
 * @param {string} path
 * @param {{ most?: number, signal?: AbortSignal }} [options]
 * @returns {Promise<any[]>}
 */
export async function allItems(chat, path, { most = 1000, signal } = {}) {
  const items = [];
  let cursor = null;
  do {
    const page = await chat.api('GET', withPage(path, MOST_AT_ONCE, cursor), undefined, { signal });
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < most);
  return items;
}

/**
 * A list that fetches its next page when its end comes into view.
 * @param {object} options
 * @param {any} options.chat
 * @param {string} options.path
 * @param {(item: any) => HTMLElement} options.row an `li`
 * @param {() => any} options.none what stands there if there is nothing
 * @param {string} options.label
 * @param {number} [options.limit] items of a page
 * @param {boolean} [options.further] whether there is more than the first page
 * @returns {{
 *   element: HTMLElement, reload: () => Promise<void>, remove: (row: HTMLElement) => void, close: () => void
 * }} `reload`: shows what is there now; `remove`: takes a row away, of which one hears in no other way
 */
export function pagedList({ chat, path, row, none, label, limit = 30, further = true }) {
  const stop = new AbortController();
  const items = h('ul', { class: 'rows', 'aria-label': label });
  const end = h('div', { class: 'list-end' });
  const element = h('div', null, items, end);
  const seen = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && next());
  let cursor = null;
  let isFetching = false;
  let isStale = false;
  next();
  return { element, reload, remove, close };

  async function next() {
    if (isFetching) return;
    fill(end, loading());
    await fetch(limit, cursor, (page) => items.append(...page.items.map(row)));
  }

  async function reload() {
    isStale = isFetching;
    if (isFetching) return;
    const most = Math.min(MOST_AT_ONCE, Math.max(limit, items.children.length));
    await fetch(most, null, (page) => redraw(items, () => fill(items, page.items.map(row))));
  }

  async function fetch(count, from, show) {
    isFetching = true;
    try {
      const page = await chat.api('GET', withPage(path, count, from), undefined, { signal: stop.signal });
      if (stop.signal.aborted) return;
      show(page);
      cursor = page.next_cursor;
      showEnd();
    } catch (problem) {
      const again = () => (fill(end, loading()), fetch(count, from, show));
      if (!stop.signal.aborted) fill(end, failed(problem, again));
    } finally {
      isFetching = false;
    }
    if (isStale) await reload();
  }

  function remove(element) {
    redraw(items, () => element.remove());
    showEnd();
  }

  function showEnd() {
    seen.unobserve(end); // so that it is told anew where it is
    fill(end, items.children.length === 0 && !cursor && none());
    if (cursor && further) seen.observe(end);
  }

  function close() {
    stop.abort();
    seen.disconnect();
  }
}

const withPage = (path, limit, cursor) =>
  `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
