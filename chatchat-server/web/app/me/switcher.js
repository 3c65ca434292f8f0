import { avatar } from '../base/avatar.js';
import { fill, h } from '../base/dom.js';
import { toastProblem } from '../base/toast.js';
import { busy } from '../base/view.js';
import { t } from '../base/words.js';
import { development } from '../entry/development.js';
import { changePlaces } from '../entry/session.js';

/**
 * In a demo: become another of its people.
 * @param {import('../shell.js').App} app
 */
export function demoSwitcher({ chat }) {
  const element = h('section', { class: 'switcher' });
  show();
  return element;

  async function show() {
    const { items } = await development();
    const people = items.filter(({ email }) => email !== chat.me?.email);
    if (people.length === 0) return;
    fill(element, h('h2', { class: 'group-title' }, t('me.switch')), people.map(option));
  }

  function option({ name, email, password }) {
    const change = () => changePlaces(chat, { email, password });
    return h(
      'button',
      {
        type: 'button',
        class: 'row slim plain',
        onclick: ({ currentTarget }) => busy(currentTarget, change, toastProblem),
      },
      avatar({ id: email, name }, { size: 'small' }),
      h('span', { class: 'row-words' }, name),
    );
  }
}
