/** What this library takes from the browser, where there is one. */

/**
 * What the browser keeps for pages of this origin.
 * @returns {Storage | undefined}
 */
export function browserStorage() {
  try {
    return globalThis.window?.localStorage;
  } catch {
    return undefined; // a page that may keep nothing
  }
}

/**
 * Hears of all that may mean another network.
 * @param {() => void} hear
 * @returns {AbortController} ends it
 */
export function listen(hear) {
  const ends = new AbortController();
  const { signal } = ends;
  globalThis.window?.addEventListener('online', hear, { signal });
  globalThis.window?.addEventListener('offline', hear, { signal });
  globalThis.window?.addEventListener('pageshow', hear, { signal });
  const whenSeen = () => document.visibilityState === 'visible' && hear();
  globalThis.window?.document.addEventListener('visibilitychange', whenSeen, { signal });
  return ends;
}
