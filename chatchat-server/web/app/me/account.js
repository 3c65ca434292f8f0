import { confirm } from '../base/dialog.js';
import { fill, h } from '../base/dom.js';
import { field } from '../base/form.js';
import { toastProblem } from '../base/toast.js';
import { busy, button } from '../base/view.js';
import { t } from '../base/words.js';

/** The browser has a file by then, in milliseconds. */
const SAVED_AFTER = 60_000;

/**
 * All that is held about one, to take along, and the end of the account.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 */
export function openAccount(host, { chat }) {
  fill(
    host,
    h('h3', { class: 'group-title' }, t('account.export')),
    h('p', { class: 'hint' }, t('account.export_text')),
    button('download', t('account.export_submit'), ({ currentTarget }) =>
      busy(currentTarget, () => download(chat), toastProblem),
    ),
    h('h3', { class: 'group-title' }, t('account.close')),
    h('p', { class: 'hint' }, t('account.close_text')),
    button('trash', t('account.close_submit'), () => close(chat), 'quiet-danger'),
  );
}

async function download(chat) {
  const url = URL.createObjectURL(await chat.download('/me/export'));
  h('a', { href: url, download: 'chatchat.json' }).click();
  setTimeout(() => URL.revokeObjectURL(url), SAVED_AFTER);
}

function close(chat) {
  const has = chat.me.has_password;
  confirm({
    title: t('account.close_title'),
    text: t('account.close_sure'),
    confirm: t('account.close_submit'),
    danger: true,
    fields: has
      ? [
          field({
            name: 'password',
            label: t('entry.password'),
            type: 'password',
            autocomplete: 'current-password',
            required: true,
          }),
        ]
      : [],
    about: { invalid_credentials: 'password' },
    words: { invalid_credentials: 'password.wrong' },
    async run({ password }) {
      await chat.api('DELETE', '/me', has ? { password } : undefined);
      await chat.logout().catch(() => {}); // the session has gone with the account
    },
  });
}
