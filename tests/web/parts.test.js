import assert from 'node:assert/strict';
import { test } from 'node:test';

import { document, see, soon } from './support/page.js';

import { announce } from '../../chatchat-server/web/app/base/announce.js';
import { openJump } from '../../chatchat-server/web/app/search/jump.js';
import { openConnection } from '../../chatchat-server/web/app/shell/connection.js';

/**
 * Parts of the screens of the web client.
 */

const heard = () => see('[role=log]').children.map((said) => said.textContent);

test('of several things that are said at once each is heard, for a while', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  announce('Ann: hello');
  announce('Ann: hello');
  announce('Connected again');
  assert.deepEqual(heard(), ['Ann: hello', 'Ann: hello', 'Connected again']);
  context.mock.timers.tick(10_000);
  assert.deepEqual(heard(), []);
});

test('while the seconds are counted, the focus stays on what tries at once', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  const chat = Object.assign(new EventTarget(), { state: 'online', connect: () => {} });
  const connection = openConnection(chat);
  document.body.append(connection.element);
  const is = (state, retryAt) =>
    chat.dispatchEvent(Object.assign(new Event('state'), { detail: { state, retryAt } }));
  is('offline', Date.now() + 10_000);
  context.mock.timers.tick(2000);
  const now = see('.connection button');
  now.focus();
  assert.match(connection.element.textContent, /in 8 seconds/);
  context.mock.timers.tick(3000);
  assert.match(connection.element.textContent, /in 5 seconds/);
  is('connecting', null);
  assert.equal(document.activeElement, now);
  connection.close();
  connection.element.remove();
});

test('keys that belong to an input method do nothing in the way to somewhere', async () => {
  const conversations = ['One', 'Two'].map((title) => ({ id: title, kind: 'group', title, avatar_url: null }));
  openJump({ chat: { conversations }, directory: { friends: [], friend: () => undefined } });
  const chosen = () => see('.jump-options [aria-selected=true]').textContent;
  const press = (key, more) => see('dialog input').happens('keydown', { key, ...more });
  press('ArrowDown', { isComposing: true });
  press('Enter', { isComposing: false, keyCode: 229 });
  assert.match(chosen(), /One/);
  press('ArrowDown');
  assert.match(chosen(), /Two/);
  see('dialog').close();
  await soon();
});
