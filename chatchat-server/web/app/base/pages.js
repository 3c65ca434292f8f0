import { fill, h } from './dom.js';
import { failed, loading } from './view.js';

/**
 * The API's lists, which come in pages.
 */

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
    const page = await chat.api('GET', withPage(path, 100, cursor), undefined, { signal });
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
 * @returns {{ element: HTMLElement, close: () => void }}
 */
export function pagedList({ chat, path, row, none, label, limit = 30, further = true }) {
  const stop = new AbortController();
  const items = h('ul', { class: 'rows', 'aria-label': label });
  const end = h('div', { class: 'list-end' });
  const element = h('div', null, items, end);
  const seen = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && next());
  let cursor = null;
  let isFetching = false;
  next();
  return { element, close };

  async function next() {
    if (isFetching) return;
    isFetching = true;
    seen.unobserve(end);
    fill(end, loading());
    try {
      const page = await chat.api('GET', withPage(path, limit, cursor), undefined, { signal: stop.signal });
      items.append(...page.items.map(row));
      cursor = page.next_cursor;
      fill(end, items.children.length === 0 && none());
      if (cursor && further) seen.observe(end);
    } catch (problem) {
      if (!stop.signal.aborted) fill(end, failed(problem, next));
    } finally {
      isFetching = false;
    }
  }

  function close() {
    stop.abort();
    seen.disconnect();
  }
}

const withPage = (path, limit, cursor) =>
  `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
