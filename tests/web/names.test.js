import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { document, see, soon } from './support/page.js';

import { h } from '../../chatchat-server/web/app/base/dom.js';
import { twoSteps } from '../../chatchat-server/web/app/entry/code.js';
import { openGroups } from '../../chatchat-server/web/app/groups/groups.js';
import { nameOf, titleOf } from '../../chatchat-server/web/app/people/called.js';
import { countInTitle } from '../../chatchat-server/web/app/shell/title.js';
import { openNotifier } from '../../chatchat-server/web/app/shell/notifier.js';
import { imageBody } from '../../chatchat-server/web/app/talk/attachments.js';
import { header } from '../../chatchat-server/web/app/talk/header.js';
import { Names } from '../../chatchat-server/web/app/talk/names.js';

/**
 * What is shown is as it is now, and called as somebody calls it.
 */

const ANN = { id: 'ann', name: 'Ann', avatar_url: null, bio: '' };
const friends = new Map([['ann', { user: ANN, remark: 'Sister', conversation_id: 'd' }]]);
const direct = { id: 'd', kind: 'direct', title: 'Ann', peer: ANN, avatar_url: null, typing: [], writable: false };

test('a friend is called as one calls them, wherever they are named', () => {
  const chat = { me: { id: 'me', name: 'Me' }, friends, presence: () => undefined };
  const names = new Names(chat, direct, () => {});
  assert.deepEqual([names.of('ann'), names.title, names.look('ann').name], ['Sister', 'Sister', 'Sister']);
  const head = header({ chat, conversation: direct, names }, { onBack() {}, onDetails() {} });
  assert.match(head.element.textContent, /Sister/);
  assert.deepEqual([...names.byName(['ann']).keys()], ['Ann'], 'in a text, their name stands');
  assert.equal(titleOf({ title: 'Sister and I', peer: null }, chat), 'Sister and I');
});

test('whoever has closed their account is known by what the service calls them then', () => {
  const service = readFileSync(new URL('../../chatchat-domain/src/account/service.rs', import.meta.url), 'utf8');
  const [, closed] = /const CLOSED: &str = "(.+)";/.exec(service);
  const called = readFileSync(new URL('../../chatchat-server/web/app/people/called.js', import.meta.url), 'utf8');
  assert.ok(called.includes(`'${closed}'`));
  assert.equal(nameOf({ name: closed }), 'Deleted user');
});

test('a browser that lets no page make notifications does no harm', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let made = 0;
  globalThis.Notification = class {
    static permission = 'granted';
    constructor(title) {
      made += 1;
      assert.equal(title, 'Sister');
      throw new TypeError('Illegal constructor');
    }
  };
  globalThis.localStorage.setItem('chatchat.notifications', 'on');
  globalThis.localStorage.setItem('chatchat.sound', 'off');
  document.visibilityState = 'hidden';
  context.after(() => {
    document.visibilityState = 'visible';
    delete globalThis.Notification;
  });
  const chat = Object.assign(new EventTarget(), { friends, me: { id: 'me' } });
  const directory = { name: async () => 'Sister', knownName: () => 'Sister' };
  const notifier = openNotifier({ chat, directory });
  const message = { seq: 2, sender_id: 'ann', conversation_id: 'd', content: { type: 'text', text: 'hi' } };
  const conversation = { ...direct, read_seq: 1, muted: false };
  chat.dispatchEvent(Object.assign(new Event('message'), { detail: { conversation, message } }));
  context.mock.timers.tick(600);
  for (let turn = 0; turn < 3; turn += 1) await soon();
  assert.equal(made, 1);
  notifier.close();
});

test('however much happens, what is new is counted once in a while', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let counted = 0;
  const chat = new EventTarget();
  const get = () => ((counted += 1), [{ unread: 1, muted: false, mentions: 0 }, { unread: 2, muted: true, mentions: 0 }]);
  Object.defineProperty(chat, 'conversations', { get });
  const title = countInTitle(chat);
  for (let time = 0; time < 50; time += 1) chat.dispatchEvent(new Event('conversations'));
  assert.equal(document.title, '(1) chatchat');
  context.mock.timers.tick(100);
  assert.equal(counted, 2);
  title.close();
});

test('a thumbnail that could not be had is marked, so that it is asked for again', async () => {
  const chat = { blobUrl: () => Promise.reject(new Error('away')), releaseUrl() {} };
  const button = imageBody(chat, { attachment_id: '1', name: 'a.png' });
  await soon();
  assert.ok(!button.matches('button.image:not(.failed)'));
  const other = imageBody({ ...chat, blobUrl: async () => 'blob:1' }, { attachment_id: '1', name: 'a.png' });
  await soon();
  assert.ok(other.matches('button.image:not(.failed)'));
});

test('a group that is renamed is so in the list of groups', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const group = { id: 'g', name: 'Before', avatar_url: null, member_count: 2, my_role: 'member' };
  const chat = Object.assign(new EventTarget(), {
    api: async () => ({ items: [group], next_cursor: null }),
    conversation: () => ({ group: { ...group, name: 'After' } }),
  });
  const host = h('div', null);
  const view = openGroups(host, { chat }, { path: ['groups'] });
  await soon();
  assert.match(host.textContent, /Before/);
  chat.dispatchEvent(new Event('conversations'));
  assert.match(host.textContent, /After/);
  assert.ok(!host.textContent.includes('Before'));
  view.close();
});

test('whoever goes back from the code and on again needs no other one', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  globalThis.fetch = async () => ({ ok: false });
  const asked = [];
  const chat = { requestCode: async (email) => (asked.push(email), { expires_in: 120, retry_after: 45 }) };
  const then = () => ({ title: '', fields: [], submit: 'Go on', onSubmit: async () => {} });
  document.body.replaceChildren(twoSteps({ chat, purpose: 'register', title: '', words: '', then }));
  const goesOn = async (email) => {
    see('[name=email]').value = email;
    see('form').happens('submit');
    await soon();
  };
  await goesOn('ann@example.com');
  assert.match(see('.code-links').textContent, /in 45 seconds/);
  see('.actions').lastElementChild.click();
  context.mock.timers.tick(5000);
  await goesOn('ann@example.com');
  assert.match(see('.code-links').textContent, /in 40 seconds/);
  assert.equal(asked.length, 1);
  see('.actions').lastElementChild.click();
  await goesOn('bob@example.com');
  assert.deepEqual(asked, ['ann@example.com', 'bob@example.com']);
});
