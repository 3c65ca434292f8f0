import { href } from '../base/router.js';
import { forget, keep, kept } from '../base/tab.js';

/**
 * Log-in with an account elsewhere: the browser goes there and comes back with a code in the address.
 */

/** Marks, for as long as the tab is open, that one has gone there to link the account, not to log in. */
const LINKING = 'linking';

/**
 * What a third party has sent the browser back with, taken out of the address.
 * @returns {{ loginCode: string | null, error: string | null } | null}
 */
export function takeReturn() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const [loginCode, error] = [parameters.get('login_code'), parameters.get('error')];
  if (!loginCode && !error) return null;
  history.replaceState(null, '', location.pathname + (isMarked() ? href(['me', 'identities']) : ''));
  return { loginCode, error };
}

/** Whether one has gone there to link the account; the answer is given once. */
export function isLinking() {
  const marked = isMarked();
  forget(LINKING);
  return marked;
}

const isMarked = () => kept(LINKING) !== null;

/**
 * Goes to a provider.
 * @param {any} chat
 * @param {string} provider
 * @param {{ link?: boolean }} [purpose] `link`: for the account that is logged in
 */
export function goToProvider(chat, provider, { link = false } = {}) {
  if (link) keep(LINKING, provider);
  else forget(LINKING);
  location.assign(chat.providerUrl(provider, '/'));
}
