import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Chatchat } from '../../chatchat-server/web/chatchat.js';
import { Service, refusal, settled, until } from './support/service.js';
import { Time } from './support/time.js';

/** A client that is connected to a service of its own. */
async function connected({ random = () => 0.5, ...more } = {}) {
  const service = new Service(more);
  const time = new Time();
  const chat = new Chatchat(service.options({ now: time.now, sleep: time.sleep, random }));
  const ended = [];
  chat.addEventListener('ended', ({ detail }) => ended.push(detail));
  await chat.restore();
  chat.connect();
  await chat.ready;
  await settled();
  return { service, time, chat, ended };
}

/** How long the client says that it waits, each time that it does. */
function waitsOf(chat, time) {
  const waits = [];
  chat.addEventListener('state', ({ detail: { retryAt } }) => retryAt && waits.push(retryAt - time.now()));
  return waits;
}

test('a connection that is lost is made anew after a while, and goes on where it was', async () => {
  const { service, time, chat } = await connected();
  assert.equal(service.socket.said[0].data.resume, undefined);
  service.socket.ends(1006);
  await settled();
  assert.deepEqual([chat.state, service.sockets.length], ['offline', 1]);
  await time.passes(250);
  assert.deepEqual([chat.state, service.sockets.length], ['online', 2]);
  assert.deepEqual(service.socket.said[0].data.resume, { user_rev: 0, conversations: {} });
  chat.close();
});

test('each attempt waits up to twice as long as the one before, at most half a minute', async () => {
  const { service, time, chat } = await connected({ random: () => 1 });
  const waits = waitsOf(chat, time);
  service.reachable = false;
  service.socket.ends(1006);
  await settled();
  while (waits.length < 9) await time.passes(waits.at(-1));
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  chat.close();
});

test('whoever asks for a connection while it waits need not wait', async () => {
  const { service, chat } = await connected({ random: () => 1 });
  service.reachable = false;
  service.socket.ends(1006);
  await settled();
  service.reachable = true;
  chat.connect();
  await settled();
  assert.deepEqual([chat.state, service.sockets.length], ['online', 2]);
  chat.close();
});

test('closing ends the attempts', async () => {
  const { service, time, chat } = await connected();
  service.socket.ends(1006);
  await settled();
  chat.close();
  await time.passes(60_000);
  assert.equal(service.sockets.length, 1);
});

test('a node that goes away is left before it does, and not all at once', async () => {
  const { service, time, chat } = await connected();
  service.socket.event('goaway', { after_ms: 4000, reason: 'shutdown' });
  await time.passes(1999);
  assert.equal(service.sockets.length, 1);
  await time.passes(1);
  await time.passes(0);
  assert.deepEqual([service.sockets.length, chat.state], [2, 'online']);
  chat.close();
});

test('whoever is told to slow down does', async () => {
  const { service, time, chat } = await connected({ random: () => 1 });
  const waits = waitsOf(chat, time);
  service.socket.ends(4008);
  await settled();
  assert.deepEqual(waits, [8000]);
  chat.close();
});

test('a token that is no good any more is renewed, and the connection made anew', async () => {
  const { service, time, chat, ended } = await connected();
  const before = service.socket.said[0].data.access_token;
  service.socket.ends(4001);
  await settled();
  await time.passes(500);
  assert.notEqual(service.socket.said[0].data.access_token, before);
  assert.deepEqual([chat.state, ended], ['online', []]);
  chat.close();
});

test('a session that cannot be renewed is over, and told to be once', async () => {
  const { service, chat, ended } = await connected();
  service.routes.unshift([/^POST \/auth\/refresh/, () => { throw refusal(401, 'invalid_token'); }]);
  service.socket.ends(4001);
  await settled();
  assert.deepEqual([chat.me, chat.state, ended], [null, 'offline', ['invalid_token']]);
});

test('a session that was ended elsewhere is over', async () => {
  const { service, time, chat, ended } = await connected();
  service.socket.ends(4003);
  await settled();
  await time.passes(60_000);
  assert.deepEqual([chat.me, ended, service.sockets.length], [null, ['session_ended'], 1]);
});

test('before a token ends, another takes its place on the same connection', async () => {
  const { service, chat } = await connected({ ops: { auth: () => ({ expires_at: '' }) } });
  service.socket.event('auth_expiring', { expires_at: '' });
  await until(() => service.socket.said.some(({ op }) => op === 'auth'));
  const [hello, auth] = service.socket.said.filter(({ op }) => op !== 'ping');
  assert.notEqual(auth.data.access_token, hello.data.access_token);
  assert.equal(service.sockets.length, 1);
  chat.close();
});

test('a token that cannot be renewed in time is no error of the page', async () => {
  const { service, time, chat } = await connected();
  await time.passes(880_000);
  service.reachable = false;
  service.socket.event('auth_expiring', { expires_at: '' });
  await settled();
  assert.equal(chat.state, 'online');
  chat.close();
});

test('a connection on which nothing comes any more is given up', async () => {
  const { service, time, chat } = await connected({ ops: { ping: () => undefined } });
  await time.passes(30_000);
  assert.equal(service.socket.said.at(-1).op, 'ping');
  await time.passes(10_000);
  await time.passes(500);
  assert.deepEqual([service.sockets.length, chat.state], [2, 'online']);
  chat.close();
});

test('who waits for a reply when the connection is lost hears that it is', async () => {
  const counted = { rev: 0, last_seq: 3, read_seq: 0, unread: 3, mentions: 0 };
  const conversation = { id: 'c', kind: 'group', group: {}, last_message: null, ...counted };
  const routes = [[/^GET \/conversations\/c$/, () => conversation]];
  const { service, chat } = await connected({ routes, ops: { react: () => undefined } });
  const reacting = (await chat.openConversation('c')).react(1, '👍');
  await until(() => service.socket.said.some(({ op }) => op === 'react'));
  service.socket.ends(1006);
  await assert.rejects(reacting, { code: 'offline' });
  chat.close();
});
