import { fill, h } from '../base/dom.js';
import { language, LANGUAGES, t } from '../base/words.js';
import { prefer } from '../base/preferences.js';
import { href, onRoute, route } from '../base/router.js';
import { openBinding } from './binding.js';
import { openLogin } from './login.js';
import { openRegistration } from './registration.js';
import { openReset } from './reset.js';

const SCREENS = { register: openRegistration, reset: openReset };

const screenAt = ({ path }) => (Object.hasOwn(SCREENS, path[0]) ? SCREENS[path[0]] : openLogin);

/**
 * What people see who are not logged in, until they are.
 * @param {HTMLElement} host
 * @param {any} chat
 * @param {object} came how one has come here
 * @param {{ loginCode: string | null, error: string | null } | null} came.returned from a third party
 * @param {string | null} came.reason why the session has ended
 * @returns {Promise<void>} done when somebody is logged in
 */
export function openEntry(host, chat, { returned, reason }) {
  if (chat.me) return Promise.resolve(); // who has come in meanwhile
  const card = h('main', { class: 'card' });
  fill(host, h('div', { class: 'entry' }, h('div', { class: 'entry-middle' }, brand(), card), footer()));
  document.title = 'chatchat';
  return new Promise((resolve) => {
    const outcome = (result) => result?.status === 'binding_required' && show(openBinding, { outcome: result });
    const stopRouting = onRoute(() => show(screenAt(route())));
    const stopWaiting = whenIn(chat, () => {
      stopRouting();
      stopWaiting();
      if (screenAt(route()) !== openLogin) history.replaceState(null, '', href(['chats']));
      resolve();
    });
    show(screenAt(route()), { returned, reason });

    function show(open, more = {}) {
      fill(card, open({ chat, onOutcome: outcome, back: href(['login']), ...more }));
      (card.querySelector('[autofocus]') ?? card.querySelector('input'))?.focus();
    }
  });
}

function whenIn(chat, then) {
  const changed = () => chat.me && then();
  chat.addEventListener('me', changed);
  return () => chat.removeEventListener('me', changed);
}

const brand = () =>
  h(
    'header',
    { class: 'brand' },
    h('img', { src: new URL('../../icon.svg', import.meta.url).href, alt: '', width: 52, height: 52 }),
    h('p', { class: 'brand-name' }, 'chatchat'),
    h('p', { class: 'brand-words' }, t('entry.words')),
  );

function footer() {
  const others = Object.entries(LANGUAGES).filter(([code]) => code !== language);
  return h(
    'footer',
    null,
    others.map(([code, name]) =>
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          lang: code,
          onclick: () => (prefer('language', code), location.reload()),
        },
        name,
      ),
    ),
  );
}
