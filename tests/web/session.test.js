import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { document, happens, see, soon, storage } from './support/page.js';

import { openDialog } from '../../chatchat-server/web/app/base/dialog.js';
import { h } from '../../chatchat-server/web/app/base/dom.js';
import { lazily } from '../../chatchat-server/web/app/base/lazily.js';
import { forgetAll, keep, kept } from '../../chatchat-server/web/app/base/tab.js';
import { openEntry } from '../../chatchat-server/web/app/entry/entry.js';
import { changePlaces, comesIn, mayHaveSession, rememberSession } from '../../chatchat-server/web/app/entry/session.js';
import { needed, waitForServer } from '../../chatchat-server/web/app/entry/waiting.js';
import { openMine } from '../../chatchat-server/web/app/me/me.js';
import { openPeople } from '../../chatchat-server/web/app/people/people.js';
import { Shell } from '../../chatchat-server/web/app/shell.js';
import { drafts } from '../../chatchat-server/web/app/talk/drafts.js';
import { Problem } from '../../chatchat-server/web/chatchat/problem.js';

/**
 * How the web client begins, who comes in, and what is left when they go.
 */

afterEach(() => document.querySelectorAll('dialog').forEach((dialog) => dialog.remove()));

const nothingSaid = (context) => context.mock.method(console, 'warn', () => {});

/** Somebody who is logged in, or nobody. */
class Person extends EventTarget {
  me = null;
  conversations = [];
  friends = null;
  state = 'online';
  becomes(me) {
    this.me = me;
    this.dispatchEvent(new Event('me'));
  }
  ends(reason) {
    this.becomes(null);
    this.dispatchEvent(Object.assign(new Event('ended'), { detail: reason }));
  }
  api = async () => ({ items: [], next_cursor: null });
}

test('a draft is of one person, and nobody has it when they have gone', () => {
  const draft = { text: 'a secret', replyTo: null, mentions: [] };
  drafts('ann').write('1', draft);
  assert.deepEqual(drafts('ann').read('1'), draft);
  assert.equal(drafts('bob').read('1').text, '');
  globalThis.sessionStorage.setItem('of another page', 'x');
  forgetAll();
  assert.equal(drafts('ann').read('1').text, '');
  assert.equal(globalThis.sessionStorage.length, 1, 'what is not ours stays');
});

test('where the browser has closed its storage, a draft lives as long as the page', (context) => {
  const { sessionStorage } = globalThis;
  const get = () => {
    throw new Error('SecurityError');
  };
  Object.defineProperty(globalThis, 'sessionStorage', { get, configurable: true });
  context.after(() => Object.defineProperty(globalThis, 'sessionStorage', { value: sessionStorage, configurable: true }));
  drafts('ann').write('1', { text: 'half a', replyTo: null, mentions: [] });
  assert.equal(drafts('ann').read('1').text, 'half a');
  forgetAll();
  assert.equal(drafts('ann').read('1').text, '');
});

test('a storage that is full does not bring back what stood there before', (context) => {
  keep('a', 'old');
  const { setItem } = globalThis.sessionStorage;
  globalThis.sessionStorage.setItem = () => {
    throw new Error('QuotaExceededError');
  };
  context.after(() => (globalThis.sessionStorage.setItem = setItem));
  keep('a', 'new');
  assert.equal(kept('a'), 'new');
});

test('a session that ends because somebody else has logged in here leaves theirs', () => {
  globalThis.localStorage = storage();
  const chat = new Person();
  rememberSession(chat);
  chat.becomes({ id: 'ann' });
  assert.equal(mayHaveSession(), true);
  chat.ends('other_account');
  assert.equal(mayHaveSession(), true);
  chat.becomes({ id: 'ann' });
  chat.ends('session_ended');
  assert.equal(mayHaveSession(), false);
});

test('whatever passes is waited for, with words, whoever says it', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  context.mock.method(console, 'error', () => {});
  const host = h('div', null);
  const away = [502, 504, 500].map((status) => new Problem({ status, code: 'unknown' }));
  const answers = [...away, new SyntaxError('a page of some proxy'), Problem.offline()];
  const { length } = answers;
  const waits = waitForServer(host, async () => {
    const problem = answers.shift();
    if (problem) throw problem;
    return 'in';
  });
  for (let time = 0; time < length; time += 1) {
    await soon();
    assert.match(host.textContent, /does not answer/);
    context.mock.timers.tick(3000);
  }
  assert.equal(await waits, 'in');
  const refused = new Problem({ status: 403, code: 'suspended' });
  await assert.rejects(waitForServer(host, () => Promise.reject(refused)), refused);
});

test('without a module that is needed, that is shown', async (context) => {
  nothingSaid(context);
  const host = h('div', null);
  void needed(host, () => Promise.reject(new TypeError('no network')));
  await soon();
  assert.match(host.textContent, /could not be loaded/);
});

test('whoever presses for something whose module cannot be had is told', async (context) => {
  nothingSaid(context);
  context.mock.timers.enable({ apis: ['setTimeout'] });
  await lazily(() => Promise.reject(new TypeError('no network')), () => assert.fail());
  assert.match(see('.toasts').textContent, /could not be loaded/);
  assert.equal(await lazily(async () => ({ answer: 42 }), ({ answer }) => answer), 42);
});

test('who is in already is not asked who they are', async () => {
  const host = h('div', null);
  const chat = new Person();
  chat.me = { id: 'ann' };
  await openEntry(host, chat, { returned: null, reason: null });
  assert.equal(host.children.length, 0);
});

test('who changes places is waited for, also if it does not come to that', async () => {
  const chat = new Person();
  chat.logout = async () => chat.becomes(null);
  chat.login = async () => {
    await soon();
    chat.becomes({ id: 'bob' });
  };
  void changePlaces(chat, {});
  await comesIn();
  assert.equal(chat.me.id, 'bob');
  chat.login = () => Promise.reject(Problem.offline());
  await assert.rejects(changePlaces(chat, {}));
  await comesIn();
});

test('no address leads to what every object has', () => {
  const host = h('div', null);
  const chat = new Person();
  const place = (section) => ({ path: [section, 'constructor'], query: new URLSearchParams() });
  openMine(host, { chat }, place('me'));
  assert.match(host.textContent, /Choose what to look at/);
  openPeople(host, { chat, directory: Object.assign(new EventTarget(), { friend: () => undefined }) }, place('people'));
  assert.match(host.textContent, /Person/);
  globalThis.location.hash = '#/constructor';
  chat.me = { id: 'ann', name: 'Ann' };
  const shell = new Shell(host, chat);
  assert.match(host.textContent, /Choose a conversation/);
  shell.close();
  globalThis.location.hash = '';
});

test('dialogs end with the session', () => {
  const chat = new Person();
  chat.me = { id: 'ann', name: 'Ann' };
  const shell = new Shell(h('div', null), chat);
  openDialog({ title: 'Of Ann', content: 'a secret' });
  assert.ok(document.querySelector('dialog[open]'));
  shell.close();
  assert.equal(document.querySelector('dialog'), null);
});

test('a dialog is closed by a press beside it, not by a selection that ends there', () => {
  openDialog({ title: 'A form', content: h('input', null) });
  const dialog = see('dialog');
  see('input').happens('pointerdown');
  dialog.happens('click');
  assert.ok(dialog.isConnected);
  dialog.happens('pointerdown');
  dialog.happens('click');
  assert.ok(!dialog.isConnected);
});

test('Esc leads out of what was chosen, but not out of a form', () => {
  const chat = new Person();
  chat.me = { id: 'ann', name: 'Ann' };
  globalThis.location.hash = '#/me/password';
  const shell = new Shell(h('div', null), chat);
  const press = (target) => happens('keydown', { key: 'Escape', target, isComposing: false });
  const input = h('input', null);
  h('form', { class: 'form' }, input);
  press(input);
  assert.equal(globalThis.location.hash, '#/me/password');
  press(h('div', null));
  assert.equal(globalThis.location.hash, '#/me');
  shell.close();
  globalThis.location.hash = '';
});

test('a file that is dropped beside a conversation does not lead out of the page', () => {
  const chat = new Person();
  chat.me = { id: 'ann', name: 'Ann' };
  const shell = new Shell(h('div', null), chat);
  const dataTransfer = { types: ['Files'], files: [], dropEffect: 'copy' };
  for (const type of ['dragover', 'drop']) assert.ok(happens(type, { dataTransfer }).defaultPrevented, type);
  assert.equal(dataTransfer.dropEffect, 'none');
  assert.ok(!happens('drop', { dataTransfer: { types: ['text/plain'] } }).defaultPrevented);
  shell.close();
});
