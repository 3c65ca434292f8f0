import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Chatchat } from '../../chatchat-server/web/chatchat.js';
import { Service, refusal, settled, tokenOf } from './support/service.js';
import { Time } from './support/time.js';

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

/** A service that keeps sessions in cookies, and a browser that keeps one of them. */
function cookies() {
  let last = 0;
  const begins = () => {
    service.session = `s${(last += 1)}`;
    service.alive.add(service.session);
    return tokens();
  };
  const tokens = () => ({
    token_type: 'Bearer', access_token: tokenOf('me', (service.serial += 1), service.session), expires_in: 900,
  });
  const routes = [
    [/^POST \/auth\/login$/, () => ({ user: { id: 'me' }, tokens: begins() })],
    [/^POST \/auth\/refresh$/, () => {
      if (!service.alive.has(service.session)) throw refusal(401, 'invalid_token');
      return tokens();
    }],
    [/^POST \/auth\/logout$/, (_, { headers }) => {
      if (service.busy) throw refusal(503, 'unavailable');
      service.alive.delete(JSON.parse(atob(headers.authorization.split('.')[1])).sid);
      service.session = null;
      return null;
    }],
  ];
  const service = Object.assign(new Service({ routes }), { alive: new Set(), session: null, busy: false });
  const kept = new Map();
  const storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
  const time = new Time();
  const options = { cookie: true, storage, now: time.now, sleep: time.sleep, random: () => 1 };
  const page = () => new Chatchat(service.options(options));
  return { service, page, time, kept };
}

test('a log-out that the service does not hear is over here, and there as soon as it can be', async () => {
  const { service, page, time, kept } = cookies();
  const chat = page();
  await chat.login({});
  service.busy = true;
  await chat.logout();
  assert.deepEqual([chat.me, service.alive.size], [null, 1]);
  await time.passes(500);
  assert.equal(service.alive.size, 1);
  service.busy = false;
  await time.passes(1000);
  assert.deepEqual([service.alive.size, service.session, kept.size], [0, null, 0]);
});

test('a log-out that the service has not heard is told by the next page before anything else', async () => {
  const { service, page, kept } = cookies();
  const chat = page();
  await chat.login({});
  service.reachable = false;
  await chat.logout();
  await assert.rejects(page().restore(), { code: 'offline' });
  service.reachable = true;
  assert.equal(await page().restore(), null);
  assert.deepEqual([service.alive.size, kept.size], [0, 0]);
});

test('before the next log-in, the session that was left is ended, and the new one let alone', async () => {
  const { service, page, time, kept } = cookies();
  const chat = page();
  await chat.login({});
  service.reachable = false;
  await chat.logout();
  service.reachable = true;
  assert.equal((await chat.login({})).id, 'me');
  assert.deepEqual([[...service.alive], service.session, kept.size], [['s2'], 's2', 0]);
  await time.passes(60_000);
  assert.deepEqual([[...service.alive], chat.me.id], [['s2'], 'me']);
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

test('an answer that breaks off, or is not of the service, is none', async () => {
  const broken = () => new Response(new ReadableStream({ pull: (body) => body.error(new TypeError('cut')) }));
  const routes = [
    [/^GET \/cut$/, () => { throw broken(); }],
    [/^GET \/portal$/, () => { throw new Response('<p>Welcome to the hotel'); }],
    [/^GET \/gateway$/, () => { throw new Response('<h1>Bad Gateway</h1>', { status: 502 }); }],
    [/^GET \/foreign$/, () => { throw new Response('{"status": "error"}', { status: 504 }); }],
  ];
  const service = new Service({ routes });
  const chat = new Chatchat(service.options());
  await chat.restore();
  for (const path of ['/cut', '/portal']) await assert.rejects(chat.api('GET', path), { code: 'offline', passes: true });
  await assert.rejects(chat.download('/cut'), { code: 'offline' });
  await assert.rejects(chat.api('GET', '/gateway'), { code: 'unavailable', status: 502, passes: true });
  await assert.rejects(chat.api('GET', '/foreign'), { code: 'unavailable', status: 504, passes: true });
  service.routes.unshift([/^POST \/auth\/refresh/, () => { throw broken(); }]);
  await assert.rejects(new Chatchat(service.options()).restore(), { code: 'offline' });
});

test('without a network, that is said to be the problem', async () => {
  const service = new Service();
  const chat = new Chatchat(service.options());
  service.reachable = false;
  await assert.rejects(chat.restore(), { code: 'offline', status: 0 });
  service.reachable = true;
  assert.equal((await chat.restore()).id, 'me');
});
