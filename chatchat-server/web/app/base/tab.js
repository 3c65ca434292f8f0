/**
 * What is kept for as long as the tab is open and somebody logged in, in `sessionStorage`; where that is closed to us, or
 * full, until the page goes.
 */

const PREFIX = 'chatchat.';

const unsaved = new Map();

/**
 * @param {string} key
 * @returns {string | null}
 */
export const kept = (key) => unsaved.get(key) ?? stored((storage) => storage.getItem(PREFIX + key)) ?? null;

/**
 * @param {string} key
 * @param {string} value
 */
export function keep(key, value) {
  const isStored = stored((storage) => (storage.setItem(PREFIX + key, value), true));
  if (isStored) unsaved.delete(key);
  else unsaved.set(key, value);
}

/** @param {string} key */
export function forget(key) {
  unsaved.delete(key);
  stored((storage) => storage.removeItem(PREFIX + key));
}

/** Forgets all of it: the next one to log in here may be somebody else. */
export function forgetAll() {
  unsaved.clear();
  const keys = stored((storage) => Array.from({ length: storage.length }, (_, at) => storage.key(at))) ?? [];
  for (const key of keys) if (key.startsWith(PREFIX)) forget(key.slice(PREFIX.length));
}

/** Even to look whether there is a storage may throw. */
function stored(use) {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
