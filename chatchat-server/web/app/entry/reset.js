import { fill, h } from '../base/dom.js';
import { field, form } from '../base/form.js';
import { PASSWORD } from '../base/limits.js';
import { t } from '../base/words.js';
import { codeField, codeSender } from './code.js';

/**
 * A new password for who has forgotten theirs: an address, then the code mailed to it. It logs in, too.
 */
export function openReset({ chat, back }) {
  const box = h('div', null);
  const purpose = 'reset_password';
  const first = form({
    fields: [
      h('h1', null, t('reset.title')),
      h('p', { class: 'hint' }, t('reset.words')),
      field({
        name: 'email',
        label: t('entry.email'),
        type: 'email',
        autocomplete: 'username',
        required: true,
        autofocus: true,
      }),
    ],
    submit: t('code.send'),
    onSubmit: codeSender({ chat, purpose, onSent: second }),
    beside: h('a', { class: 'button', href: back }, t('view.back')),
  });
  fill(box, first);
  return box;

  function second(email) {
    fill(
      box,
      form({
        fields: [
          h('h1', null, t('reset.title')),
          codeField({ chat, purpose, email }),
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
        submit: t('reset.submit'),
        about: { invalid_code: 'code' },
        beside: h('button', { type: 'button', class: 'button', onclick: () => fill(box, first) }, t('view.back')),
        async onSubmit(values) {
          await chat.resetPassword({ ...values, email });
          await chat.login({ email, password: values.new_password });
        },
      }),
    );
    box.querySelector('[name=code]').focus();
  }
}
