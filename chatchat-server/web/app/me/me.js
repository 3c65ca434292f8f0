import { avatar } from '../base/avatar.js';
import { fill, h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { href } from '../base/router.js';
import { toastProblem } from '../base/toast.js';
import { busy, button, empty, paneHeader } from '../base/view.js';
import { t } from '../base/words.js';
import { openAccount } from './account.js';
import { openIdentities } from './identities.js';
import { openPassword } from './password.js';
import { openProfile } from './profile.js';
import { openSessions } from './sessions.js';
import { openSettings } from './settings.js';
import { demoSwitcher } from './switcher.js';

const SCREENS = {
  profile: { icon: 'user-round', open: openProfile },
  settings: { icon: 'settings', open: openSettings },
  password: { icon: 'key-round', open: openPassword },
  identities: { icon: 'link', open: openIdentities },
  sessions: { icon: 'monitor', open: openSessions },
  account: { icon: 'download', open: openAccount },
};

/**
 * All that is about oneself, and the way out.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export function openMe(host, app, place) {
  const { chat } = app;
  const card = h('div', { class: 'me-card' });
  const links = Object.entries(SCREENS).map(([name, screen]) => link(name, screen));
  const out = button(
    'log-out',
    t('me.logout'),
    ({ currentTarget }) => busy(currentTarget, () => chat.logout(), toastProblem),
    'quiet-danger block',
  );
  fill(
    host,
    paneHeader({ title: t('shell.me') }),
    h(
      'div',
      { class: 'scroller padded' },
      card,
      h('nav', { 'aria-label': t('shell.me') }, links),
      demoSwitcher(app),
      out,
    ),
  );
  const stop = on(chat, 'me', showMe);
  showMe();
  moved(place);
  return { close: stop, moved };

  function showMe() {
    const { me } = chat;
    if (me)
      fill(
        card,
        avatar(me, { size: 'large' }),
        h(
          'div',
          { class: 'row-words' },
          h('div', { class: 'row-title' }, me.name),
          h('div', { class: 'row-text' }, me.email),
        ),
      );
  }

  function moved({ path }) {
    for (const each of links) {
      if (each.dataset.screen === path[1]) each.setAttribute('aria-current', 'page');
      else each.removeAttribute('aria-current');
    }
  }
}

const link = (name, screen) =>
  h(
    'a',
    { class: 'row slim', href: href(['me', name]), 'data-screen': name },
    h('span', { class: 'row-icon' }, icon(screen.icon)),
    h('span', { class: 'row-words' }, t(`me.${name}`)),
    icon('chevron-right'),
  );

/**
 * What was chosen of that.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export function openMine(host, app, { path }) {
  const [, name] = path;
  if (!Object.hasOwn(SCREENS, name)) {
    fill(host, empty({ icon: 'settings', title: t('me.choose'), text: t('me.choose_text') }));
    return { close: () => {} };
  }
  const body = h('div', { class: 'pane-body narrow' });
  fill(host, paneHeader({ title: t(`me.${name}`), back: href(['me']) }), body);
  return SCREENS[name].open(body, app) ?? { close: () => {} };
}
