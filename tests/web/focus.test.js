import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { document, see, soon } from './support/page.js';

import { openDialog } from '../../chatchat-server/web/app/base/dialog.js';
import { fill, h } from '../../chatchat-server/web/app/base/dom.js';
import { redraw } from '../../chatchat-server/web/app/base/focus.js';
import { pagedList } from '../../chatchat-server/web/app/base/pages.js';
import { showSettings } from '../../chatchat-server/web/app/people/details.js';
import { openRequests } from '../../chatchat-server/web/app/people/requests.js';

/**
 * The focus stays where somebody works, whatever is made anew around it.
 */

const body = h('div', null);

beforeEach(() => {
  fill(body);
  document.body.replaceChildren(h('section', { class: 'pane' }, h('h2', null, 'A pane'), body));
});

const button = (label) => h('button', { type: 'button' }, label);
const row = (id) => h('li', { 'data-id': id }, h('button', { type: 'button', 'aria-label': `who ${id} is` }), button('Yes'), button('No'));
const rows = (...ids) => fill(body, ids.map(row));
const focused = () => [document.activeElement.closest('[data-id]')?.dataset.id, document.activeElement.textContent];
const press = (id, at) => see(`[data-id=${id}]`).querySelectorAll('button')[at].focus();

test('what stands for what had the focus has it', () => {
  rows('a', 'b', 'c');
  press('b', 1);
  redraw(body, () => rows('new', 'a', 'b', 'c'));
  assert.deepEqual(focused(), ['b', 'Yes']);
});

test('when a row goes, the focus is in the next one, then in the last, then at the heading', () => {
  rows('a', 'b', 'c');
  press('b', 2);
  redraw(body, () => rows('a', 'c'));
  assert.deepEqual([focused()[0], document.activeElement.ariaLabel], ['c', 'who c is'], 'but not on the same deed');
  redraw(body, () => rows('a'));
  assert.equal(focused()[0], 'a');
  redraw(body, () => rows());
  assert.equal(focused()[1], 'A pane');
});

test('a focus that is elsewhere stays there', () => {
  const other = button('Other');
  document.body.append(other);
  rows('a');
  other.focus();
  redraw(body, () => rows());
  assert.equal(document.activeElement, other);
});

test('a dialog gives the focus back, also to what was made anew meanwhile', () => {
  rows('a');
  press('a', 1);
  const { close } = openDialog({ title: 'A question', content: h('input', null) });
  rows('a');
  close();
  assert.deepEqual(focused(), ['a', 'Yes']);
});

/** A list of the API. */
function api(...ids) {
  const asked = [];
  return {
    ids, asked,
    async api(_, path) {
      asked.push(path);
      return { items: this.ids.map((id) => ({ id, from: { id, name: id }, to: { id, name: id }, created_at: 0 })), next_cursor: null };
    },
  };
}

test('a list shows that nothing is left when its last row has gone', async () => {
  const list = pagedList({ chat: api('a'), path: '/x', label: '', row: ({ id }) => row(id), none: () => 'nothing' });
  fill(body, list.element);
  await soon();
  press('a', 1);
  list.remove(see('li'));
  assert.equal(body.textContent, 'nothing');
  assert.equal(focused()[1], 'A pane');
  list.close();
});

test('a list that is told twice to be fetched while it is fetches once more', async () => {
  const chat = api('a');
  const list = pagedList({ chat, path: '/x', label: '', row: ({ id }) => row(id), none: () => 'nothing' });
  fill(body, list.element);
  list.reload();
  list.reload();
  chat.ids = ['b'];
  for (let turn = 0; turn < 3; turn += 1) await soon();
  assert.equal(chat.asked.length, 2);
  assert.equal(see('li').dataset.id, 'b');
  list.close();
});

test('who has answered a request is at the next one', async () => {
  const chat = api('a', 'b');
  const directory = new EventTarget();
  const view = openRequests(body, { chat, directory });
  await soon();
  press('a', 1);
  chat.ids = ['b'];
  directory.dispatchEvent(new Event('requests'));
  await soon();
  assert.equal(focused()[0], 'b');
  view.close();
});

test('the switches of a conversation stay, and show what holds', () => {
  const conversation = Object.assign(new EventTarget(), { muted: false, pinned: false });
  const stop = showSettings(body, conversation);
  const mute = see('[name=muted]');
  mute.focus();
  conversation.muted = true;
  conversation.dispatchEvent(Object.assign(new Event('change'), { detail: { kind: 'settings' } }));
  assert.equal(document.activeElement, mute);
  assert.equal(mute.checked, true);
  stop();
});
