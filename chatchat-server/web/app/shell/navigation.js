import { avatar } from '../base/avatar.js';
import { fill, h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { href } from '../base/router.js';
import { number, t } from '../base/words.js';
import { countNews } from './news.js';

const PLACES = { chats: 'message-circle', people: 'user-round', groups: 'users-round', search: 'search' };

/**
 * Where one can go: a rail at the side, or a bar at the bottom of a narrow screen.
 * @param {import('../shell.js').App} app
 */
export function openNavigation({ chat, directory }) {
  const badges = { chats: badge('shell.unread_chats'), people: badge('shell.requests') };
  const picture = h('span', { class: 'nav-picture' });
  const links = Object.entries(PLACES).map(([name, drawing]) => link(name, [icon(drawing), badges[name]]));
  links.push(link('me', picture));
  const element = h('nav', { class: 'navigation', 'aria-label': t('shell.navigation') }, links);
  const stop = [
    countNews(chat, (count) => setBadge(badges.chats, count)),
    on(chat, 'me', showMe),
    on(directory, 'requests', () => setBadge(badges.people, directory.requests.length)),
  ];
  showMe();
  return { element, moved, close: () => stop.forEach((end) => end()) };

  function moved({ path }) {
    const current = path[0] === 'me' || Object.hasOwn(PLACES, path[0]) ? path[0] : 'chats';
    for (const each of links) {
      if (each.dataset.place === current) each.setAttribute('aria-current', 'page');
      else each.removeAttribute('aria-current');
    }
  }

  function showMe() {
    if (chat.me) fill(picture, avatar(chat.me, { size: 'small' }));
  }
}

function link(name, content) {
  const label = t(`shell.${name}`);
  return h(
    'a',
    { href: href([name]), 'data-place': name, title: label },
    content,
    h('span', { class: 'nav-label' }, label),
  );
}

function badge(words) {
  return h('span', { class: 'badge', hidden: true, 'data-words': words });
}

function setBadge(element, count) {
  element.hidden = count === 0;
  const text = count > 99 ? '99+' : number(count);
  fill(
    element,
    h('span', { 'aria-hidden': 'true' }, text),
    h('span', { class: 'unseen' }, t(element.dataset.words, { n: count })),
  );
}
