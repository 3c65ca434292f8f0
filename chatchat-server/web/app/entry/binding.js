import { h } from '../base/dom.js';
import { field } from '../base/form.js';
import { PASSWORD } from '../base/limits.js';
import { t } from '../base/words.js';
import { twoSteps } from './code.js';

/**
 * Somebody has logged in elsewhere whom nobody knows here: a code sent to an address says whose account it is to be.
 */
export function openBinding({ chat, outcome, back }) {
  const { binding_token: bindingToken, suggested } = outcome;
  return twoSteps({
    chat,
    purpose: 'bind_email',
    title: suggested.name ? t('bind.title_name', { name: suggested.name }) : t('bind.title'),
    words: t('bind.words'),
    email: suggested.email,
    beside: h('a', { class: 'button', href: back }, t('dialog.cancel')),
    then: (email) => ({
      title: t('bind.code_title'),
      fields: [passwordField()],
      submit: t('bind.submit'),
      onSubmit: ({ code, password }) =>
        chat.bind({ binding_token: bindingToken, email, code, ...(password && { password }) }),
    }),
  });
}

const passwordField = () =>
  field({
    name: 'password',
    label: t('bind.password'),
    hint: t('bind.password_hint'),
    type: 'password',
    autocomplete: 'new-password',
    ...PASSWORD,
  });
