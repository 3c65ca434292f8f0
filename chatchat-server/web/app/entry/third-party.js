import { h } from '../base/dom.js';
import { confirm } from '../base/dialog.js';
import { field } from '../base/form.js';
import { icon } from '../base/icons.js';
import { t } from '../base/words.js';
import { goToProvider } from './return.js';

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
        h(
          'button',
          { type: 'button', class: 'button outline', onclick: () => goToProvider(chat, id) },
          icon('globe'),
          t('entry.with', { name }),
        ),
      flows.includes('password') &&
        h(
          'button',
          { type: 'button', class: 'link', onclick: () => askPassword(chat, { id, name }, onOutcome) },
          t('entry.with_password'),
        ),
    ),
  );

function askPassword(chat, { id, name }, onOutcome) {
  confirm({
    title: t('entry.with', { name }),
    confirm: t('entry.login'),
    fields: [
      field({ name: 'username', label: t('entry.username', { name }), autocomplete: 'off', required: true }),
      field({
        name: 'password',
        label: t('entry.password'),
        type: 'password',
        autocomplete: 'off',
        required: true,
      }),
    ],
    about: { invalid_credentials: 'password' },
    words: { invalid_credentials: 'entry.wrong' },
    run: async (values) => onOutcome(await chat.loginWithProvider(id, values)),
  });
}
