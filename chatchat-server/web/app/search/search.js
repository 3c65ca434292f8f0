import { fill, h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { pagedList } from '../base/pages.js';
import { go, href, route } from '../base/router.js';
import { empty, iconButton, paneHeader, settled } from '../base/view.js';
import { t } from '../base/words.js';
import { groupRow } from '../groups/groups.js';
import { foundRow } from '../people/add.js';
import { titleOf } from '../people/called.js';
import { messageRow } from './message.js';

/** How long one has stopped to type before it is searched, in milliseconds. */
const PAUSE = 300;

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
export const openSearch = (host, app) => new Search(host, app);

class Search {
  #app;
  #input = h('input', {
    type: 'search',
    'aria-label': t('shell.search'),
    placeholder: t('search.placeholder'),
    oninput: settled(() => this.#search(), PAUSE),
  });
  #choice = h('fieldset', { class: 'choices', onchange: () => this.#search() }, choices());
  #scope = h('div', { class: 'scope' });
  #results = h('div', { class: 'scroller padded' });
  #list = null;
  #shown = null;

  constructor(host, app) {
    this.#app = app;
    const field = h('div', { class: 'search-field' }, icon('search'), this.#input);
    fill(host, paneHeader({ title: t('shell.search') }), field, this.#choice, this.#scope, this.#results);
    this.moved(route());
  }

  /** @param {import('../base/router.js').Route} place */
  moved({ query }) {
    const kind = Object.hasOwn(KINDS, query.get('kind')) ? query.get('kind') : 'messages';
    const wanted = { text: query.get('q') ?? '', kind, within: query.get('in') };
    const key = JSON.stringify(wanted);
    if (key === this.#shown) return;
    this.#shown = key;
    if (this.#input.value.trim() !== wanted.text) this.#input.value = wanted.text;
    this.#choice.querySelector(`[value=${kind}]`).checked = true;
    fill(this.#scope, wanted.within && scopeTag(this.#app, wanted));
    this.#list?.close();
    this.#list = wanted.text ? found(this.#app, wanted) : null;
    fill(
      this.#results,
      this.#list?.element ?? empty({ icon: 'search', title: t('search.title'), text: t('search.text') }),
    );
  }

  focus() {
    this.#input.focus();
  }

  close() {
    this.#list?.close();
  }

  #search() {
    if (!this.#input.isConnected) return; // one has gone elsewhere meanwhile
    const kind = this.#choice.querySelector(':checked')?.value ?? 'messages';
    const within = route().query.get('in');
    const query = { q: this.#input.value.trim(), kind, ...(within && { in: within }) };
    go(href(['search'], query), { replace: true });
  }
}

const choices = () => [
  h('legend', { class: 'unseen' }, t('search.kinds')),
  Object.keys(KINDS).map((kind) =>
    h('label', null, h('input', { type: 'radio', name: 'kind', value: kind }), h('span', null, t(`search.${kind}`))),
  ),
];

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
  const name = conversation ? titleOf(conversation, app.chat) : '';
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
