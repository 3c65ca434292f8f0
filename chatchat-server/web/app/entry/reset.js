import { h } from '../base/dom.js';
import { field } from '../base/form.js';
import { PASSWORD } from '../base/limits.js';
import { t } from '../base/words.js';
import { twoSteps } from './code.js';

/**
 * A new password for who has forgotten theirs: an address, then the code mailed to it. It logs in, too.
 */
export const openReset = ({ chat, back }) =>
  twoSteps({
    chat,
    purpose: 'reset_password',
    title: t('reset.title'),
    words: t('reset.words'),
    beside: h('a', { class: 'button', href: back }, t('view.back')),
    then: (email) => ({
      title: t('reset.title'),
      fields: [passwordField()],
      submit: t('reset.submit'),
      async onSubmit(values) {
        await chat.resetPassword({ ...values, email });
        await chat.login({ email, password: values.new_password });
      },
    }),
  });

const passwordField = () =>
  field({
    name: 'new_password',
    label: t('password.new'),
    hint: t('register.password_hint'),
    type: 'password',
    autocomplete: 'new-password',
    required: true,
    ...PASSWORD,
  });
