import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Chatchat } from '../../chatchat-server/web/chatchat.js';
import { Service, refusal, settled } from './support/service.js';

const refreshes = (service) => service.requests.filter((request) => request === 'POST /auth/refresh').length;

test('nobody is logged in without a session from before', async () => {
  const service = new Service();
  const chat = new Chatchat(service.options({ tokens: { load: () => null, save: () => {} } }));
  assert.equal(await chat.restore(), null);
  assert.deepEqual(service.requests, []);
});

test('with a cookie, the refresh token is never seen', async () => {
  const bodies = [];
  const routes = [[/^POST \/auth\/refresh/, (_, { body }) => {
    bodies.push(JSON.parse(body));
    return service.tokens();
  }]];
  const service = new Service({ routes });
  const saved = [];
  const tokens = { load: () => 'x', save: (token) => saved.push(token) };
  const chat = new Chatchat(service.options({ cookie: true, tokens }));
  assert.equal((await chat.restore()).id, 'me');
  assert.deepEqual([bodies, saved], [[{ cookie: true }], []]);
});

test('however many calls find the token no good, it is renewed once', async () => {
  let good = 1;
  const routes = [[/^GET \/friends/, (_, { headers }) => {
    const { serial } = JSON.parse(atob(headers.authorization.split('.')[1]));
    if (serial <= good) throw refusal(401, 'unauthenticated');
    return { items: [] };
  }]];
  const service = new Service({ routes });
  const chat = new Chatchat(service.options());
  await chat.restore();
  await Promise.all(Array.from({ length: 5 }, () => chat.api('GET', '/friends')));
  assert.equal(refreshes(service), 2);
  good = Infinity;
  await assert.rejects(chat.api('GET', '/friends'), { status: 401 });
});

test('a token is renewed before it ends', async () => {
  const service = new Service();
  let now = 0;
  const chat = new Chatchat(service.options({ now: () => now }));
  await chat.restore();
  await chat.api('GET', '/me');
  assert.equal(refreshes(service), 1);
  now = 880_000;
  await chat.api('GET', '/me');
  assert.equal(refreshes(service), 2);
});

test('when somebody else has logged in at the same place, the session is over here', async () => {
  const service = new Service();
  let now = 0;
  const chat = new Chatchat(service.options({ now: () => now }));
  const ended = [];
  chat.addEventListener('ended', ({ detail }) => ended.push(detail));
  await chat.restore();
  service.me = 'somebody else';
  now = 880_000;
  await assert.rejects(chat.api('GET', '/me'), { code: 'other_account' });
  await settled();
  assert.deepEqual([ended, chat.me], [['other_account'], null]);
});

test('a problem says what is wrong with which field, and when to come again', async () => {
  const errors = [{ field: 'name', code: 'too_long', detail: 'must be shorter' }];
  const body = JSON.stringify({ status: 422, code: 'validation_failed', title: 't', detail: 'd', errors });
  const routes = [
    [/^PATCH \/me/, () => { throw new Response(body, { status: 422 }); }],
    [/^GET \/slow/, () => { throw new Response('no JSON', { status: 429, headers: { 'retry-after': '7' } }); }],
  ];
  const chat = new Chatchat(new Service({ routes }).options());
  await chat.restore();
  await assert.rejects(chat.api('PATCH', '/me', {}), { status: 422, code: 'validation_failed', errors });
  await assert.rejects(chat.api('GET', '/slow'), { status: 429, retryAfter: 7, passes: true });
});

test('without a network, that is said to be the problem', async () => {
  const service = new Service();
  const chat = new Chatchat(service.options());
  service.reachable = false;
  await assert.rejects(chat.restore(), { code: 'offline', status: 0 });
  service.reachable = true;
  assert.equal((await chat.restore()).id, 'me');
});
