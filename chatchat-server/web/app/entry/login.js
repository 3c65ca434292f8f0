import { avatar } from '../base/avatar.js';
import { fill, h } from '../base/dom.js';
import { field, form, showProblem } from '../base/form.js';
import { explain } from '../base/problems.js';
import { href } from '../base/router.js';
import { toastProblem } from '../base/toast.js';
import { busy } from '../base/view.js';
import { hasWords, t } from '../base/words.js';
import { development } from './development.js';
import { providerButtons } from './third-party.js';

/**
 * Log-in with address and password, by a third party or, in a demo, as one of its people.
 */
export function openLogin({ chat, onOutcome, returned, reason }) {
  const others = h('div', { class: 'others' });
  const element = form({
    fields: [
      h('h1', null, t('entry.login_title')),
      reason &&
        h('p', { class: 'notice', role: 'status' }, t(hasWords(`ended.${reason}`) ? `ended.${reason}` : 'ended.other')),
      field({ name: 'email', label: t('entry.email'), type: 'email', autocomplete: 'username', required: true }),
      field({
        name: 'password',
        label: t('entry.password'),
        type: 'password',
        autocomplete: 'current-password',
        required: true,
      }),
    ],
    submit: t('entry.login'),
    about: { invalid_credentials: 'password' },
    onSubmit: (values) => chat.login(values),
    beside: h('a', { class: 'link small', href: href(['reset']) }, t('entry.forgotten')),
  });
  offer(others, chat, onOutcome);
  if (returned) comeBack(element, chat, returned, onOutcome);
  return [
    element,
    others,
    h(
      'p',
      { class: 'aside' },
      t('entry.new_here'),
      ' ',
      h('a', { class: 'link', href: href(['register']) }, t('entry.register')),
    ),
  ];
}

/** Goes on where a third party has sent the browser back. */
async function comeBack(element, chat, { loginCode, error }, onOutcome) {
  try {
    if (error) throw { code: error };
    onOutcome(await chat.loginWithCode(loginCode));
  } catch (problem) {
    showProblem(element, problem);
  }
}

/** The ways in besides; the form can be used before they are known. */
async function offer(host, chat, onOutcome) {
  const [{ items: people }, providers] = await Promise.all([development(), providersOf(chat)]);
  fill(
    host,
    people.length > 0 && [
      h('h2', { class: 'divider' }, t('entry.demo')),
      h(
        'ul',
        { class: 'people-choice' },
        people.map((person) => personButton(chat, person)),
      ),
    ],
    providers.length > 0 && [
      h('h2', { class: 'divider' }, t('entry.or')),
      h('ul', { class: 'providers' }, providerButtons(chat, providers, onOutcome)),
    ],
  );
}

function personButton(chat, { name, email, password }) {
  const enter = (event) => busy(event.currentTarget, () => chat.login({ email, password }), toastProblem);
  return h(
    'li',
    null,
    h('button', { type: 'button', class: 'person-choice', onclick: enter }, avatar({ id: email, name }), name),
  );
}

async function providersOf(chat) {
  try {
    return (await chat.api('GET', '/auth/providers')).items;
  } catch (problem) {
    console.warn(explain(problem)); // they are one way among others
    return [];
  }
}
