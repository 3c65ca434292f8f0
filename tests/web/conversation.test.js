import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Chatchat } from '../../chatchat-server/web/chatchat.js';
import { Service, refusal, settled, until } from './support/service.js';
import { Time } from './support/time.js';

const message = (seq, more = {}) => ({
  conversation_id: 'c', seq, rev: seq, sender_id: 'you', client_id: null, content: { type: 'text', text: `${seq}` },
  reply_to: null, mentions: [], reactions: [], created_at: new Date(seq * 1000).toISOString(), ...more,
});

const view = (id, last, more = {}) => ({
  id, kind: 'group', title: id, avatar_url: null, peer: null, group: { name: id, my_role: 'member' },
  last_message: last ? message(last, { conversation_id: id }) : null, last_seq: last, rev: last, read_seq: last, unread: 0,
  mentions: 0, muted: false, pinned: false, ...more,
});

/** A client with these conversations, in time that passes when the test says so. */
async function connected(views, { routes = [], ops = {} } = {}) {
  const service = new Service({
    routes: [
      ...routes,
      [/^GET \/conversations\?limit=100$/, () => ({ items: views, next_cursor: null })],
      [/^GET \/conversations\/([^/?]+)$/, ([, id]) => {
        const found = views.find((each) => each.id === id);
        if (!found) throw refusal(404, 'not_found');
        return found;
      }],
    ],
    ops,
  });
  const time = new Time();
  const chat = new Chatchat(service.options({ now: time.now, sleep: time.sleep, random: () => 0.5 }));
  await chat.restore();
  chat.connect();
  await until(() => chat.complete);
  const tells = (event, data, place) => {
    service.socket.event(event, data, place);
    return settled();
  };
  return { service, time, chat, tells };
}

const places = (chat) => chat.conversations.map(({ id }) => id);
const says = (id, seq, more) => [
  'message', { message: message(seq, { conversation_id: id, ...more }) }, { conversation_id: id, rev: seq },
];

test('what is said comes first, what is pinned before all', async () => {
  const { chat, tells } = await connected([view('p', 1, { pinned: true }), view('b', 3), view('a', 2)]);
  assert.deepEqual(places(chat), ['p', 'b', 'a']);
  await tells(...says('a', 3, { created_at: '2000-01-01T00:00:00.000Z' }));
  assert.deepEqual(places(chat), ['p', 'a', 'b']);
  await tells('settings', { conversation_id: 'b', muted: false, pinned: true }, { user_rev: 1 });
  assert.deepEqual(places(chat), ['b', 'p', 'a']);
  chat.close();
});

test('what moves no conversation leaves the list in its order as it is', async () => {
  const { chat, tells } = await connected([view('b', 3), view('a', 2)]);
  await settled();
  const before = chat.conversations;
  let told = 0;
  chat.addEventListener('conversations', () => { told += 1; });
  await tells('typing', { conversation_id: 'a', user_id: 'you' });
  assert.deepEqual([chat.conversations === before, told > 0], [true, true]);
  await tells(...says('a', 3, { created_at: '2000-01-01T00:00:00.000Z' }));
  assert.deepEqual(places(chat), ['a', 'b']);
  chat.close();
});

test('those in which nothing was said keep the place that the service gives them', async () => {
  const { chat } = await connected([view('a', 1), view('c', 0), view('b', 0)]);
  assert.deepEqual(places(chat), ['a', 'c', 'b']);
  chat.close();
});

test('a conversation of which something is heard before it is here is fetched', async () => {
  const views = [];
  const { chat, tells } = await connected(views);
  views.push(view('new', 4));
  await tells(...says('new', 4));
  assert.deepEqual([places(chat), chat.conversation('new').rev], [['new'], 4]);
  chat.close();
});

test('what comes while a page of history is on its way is not missing in it', async () => {
  let answer;
  const page = new Promise((resolve) => { answer = resolve; });
  const { chat, tells } = await connected([view('c', 1)], { routes: [[/\/messages/, () => page]] });
  const conversation = chat.conversation('c');
  const loading = conversation.load();
  await tells(...says('c', 2));
  answer({ items: [message(1)], has_more: false });
  await loading;
  assert.deepEqual([conversation.loaded.all, conversation.message(2)?.seq], [[[1, 2]], 2]);
  chat.close();
});

test('when too much has changed, what was loaded is forgotten', async () => {
  const views = [view('c', 1)];
  const page = { items: [message(1)], has_more: false };
  const { chat, tells } = await connected(views, {
    routes: [[/\/messages/, () => page]],
    ops: { sync: () => ({ reset: true, head_rev: 5000 }) },
  });
  const conversation = chat.conversation('c');
  await conversation.load();
  const kinds = [];
  conversation.addEventListener('change', ({ detail }) => kinds.push(detail.kind));
  views[0] = view('c', 5000);
  await tells(...says('c', 5000));
  assert.ok(kinds.includes('reset'));
  assert.deepEqual([conversation.loaded.all, conversation.rev, conversation.last_seq], [[], 5000, 5000]);
  chat.close();
});

test('what is loaded as soon as all is forgotten is as of then, and nothing is forgotten before that can be known', async () => {
  const views = [view('c', 1)];
  const member = { user: { id: 'you', name: 'You' }, role: 'member', muted_until: null, joined_at: '' };
  let away = 0;
  const { service, chat, tells, time } = await connected(views, {
    routes: [
      [/\/messages/, () => ({ items: [message(views[0].rev)], has_more: true })],
      [/^GET \/groups\/c\/members/, () => ({ items: [member], next_cursor: null })],
      [/\/receipts$/, () => ({ items: [{ user_id: 'you', read_seq: views[0].rev }] })],
      [/^GET \/conversations\/c$/, () => {
        if (away-- > 0) throw refusal(503, 'unavailable');
        return views[0];
      }],
    ],
    ops: { sync: () => ({ reset: true, head_rev: 5000 }) },
  });
  const conversation = chat.conversation('c');
  const loadsAll = () => Promise.all([conversation.load(), conversation.loadMembers(), conversation.loadReceipts()]);
  await loadsAll();
  const forgotten = [];
  conversation.addEventListener('change', ({ detail: { kind } }) => {
    if (kind !== 'reset') return;
    forgotten.push([conversation.loaded.all, conversation.members, conversation.receipts.size]);
    void loadsAll();
  });
  [views[0], away] = [view('c', 5000), 2];
  await tells(...says('c', 5000));
  assert.deepEqual([forgotten, conversation.loaded.all], [[], [[1, 1]]]);
  await time.passes(1000);
  assert.deepEqual(forgotten, [[[], null, 0]]);
  assert.deepEqual([conversation.loaded.all, conversation.members.length], [[[5000, 5000]], 1]);
  assert.deepEqual([conversation.receipts.get('you'), conversation.rev], [5000, 5000]);
  assert.equal(service.socket.said.filter(({ op }) => op === 'sync').length, 3);
  chat.close();
});

test('whoever was missed in the own stream makes the lists be fetched again', async () => {
  const views = [view('a', 1), view('b', 1)];
  const { chat, tells } = await connected(views);
  let resyncs = 0;
  chat.addEventListener('resync', () => { resyncs += 1; });
  views.splice(0, 1, view('n', 1));
  await tells('friend_removed', { user_id: 'x' }, { user_rev: 3 });
  assert.deepEqual([places(chat).sort(), resyncs], [['b', 'n'], 1]);
  chat.close();
});

test('who writes is shown for a while, or until what they write comes', async () => {
  const { chat, tells, time } = await connected([view('c', 1)]);
  const conversation = chat.conversation('c');
  for (const user_id of ['you', 'they', 'me']) await tells('typing', { conversation_id: 'c', user_id });
  assert.deepEqual(conversation.typing, ['you', 'they']);
  await tells(...says('c', 2));
  assert.deepEqual(conversation.typing, ['they']);
  await time.passes(6000);
  assert.deepEqual(conversation.typing, []);
  chat.close();
});

test('that one writes is told at most every three seconds', async () => {
  const { service, chat, time } = await connected([view('c', 1)], { ops: { typing: () => ({}) } });
  const told = () => service.socket.said.filter(({ op }) => op === 'typing').length;
  for (let stroke = 0; stroke < 5; stroke++) chat.conversation('c').typingNow();
  assert.equal(told(), 1);
  await time.passes(3000);
  chat.conversation('c').typingNow();
  assert.equal(told(), 2);
  chat.close();
});

test('what is read without a connection is told with the next one', async () => {
  const told = [];
  const { service, chat, time } = await connected([view('c', 9, { read_seq: 2, unread: 7 })], {
    ops: { read: ({ seq }) => { told.push(seq); return { read_seq: seq, unread: 0 }; } },
  });
  const conversation = chat.conversation('c');
  service.socket.ends(1006);
  await settled();
  await conversation.read(9);
  assert.deepEqual([conversation.unread, conversation.read_seq, told], [0, 9, []]);
  await time.passes(1000);
  assert.deepEqual([told, conversation.unread], [[9], 0]);
  chat.close();
});

test('a friend whom one has lost cannot be written to', async () => {
  const you = { id: 'you', name: 'You' };
  const friend = { user: you, conversation_id: 'd', online: true, last_seen_at: null };
  const { chat, tells } = await connected([view('d', 1, { kind: 'direct', peer: you, group: null })], {
    routes: [[/^GET \/friends/, () => ({ items: [friend], next_cursor: null })]],
  });
  await settled();
  const conversation = chat.conversation('d');
  assert.deepEqual([conversation.writable, chat.presence('you').online], [true, true]);
  let told = 0;
  conversation.addEventListener('change', () => { told += 1; });
  await tells('friend_removed', { user_id: 'you' }, { user_rev: 1 });
  assert.deepEqual([conversation.writable, told > 0], [false, true]);
  chat.close();
});

test('who comes while the friends are fetched is there', async () => {
  let answer;
  const list = new Promise((resolve) => { answer = resolve; });
  const { chat, tells } = await connected([], { routes: [[/^GET \/friends/, () => list]] });
  await tells('presence', { user_id: 'you', online: true, last_seen_at: null });
  const friend = (id) => ({ user: { id, name: id }, conversation_id: `with ${id}`, online: false, last_seen_at: null });
  answer({ items: [friend('you'), friend('they')], next_cursor: null });
  await until(() => chat.friends?.size === 2);
  assert.deepEqual([chat.presence('you').online, chat.presence('they').online], [true, false]);
  chat.close();
});

test('the friends do not wait for the conversations', async () => {
  const routes = [[/^GET \/conversations\?/, () => new Promise(() => {})]];
  const service = new Service({ routes });
  const chat = new Chatchat(service.options());
  await chat.restore();
  chat.connect();
  await until(() => chat.friends !== null);
  assert.equal(chat.complete, false);
  chat.close();
});

test('what the service cannot list now is listed later, without another greeting', async () => {
  let fails = 3;
  const routes = [[/^GET \/(conversations|friends)\?/, () => {
    if (fails-- > 0) throw refusal(500, 'internal_error');
    return { items: [], next_cursor: null };
  }]];
  const service = new Service({ routes });
  const time = new Time();
  const chat = new Chatchat(service.options({ now: time.now, sleep: time.sleep, random: () => 0.5 }));
  await chat.restore();
  chat.connect();
  await chat.ready;
  await settled();
  assert.deepEqual([chat.friends, chat.complete], [null, false]);
  await time.passes(2000);
  assert.deepEqual([chat.friends?.size, chat.complete, service.sockets.length], [0, true, 1]);
  chat.close();
});

test('who is kicked out of a group has it no more, and may come back', async () => {
  const { chat, tells } = await connected([view('g', 1)]);
  const before = chat.conversation('g');
  await tells('conversation_removed', { conversation_id: 'g', reason: 'kicked' }, { user_rev: 1 });
  assert.deepEqual([before.gone, before.writable, places(chat)], ['kicked', false, []]);
  await tells('conversation_added', { conversation: view('g', 7) }, { user_rev: 2 });
  assert.notEqual(chat.conversation('g'), before);
  assert.equal(chat.conversation('g').last_seq, 7);
  chat.close();
});

test('members and receipts are fetched once, and live from then on', async () => {
  const member = (id, role = 'member') => ({ user: { id, name: id }, role, muted_until: null, joined_at: '' });
  const { chat, tells } = await connected([view('c', 1)], {
    routes: [
      [/^GET \/groups\/c\/members/, () => ({ items: [member('me'), member('you')], next_cursor: null })],
      [/\/receipts$/, () => ({ items: [{ user_id: 'you', read_seq: 1 }] })],
    ],
  });
  const conversation = chat.conversation('c');
  await Promise.all([conversation.loadMembers(), conversation.loadReceipts()]);
  await tells('member', { member: member('me', 'admin') }, { conversation_id: 'c', rev: 2 });
  await tells('member_removed', { user_id: 'you' }, { conversation_id: 'c', rev: 3 });
  await tells('receipt', { conversation_id: 'c', user_id: 'you', read_seq: 5 });
  await tells('receipt', { conversation_id: 'c', user_id: 'you', read_seq: 4 });
  assert.deepEqual(conversation.members.map(({ user, role }) => [user.id, role]), [['me', 'admin']]);
  assert.deepEqual([conversation.group.my_role, conversation.receipts.get('you')], ['admin', 5]);
  chat.close();
});

test('ten thousand conversations come page by page, and a greeting names no more than a frame holds', async () => {
  const all = Array.from({ length: 10_000 }, (_, index) => view(`${index}`.padStart(36, '0'), 10_000 - index));
  const page = ([, cursor]) => {
    const from = Number(cursor ?? 0);
    const next = from + 100 < all.length ? `${from + 100}` : null;
    return { items: all.slice(from, from + 100), next_cursor: next };
  };
  const service = new Service({ routes: [[/^GET \/conversations\?limit=100(?:&cursor=(.*))?$/, page]] });
  const chat = new Chatchat(service.options({ sleep: () => settled(9), random: () => 0 }));
  await chat.restore();
  chat.connect();
  await until(() => chat.complete);
  assert.deepEqual(places(chat), all.map(({ id }) => id));
  service.socket.ends(1006);
  await until(() => service.sockets.length === 2 && chat.state === 'online');
  assert.ok(JSON.stringify(service.socket.said[0]).length < 64 * 1024);
  chat.close();
});

test('a comparison that the connection was lost under is made with the next one', async () => {
  const views = [view('a', 1)];
  const { service, chat, tells, time } = await connected(views);
  service.reachable = false;
  views[0] = view('n', 1);
  await tells('friend_removed', { user_id: 'x' }, { user_rev: 3 });
  service.socket.ends(1006);
  service.reachable = true;
  service.greeting = () => ({ ...Service.prototype.greeting.call(service), user_rev: 3, conversations: [] });
  await settled();
  await time.passes(1000);
  assert.deepEqual(places(chat), ['n']);
  chat.close();
});
