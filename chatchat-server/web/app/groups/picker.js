import { avatar } from '../base/avatar.js';
import { fill, h, on } from '../base/dom.js';
import { loading } from '../base/view.js';
import { t } from '../base/words.js';
import { calledAs } from '../people/called.js';

/** More friends than this are narrowed down by typing, not scrolled through. */
const SHOWN = 100;

/**
 * Chooses among the friends.
 * @param {import('../shell.js').App} app
 * @param {{ without?: Set<string> }} [options] `without`: who cannot be chosen
 * @returns {{ element: HTMLElement, chosen: () => string[], close: () => void }}
 */
export function friendPicker({ directory }, { without = new Set() } = {}) {
  const chosen = new Set();
  const search = h('input', {
    type: 'search',
    'aria-label': t('people.filter'),
    placeholder: t('people.filter'),
    oninput: show,
  });
  const choice = h('div', { class: 'friend-choice' });
  const element = h(
    'fieldset',
    { class: 'friend-picker' },
    h('legend', null, t('groups.invite_friends')),
    h('div', { class: 'field' }, search),
    choice,
  );
  const stop = on(directory, 'friends', show);
  show();
  return { element, chosen: () => [...chosen], close: stop };

  function show() {
    const wanted = search.value.trim().toLocaleLowerCase();
    const friends = directory.friends.filter(({ user }) => !without.has(user.id));
    const found = friends.filter((friend) =>
      `${calledAs(friend)} ${friend.user.name}`.toLocaleLowerCase().includes(wanted),
    );
    search.parentElement.hidden = friends.length < 8;
    fill(
      choice,
      found.slice(0, SHOWN).map(option),
      found.length === 0 && (directory.isKnown ? h('p', { class: 'hint' }, t('groups.no_friends')) : loading()),
    );
  }

  function option(friend) {
    const { id } = friend.user;
    const change = ({ target }) => (target.checked ? chosen.add(id) : chosen.delete(id));
    return h(
      'label',
      { class: 'row slim' },
      h('input', { type: 'checkbox', checked: chosen.has(id), onchange: change }),
      avatar({ ...friend.user, name: calledAs(friend) }, { size: 'small' }),
      h('span', { class: 'row-title' }, calledAs(friend)),
    );
  }
}
