import { fill, h } from './base/dom.js';
import { later } from './base/later.js';
import { go, href, onRoute, route } from './base/router.js';
import { t } from './base/words.js';
import { jump } from './search/open.js';
import { Directory } from './people/directory.js';
import { openConversation, openDetails } from './sidebar/conversation.js';
import { openConversations } from './sidebar/conversations.js';
import { openConnection } from './shell/connection.js';
import { openNavigation } from './shell/navigation.js';
import { openNotifier } from './shell/notifier.js';
import { countInTitle } from './shell/title.js';

/**
 * @typedef {object} App what every view is given
 * @property {any} chat the `Chatchat` of `chatchat.js`
 * @property {Directory} directory friends and names
 */

/**
 * @typedef {object} View
 * @property {() => void} close
 * @property {(route: import('./base/router.js').Route) => void} [moved] another place, for which this view stays
 * @property {() => void} [focus] takes the focus
 */

/**
 * What stands where, by the first part of the address: a list, and beside it one thing. `one` tells what that is in a
 * word that changes when it must be opened anew, or nothing. What is not needed at once is loaded when it is.
 */
const SECTIONS = {
  chats: { list: openConversations, main: openConversation, one: ({ path }) => path.slice(1, 3).join('/') },
  people: {
    list: later(() => import('./people/friends.js'), 'openFriends'),
    main: later(() => import('./people/people.js'), 'openPeople'),
    one: ({ path }) => path[1],
  },
  groups: {
    list: later(() => import('./groups/groups.js'), 'openGroups'),
    main: later(() => import('./groups/group.js'), 'openGroup'),
    one: ({ path }) => path[1],
  },
  search: {
    list: later(() => import('./search/search.js'), 'openSearch'),
    main: later(() => import('./search/search.js'), 'openFound'),
    one: () => null,
  },
  me: {
    list: later(() => import('./me/me.js'), 'openMe'),
    main: later(() => import('./me/me.js'), 'openMine'),
    one: ({ path }) => path[1],
  },
};

/**
 * The frame of all screens: where one can go, a list, what was chosen in it, and its details.
 * @param {HTMLElement} host
 * @param {any} chat
 * @returns {{ close: () => void }}
 */
export function openShell(host, chat) {
  const app = { chat, directory: new Directory(chat) };
  const list = pane('list-pane', t('shell.chats'));
  const main = pane('main-pane', t('shell.main'));
  const details = pane('details-pane', t('chats.details'));
  const skip = h('button', { type: 'button', class: 'skip', onclick: () => main.focus() }, t('shell.skip'));
  const shell = h('div', { class: 'shell' });
  const parts = [openNavigation(app), openConnection(chat), openNotifier(app), countInTitle(chat)];
  const [navigation, connection] = parts;
  const content = h(
    'main',
    { class: 'shell-main' },
    h('h1', { class: 'unseen' }, 'chatchat'),
    connection.element,
    list.element,
    main.element,
    details.element,
  );
  fill(shell, navigation.element, content);
  fill(host, skip, shell);

  const stopRouting = onRoute(show);
  addEventListener('keydown', pressed);
  show(route(), { isFirst: true });
  return { close };

  function show(place, { isFirst = false } = {}) {
    const name = place.path[0] in SECTIONS ? place.path[0] : 'chats';
    const section = SECTIONS[name];
    const one = section.one(place) || null;
    const info = one !== null && place.query.has('info');
    shell.dataset.pane = info ? 'details' : one ? 'main' : 'list';
    shell.toggleAttribute('data-details', info);
    list.element.setAttribute('aria-label', t(`shell.${name}`));
    list.show(name, place, (element) => section.list(element, app, place));
    const isOther = main.show(`${name}/${one ?? ''}`, place, (element) => section.main(element, app, place));
    const isOpened = details.show(info ? `${name}/${place.path[1]}` : null, place, (element) =>
      openDetails(element, app, place),
    );
    parts.forEach((part) => part.moved?.(place));
    if (isFirst) return;
    if (info && isOpened) details.focus();
    else if (one && isOther) main.focus();
    else if (!one && isOther) list.focus();
    else if (!info && isOpened) main.focus();
  }

  function pressed(event) {
    if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      jump(app);
    } else if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog[open]')) {
      leave();
    }
  }

  /** Esc: out of the details, else out of what was chosen. */
  function leave() {
    const { path, query } = route();
    if (query.has('info')) go(href(path));
    else if (shell.dataset.pane === 'main') go(href(path.slice(0, 1)));
  }

  function close() {
    stopRouting();
    removeEventListener('keydown', pressed);
    [list, main, details].forEach((each) => each.show(null));
    parts.forEach((part) => part.close());
    app.directory.close();
  }
}

/** A part of the screen that holds one view at a time. */
function pane(name, label) {
  const element = h('section', { class: `pane ${name}`, tabIndex: -1, 'aria-label': label, hidden: true });
  let [key, view] = [null, null];
  return {
    element,
    show,
    focus: () => (view?.focus ? view.focus() : (element.querySelector('h2') ?? element).focus()),
  };

  /** Shows the view of that key, and tells whether it is another one than before. */
  function show(next, place, open) {
    if (next === key) {
      view?.moved?.(place);
      return false;
    }
    view?.close();
    fill(element);
    [key, view] = [next, null];
    element.hidden = next === null;
    if (next !== null) view = open(element);
    return true;
  }
}
