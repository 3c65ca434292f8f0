/**
 * Where one is, in the part of the address after `#`: `#/chats/<id>/12?info=1` is the path `['chats', '<id>', '12']`
 * with the query `info=1`.
 */

/**
 * @typedef {object} Route
 * @property {string[]} path
 * @property {URLSearchParams} query
 */

/** @returns {Route} where one is now */
export function route() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query ?? '') };
}

/**
 * The address of a place.
 * @param {string[]} path
 * @param {Record<string, string>} [query]
 */
export function href(path, query = {}) {
  const search = new URLSearchParams(query).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search && `?${search}`}`;
}

/**
 * Goes there.
 * @param {string} address as {@link href} makes it
 * @param {{ replace?: boolean }} [how] `replace`: "back" does not lead here again
 */
export function go(address, { replace = false } = {}) {
  if (address === location.hash) return;
  if (!replace) {
    location.hash = address;
    return;
  }
  history.replaceState(history.state, '', address);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/**
 * Tells of each change of place.
 * @param {(route: Route) => void} listener
 * @returns {() => void} ends it
 */
export function onRoute(listener) {
  const changed = () => listener(route());
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
