import assert from 'node:assert/strict';
import { test } from 'node:test';

import { initials } from '../../chatchat-server/web/app/base/avatar.js';
import { deviceName } from '../../chatchat-server/web/app/base/device.js';
import { paced } from '../../chatchat-server/web/app/base/paced.js';
import { href, route } from '../../chatchat-server/web/app/base/router.js';

/**
 * What of the frame of the web client needs no page.
 */

test('an address leads to where it was made for', (context) => {
  const { location } = globalThis;
  context.after(() => (globalThis.location = location));
  globalThis.location = { hash: href(['search', 'a/b', '上海?'], { q: '50% & more' }) };
  const { path, query } = route();
  assert.deepEqual([path, query.get('q')], [['search', 'a/b', '上海?'], '50% & more']);
  globalThis.location = { hash: '#/people/%E0%A4%A' };
  assert.deepEqual(route().path, ['people', '%E0%A4%A']);
});

test('initials stand for a name in any script', () => {
  const names = { 'Ada Lovelace': 'AL', ann: 'A', 陈晨: '陈', 'Chen 陈': 'C', 'Weekend in 上海': 'W', '🙂': '🙂', '  ': '?' };
  for (const [name, letters] of Object.entries(names)) assert.equal(initials(name), letters, name);
});

test('a device is known by its browser and its system', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const safari = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1';
  assert.deepEqual([chrome, safari, 'curl/8'].map(deviceName), ['Chrome, Linux', 'Safari, iOS', 'web']);
});

test('what is paced is done at once, and the last call is never lost', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let drawn = 0;
  const draw = paced(() => (drawn += 1), 100);
  draw();
  draw();
  draw();
  assert.equal(drawn, 1);
  context.mock.timers.tick(100);
  assert.equal(drawn, 2);
  context.mock.timers.tick(500);
  assert.equal(drawn, 2);
});
