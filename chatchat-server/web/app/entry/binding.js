import { fill, h } from '../base/dom.js';
import { field, form } from '../base/form.js';
import { PASSWORD } from '../base/limits.js';
import { t } from '../base/words.js';
import { codeField, codeSender } from './code.js';

/**
 * Somebody has logged in elsewhere whom nobody knows here: a code sent to an address says whose account it is to be.
 */
export function openBinding({ chat, outcome, back }) {
  const { binding_token: bindingToken, suggested } = outcome;
  const box = h('div', null);
  const purpose = 'bind_email';
  const first = form({
    fields: [
      h('h1', null, suggested.name ? t('bind.title_name', { name: suggested.name }) : t('bind.title')),
      h('p', { class: 'hint' }, t('bind.words')),
      field({
        name: 'email',
        label: t('entry.email'),
        type: 'email',
        autocomplete: 'email',
        required: true,
        autofocus: true,
        value: suggested.email ?? '',
      }),
    ],
    submit: t('code.send'),
    onSubmit: codeSender({ chat, purpose, onSent: second }),
    beside: h('a', { class: 'button', href: back }, t('dialog.cancel')),
  });
  fill(box, first);
  return box;

  function second(email) {
    fill(
      box,
      form({
        fields: [
          h('h1', null, t('bind.code_title')),
          codeField({ chat, purpose, email }),
          field({
            name: 'password',
            label: t('bind.password'),
            hint: t('bind.password_hint'),
            type: 'password',
            autocomplete: 'new-password',
            ...PASSWORD,
          }),
        ],
        submit: t('bind.submit'),
        about: { invalid_code: 'code' },
        beside: h('button', { type: 'button', class: 'button', onclick: () => fill(box, first) }, t('view.back')),
        onSubmit: ({ code, password }) =>
          chat.bind({ binding_token: bindingToken, email, code, ...(password && { password }) }),
      }),
    );
    box.querySelector('[name=code]').focus();
  }
}
