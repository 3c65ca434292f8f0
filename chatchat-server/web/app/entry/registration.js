import { h } from '../base/dom.js';
import { field } from '../base/form.js';
import { NAME, PASSWORD } from '../base/limits.js';
import { t } from '../base/words.js';
import { twoSteps } from './code.js';

/**
 * Registration: an address, then the code mailed to it, a name and a password.
 */
export const openRegistration = ({ chat, back }) => [
  twoSteps({
    chat,
    purpose: 'register',
    title: t('register.title'),
    words: t('register.words'),
    then: (email) => ({
      title: t('register.title'),
      fields: accountFields(email),
      submit: t('register.submit'),
      onSubmit: (values) => chat.register({ ...values, email }),
    }),
  }),
  h('p', { class: 'aside' }, t('entry.known_here'), ' ', h('a', { class: 'link', href: back }, t('entry.login'))),
];

const accountFields = (email) => [
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
];
