import { fill, h } from '../base/dom.js';
import { field, form } from '../base/form.js';
import { t } from '../base/words.js';
import { codeField, codeSender } from './code.js';
import { NAME, PASSWORD } from '../base/limits.js';

/**
 * Registration: an address, then the code mailed to it, a name and a password.
 */
export function openRegistration({ chat, back }) {
  const box = h('div', null);
  const purpose = 'register';
  const first = form({
    fields: [
      h('h1', null, t('register.title')),
      h('p', { class: 'hint' }, t('register.words')),
      field({
        name: 'email',
        label: t('entry.email'),
        type: 'email',
        autocomplete: 'email',
        required: true,
        autofocus: true,
      }),
    ],
    submit: t('code.send'),
    onSubmit: codeSender({ chat, purpose, onSent: second }),
  });
  fill(box, first);
  return [
    box,
    h('p', { class: 'aside' }, t('entry.known_here'), ' ', h('a', { class: 'link', href: back }, t('entry.login'))),
  ];

  function second(email) {
    fill(
      box,
      form({
        fields: [
          h('h1', null, t('register.title')),
          codeField({ chat, purpose, email }),
          field({
            name: 'name',
            label: t('register.name'),
            hint: t('register.name_hint'),
            autocomplete: 'nickname',
            required: true,
            ...NAME,
          }),
          // For password managers, which want to know whose it is.
          h('input', { type: 'email', autocomplete: 'username', value: email, readOnly: true, hidden: true }),
          field({
            name: 'password',
            label: t('entry.password'),
            hint: t('register.password_hint'),
            type: 'password',
            autocomplete: 'new-password',
            required: true,
            ...PASSWORD,
          }),
        ],
        submit: t('register.submit'),
        about: { invalid_code: 'code' },
        onSubmit: (values) => chat.register({ ...values, email }),
        beside: h('button', { type: 'button', class: 'button', onclick: () => fill(box, first) }, t('view.back')),
      }),
    );
    box.querySelector('[name=code]').focus();
  }
}
