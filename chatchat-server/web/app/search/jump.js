import { avatar } from '../base/avatar.js';
import { openDialog } from '../base/dialog.js';
import { fill, h, uniqueId } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { go, href } from '../base/router.js';
import { t } from '../base/words.js';
import { calledAs } from '../people/directory.js';
import { titleOf } from '../sidebar/row.js';

/** How many conversations and friends are offered. */
const MOST = 8;

/** Whether it is open: there is one at most. */
let isOpen = false;

/**
 * Goes somewhere by a few letters of its name.
 * @param {import('../shell.js').App} app
 */
export function openJump(app) {
  if (isOpen || document.querySelector('dialog[open]')) return;
  isOpen = true;
  const listId = uniqueId('jump');
  const options = h('ul', {
    class: 'jump-options',
    role: 'listbox',
    id: listId,
    'aria-label': t('jump.results'),
    onclick: clicked,
  });
  const input = h('input', {
    type: 'text',
    role: 'combobox',
    autofocus: true,
    autocomplete: 'off',
    spellcheck: false,
    'aria-label': t('jump.placeholder'),
    placeholder: t('jump.placeholder'),
    'aria-controls': listId,
    'aria-expanded': true,
    'aria-autocomplete': 'list',
    oninput: show,
    onkeydown: pressed,
  });
  let [places, at] = [[], 0];
  const content = [h('div', { class: 'search-field' }, icon('search'), input), options];
  const { close } = openDialog({ title: t('jump.title'), content, class: 'jump', onClose: () => (isOpen = false) });
  show();

  function show() {
    places = placesFor(app, input.value.trim());
    choose(0);
  }

  function choose(next) {
    at = Math.max(0, Math.min(next, places.length - 1));
    fill(
      options,
      places.map((place, index) => option(place, `${listId}-${index}`, index === at)),
    );
    input.setAttribute('aria-activedescendant', places.length > 0 ? `${listId}-${at}` : '');
    options.children[at]?.scrollIntoView({ block: 'nearest' });
  }

  function pressed(event) {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (to !== undefined) choose((to + places.length) % places.length);
    else if (event.key === 'Enter' && !event.isComposing) leave(places[at]);
    else return;
    event.preventDefault();
  }

  function clicked({ target }) {
    const index = [...options.children].indexOf(target.closest('li'));
    if (index >= 0) leave(places[index]);
  }

  function leave(place) {
    if (!place) return;
    close();
    go(place.address);
  }
}

const option = ({ picture, title, text }, id, isChosen) =>
  h(
    'li',
    { class: `row slim ${isChosen ? 'active' : ''}`, role: 'option', id, 'aria-selected': isChosen },
    picture,
    h(
      'div',
      { class: 'row-words' },
      h('div', { class: 'row-title' }, title),
      text && h('div', { class: 'row-text' }, text),
    ),
  );

/** Where one might want to go. */
function placesFor(app, query) {
  const wanted = query.toLocaleLowerCase();
  const matches = (name) => name.toLocaleLowerCase().includes(wanted);
  const { chat, directory } = app;
  const places = [];
  for (const conversation of chat.conversations) {
    if (places.length === MOST) break;
    const title = titleOf(conversation, directory);
    if (matches(title) || (conversation.title && matches(conversation.title)))
      places.push(conversationPlace(conversation, title));
  }
  const known = new Set(places.map(({ address }) => address));
  const friends = query
    ? directory.friends
        .filter((friend) => matches(`${calledAs(friend)} ${friend.user.name}`))
        .slice(0, MOST)
        .map(friendPlace)
    : [];
  return [...places, ...friends.filter(({ address }) => !known.has(address)), ...(query ? searchPlaces(query) : [])];
}

const conversationPlace = ({ id, kind, peer, avatar_url }, title) => ({
  address: href(['chats', id]),
  picture: avatar(
    { id: peer?.id ?? id, name: title, avatar_url },
    { size: 'small', kind: kind === 'group' ? 'group' : 'person' },
  ),
  title,
});

const friendPlace = (friend) => ({
  address: href(['chats', friend.conversation_id]),
  picture: avatar({ ...friend.user, name: calledAs(friend) }, { size: 'small' }),
  title: calledAs(friend),
});

const searchPlaces = (query) =>
  ['messages', 'people', 'groups'].map((kind) => ({
    address: href(['search'], { q: query, kind }),
    picture: h('span', { class: 'row-icon' }, icon('search')),
    title: t(`jump.${kind}`, { query }),
  }));
