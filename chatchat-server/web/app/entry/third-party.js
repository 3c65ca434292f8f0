import { h } from '../base/dom.js';
import { confirm } from '../base/dialog.js';
import { field } from '../base/form.js';
import { icon } from '../base/icons.js';
import { href } from '../base/router.js';
import { t } from '../base/words.js';

/**
 * Log-in with an account elsewhere: the browser goes there and comes back with a code in the address.
 */

/** Marks, for as long as the tab is open, that one has gone there to link the account, not to log in. */
const LINKING = 'chatchat.linking';

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
  sessionStorage.removeItem(LINKING);
  return marked;
}

const isMarked = () => sessionStorage.getItem(LINKING) !== null;

/**
 * Goes to a provider.
 * @param {any} chat
 * @param {string} provider
 * @param {{ link?: boolean }} [purpose] `link`: for the account that is logged in
 */
export function goToProvider(chat, provider, { link = false } = {}) {
  if (link) sessionStorage.setItem(LINKING, provider);
  else sessionStorage.removeItem(LINKING);
  location.assign(chat.providerUrl(provider, '/'));
}

/**
 * The ways in by third parties.
 * @param {any} chat
 * @param {any[]} providers as `GET /auth/providers` lists them
 * @param {(outcome: any) => void} onOutcome of a log-in with name and password
 */
export const providerButtons = (chat, providers, onOutcome) =>
  providers.map(({ id, name, flows }) =>
    h(
      'li',
      null,
      flows.includes('code') &&
        h('button', { type: 'button', class: 'button outline', onclick: () => goToProvider(chat, id) }, icon('globe'), t('entry.with', { name })),
      flows.includes('password') &&
        h('button', { type: 'button', class: 'link', onclick: () => askPassword(chat, { id, name }, onOutcome) }, t('entry.with_password')),
    ),
  );

function askPassword(chat, { id, name }, onOutcome) {
  confirm({
    title: t('entry.with', { name }),
    confirm: t('entry.login'),
    fields: [
      field({ name: 'username', label: t('entry.username', { name }), autocomplete: 'off', required: true }),
      field({ name: 'password', label: t('entry.password'), type: 'password', autocomplete: 'off', required: true }),
    ],
    about: { invalid_credentials: 'password' },
    words: { invalid_credentials: 'entry.wrong' },
    run: async (values) => onOutcome(await chat.loginWithProvider(id, values)),
  });
}
