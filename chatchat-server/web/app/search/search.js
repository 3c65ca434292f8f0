import { fill, h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { pagedList } from '../base/pages.js';
import { go, href, route } from '../base/router.js';
import { empty, iconButton, paneHeader, settled } from '../base/view.js';
import { t } from '../base/words.js';
import { groupRow } from '../groups/groups.js';
import { foundRow } from '../people/add.js';
import { titleOf } from '../sidebar/row.js';
import { messageRow } from './message.js';

/** Where what is searched for is found. */
const KINDS = {
  messages: (query, within) => `/messages/search?query=${query}${within ? `&conversation_id=${within}` : ''}`,
  people: (query) => `/users?query=${query}`,
  groups: (query) => `/groups?query=${query}`,
};

/**
 * The search in messages, people and groups; what is searched for stands in the address.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 */
export function openSearch(host, app) {
  const input = h('input', {
    type: 'search',
    'aria-label': t('shell.search'),
    placeholder: t('search.placeholder'),
    oninput: settled(search, 300),
  });
  const choice = h(
    'fieldset',
    { class: 'choices' },
    h('legend', { class: 'unseen' }, t('search.kinds')),
    Object.keys(KINDS).map(kindChoice),
  );
  const scope = h('div', { class: 'scope' });
  const results = h('div', { class: 'scroller padded' });
  fill(
    host,
    paneHeader({ title: t('shell.search') }),
    h('div', { class: 'search-field' }, icon('search'), input),
    choice,
    scope,
    results,
  );
  let [list, shown] = [null, null];
  moved(route());
  return { close: () => list?.close(), moved, focus: () => input.focus() };

  function kindChoice(kind) {
    return h(
      'label',
      null,
      h('input', { type: 'radio', name: 'kind', value: kind, onchange: search }),
      h('span', null, t(`search.${kind}`)),
    );
  }

  function search() {
    const kind = choice.querySelector(':checked')?.value ?? 'messages';
    const within = route().query.get('in');
    go(href(['search'], { q: input.value.trim(), kind, ...(within && { in: within }) }), { replace: true });
  }

  function moved({ query }) {
    const wanted = {
      text: query.get('q') ?? '',
      kind: query.get('kind') in KINDS ? query.get('kind') : 'messages',
      within: query.get('in'),
    };
    const key = JSON.stringify(wanted);
    if (key === shown) return;
    shown = key;
    if (input.value.trim() !== wanted.text) input.value = wanted.text;
    choice.querySelector(`[value=${wanted.kind}]`).checked = true;
    fill(scope, wanted.within && scopeTag(app, wanted));
    list?.close();
    list = wanted.text ? found(app, wanted) : null;
    fill(results, list?.element ?? empty({ icon: 'search', title: t('search.title'), text: t('search.text') }));
  }
}

function found(app, { text, kind, within }) {
  const rows = {
    messages: (item) => messageRow(app, item, text),
    people: (user) => foundRow(app, user),
    groups: (group) => groupRow(group),
  };
  return pagedList({
    chat: app.chat,
    path: KINDS[kind](encodeURIComponent(text), within && encodeURIComponent(within)),
    label: t('search.results'),
    row: rows[kind],
    none: () => empty({ icon: 'search', title: t('search.none'), text: t('search.none_text', { query: text }) }),
  });
}

/** Within which conversation is searched, and the way out of that. */
function scopeTag(app, { text, kind, within }) {
  const conversation = app.chat.conversation(within);
  const name = conversation ? titleOf(conversation, app.directory) : '';
  const everywhere = () => go(href(['search'], { q: text, kind }), { replace: true });
  return h(
    'span',
    { class: 'tag accent' },
    t('search.within', { name }),
    iconButton('x', t('search.everywhere'), everywhere),
  );
}

/** What stands beside the results before one is chosen. */
export function openFound(host) {
  fill(host, empty({ icon: 'search', title: t('search.choose'), text: t('search.choose_text') }));
  return { close: () => {} };
}
