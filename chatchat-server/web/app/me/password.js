import { fill, h } from '../base/dom.js';
import { redraw } from '../base/focus.js';
import { field, form } from '../base/form.js';
import { PASSWORD } from '../base/limits.js';
import { toast } from '../base/toast.js';
import { t } from '../base/words.js';

/**
 * One's password: another one, or a first one for who has come by a third party.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 */
export function openPassword(host, { chat }) {
  const has = chat.me.has_password;
  fill(
    host,
    form({
      fields: [
        h('p', { class: 'hint' }, t(has ? 'password.words' : 'password.first_words')),
        h('input', {
          type: 'email',
          autocomplete: 'username',
          value: chat.me.email ?? '',
          readOnly: true,
          hidden: true,
        }),
        has &&
          field({
            name: 'current_password',
            label: t('password.current'),
            type: 'password',
            autocomplete: 'current-password',
            required: true,
          }),
        field({
          name: 'new_password',
          label: t('password.new'),
          hint: t('register.password_hint'),
          type: 'password',
          autocomplete: 'new-password',
          required: true,
          ...PASSWORD,
        }),
      ],
      submit: t('password.submit'),
      about: { invalid_credentials: 'current_password' },
      words: { invalid_credentials: 'password.wrong' },
      async onSubmit(values, element) {
        await chat.api('PUT', '/me/password', values);
        element.reset();
        await chat.api('GET', '/me');
        toast(t('password.saved'));
        redraw(host, () => openPassword(host, { chat }));
      },
    }),
  );
}
