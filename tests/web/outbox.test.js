import 'fake-indexeddb/auto';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Chatchat } from '../../chatchat-server/web/chatchat.js';
import { Service, refusal, settled, until } from './support/service.js';

const text = (words) => ({ type: 'text', text: words });
let services = 0;

/** A service with one conversation, which stores what is sent. */
class Mailbox extends Service {
  stored = [];

  constructor() {
    super({
      routes: [
        [/^GET \/conversations\?/, () => ({ items: [this.head], next_cursor: null })],
        [/^GET \/conversations\/c$/, () => this.head],
        [/^GET \/conversations\/c\/messages/, () => ({ items: this.stored, has_more: false })],
        [/^POST \/attachments/, (_, { signal }) => this.takesAttachment(signal)],
        [/^POST \/auth\/logout/, () => null],
      ],
      ops: { send: (data) => this.takes(data), sync: () => this.changes() },
    });
    this.url = `http://service-${(services += 1)}.test`;
    this.refuses = null;
    this.mute = false;
    this.attachments = 0;
  }

  get head() {
    const last = this.stored.length;
    return {
      id: 'c', kind: 'group', title: 'C', avatar_url: null, peer: null, group: {}, last_message: this.stored.at(-1) ?? null,
      last_seq: last, rev: last, read_seq: last, unread: 0, mentions: 0, muted: false, pinned: false,
    };
  }

  changes() {
    const rev = this.stored.length;
    return { messages: this.stored, members: [], group: null, head_rev: rev, through_rev: rev, has_more: false };
  }

  greeting() {
    return { ...super.greeting(), conversations: [this.head] };
  }

  takesAttachment() {
    this.attachments += 1;
    return { attachment_id: `a${this.attachments}`, name: 'n', size: 1, content_type: 'image/png', width: 1, height: 1 };
  }

  /** From now on uploads take until they are let to their end, whether anybody still waits for them or not. */
  holdsUploads() {
    const taken = this.takesAttachment();
    return new Promise((begun) => {
      this.takesAttachment = (signal) => new Promise((resolve) => begun({ signal, ends: () => resolve(taken) }));
    });
  }

  /** Stores it, and tells; says nothing of that if it is mute. */
  async takes(data) {
    const refused = this.refuses?.(data);
    if (refused) throw refused;
    const known = this.stored.find(({ client_id }) => client_id === data.client_id);
    const place = this.stored.length + 1;
    const created_at = '2026-01-01T00:00:00.000Z';
    const stored = { ...data, seq: place, rev: place, sender_id: this.me, mentions: [], reactions: [], created_at };
    const message = known ?? stored;
    if (!known) this.stored.push(message);
    if (this.mute) return undefined;
    if (!known) this.socket.event('message', { message }, { conversation_id: 'c', rev: place });
    return message;
  }

  get words() {
    return this.stored.map(({ content }) => content.text);
  }

  /** Somebody's client, which is connected. */
  async client(more = {}) {
    const chat = new Chatchat(this.options({ url: this.url, sleep: () => settled(5), random: () => 0, ...more }));
    await chat.restore();
    chat.connect();
    await until(() => chat.conversation('c'));
    return chat;
  }
}

test('what is written without a connection is sent once, in order, when there is one', async () => {
  const service = new Mailbox();
  const chat = await service.client();
  const conversation = chat.conversation('c');
  service.reachable = false;
  service.socket.ends(1006);
  await settled();
  for (let number = 0; number < 20; number++) conversation.send(text(`${number}`));
  await until(() => conversation.pending.length === 20);
  const numbers = Array.from({ length: 20 }, (_, number) => `${number}`);
  const onTheirWay = conversation.pending.map(({ content, state }) => [content.text, state]);
  assert.deepEqual(onTheirWay, numbers.map((number) => [number, 'waiting']));
  service.reachable = true;
  await until(() => conversation.pending.length === 0);
  assert.deepEqual(service.words, numbers);
  chat.close();
});

test('what was stored without an answer is not stored again', async () => {
  const service = new Mailbox();
  const chat = await service.client();
  const conversation = chat.conversation('c');
  service.mute = true;
  await conversation.send(text('once'));
  await until(() => service.stored.length === 1);
  service.mute = false;
  service.socket.ends(1006);
  await until(() => conversation.pending.length === 0);
  await settled(100);
  assert.deepEqual([service.words, conversation.pending], [['once'], []]);
  assert.equal(conversation.last_message.content.text, 'once');
  chat.close();
});

test('what is on its way survives a reload', async () => {
  const service = new Mailbox();
  const before = await service.client();
  service.reachable = false;
  service.socket.ends(1006);
  await settled();
  const id = await before.conversation('c').send(text('later'), { reply_to: 1, mentions: ['you'] });
  before.close();
  service.reachable = true;
  const after = await service.client();
  await until(() => service.stored.length === 1);
  const { data } = service.sockets.at(-1).said.find(({ op }) => op === 'send');
  assert.deepEqual([data.client_id, data.reply_to, data.mentions], [id, 1, ['you']]);
  await until(() => after.conversation('c').pending.length === 0);
  after.close();
});

test('what is refused waits for whoever wrote it, and holds up nothing else', async () => {
  const service = new Mailbox();
  service.refuses = ({ content }) => content.text === 'bad' && refusal(422, 'validation_failed');
  const chat = await service.client();
  const conversation = chat.conversation('c');
  for (const words of ['good', 'bad', 'fine']) conversation.send(text(words));
  await until(() => service.stored.length === 2);
  await until(() => conversation.pending.length === 1);
  const [{ client_id, state, problem }] = conversation.pending;
  assert.deepEqual([state, problem.code, service.words], ['failed', 'validation_failed', ['good', 'fine']]);
  chat.close();
  const reloaded = await service.client();
  const [kept] = reloaded.conversation('c').pending;
  assert.deepEqual([kept.state, kept.problem.code], ['failed', 'validation_failed']);
  service.refuses = null;
  await reloaded.conversation('c').retry(client_id);
  await until(() => service.stored.length === 3);
  await until(() => reloaded.conversation('c').pending.length === 0);
  reloaded.close();
});

test('what is refused for a while is tried again', async () => {
  const service = new Mailbox();
  let refused = 0;
  service.refuses = () => (refused++ < 3 ? refusal(429, 'rate_limited', { retry_after: 1 }) : null);
  const chat = await service.client();
  await chat.conversation('c').send(text('patience'));
  await until(() => service.stored.length === 1);
  assert.equal(refused, 4);
  chat.close();
});

test('what is given up is never sent', async () => {
  const service = new Mailbox();
  const chat = await service.client();
  const conversation = chat.conversation('c');
  service.reachable = false;
  service.socket.ends(1006);
  await settled();
  const id = await conversation.send(text('no'));
  await conversation.discard(id);
  service.reachable = true;
  await conversation.send(text('yes'));
  await until(() => service.stored.length === 1);
  await settled();
  assert.deepEqual(service.words, ['yes']);
  chat.close();
});

test('a file is uploaded once, however often its message has to be sent', async () => {
  const service = new Mailbox();
  let refused = 0;
  service.refuses = () => (refused++ < 2 ? refusal(503, 'unavailable') : null);
  const chat = await service.client();
  const blob = new Blob(['picture'], { type: 'image/png' });
  await chat.conversation('c').sendFile(blob, 'picture.png');
  await until(() => service.stored.length === 1);
  assert.deepEqual([service.attachments, service.stored[0].content], [1, { type: 'image', attachment_id: 'a1' }]);
  chat.close();
});

test('a file that was uploaded too long ago is uploaded again', async () => {
  const service = new Mailbox();
  const errors = [{ field: 'content.attachment_id', code: 'unknown', detail: '' }];
  service.refuses = ({ content }) => content.attachment_id === 'a1' && refusal(422, 'validation_failed', { errors });
  const chat = await service.client();
  await chat.conversation('c').sendFile(new Blob(['x'], { type: 'image/png' }), 'x.png');
  await until(() => service.stored.length === 1);
  assert.equal(service.stored[0].content.attachment_id, 'a2');
  chat.close();
});

test('a file that is given up while it is uploaded is not sent, and its upload ends', async () => {
  const service = new Mailbox();
  const begun = service.holdsUploads();
  const chat = await service.client();
  const conversation = chat.conversation('c');
  const id = await conversation.sendFile(new Blob(['x'], { type: 'image/png' }), 'x.png');
  const { signal, ends } = await begun;
  await conversation.discard(id);
  assert.equal(signal.aborted, true);
  ends();
  await conversation.send(text('instead'));
  await until(() => service.stored.length === 1);
  chat.close();
  const reloaded = await service.client();
  await settled(100);
  assert.deepEqual([service.words, reloaded.conversation('c').pending], [['instead'], []]);
  reloaded.close();
});

test('whoever logs out while a file is uploaded does not send it, not even when they come back', async () => {
  const service = new Mailbox();
  const begun = service.holdsUploads();
  const chat = await service.client();
  await chat.conversation('c').sendFile(new Blob(['x'], { type: 'image/png' }), 'x.png');
  const { signal, ends } = await begun;
  await chat.logout();
  ends();
  await settled(100);
  const again = await service.client();
  await settled(100);
  assert.deepEqual([signal.aborted, again.conversation('c').pending, service.stored], [true, [], []]);
  again.close();
});

/** Has the browser refuse what is asked of its store, until the returned function is called. */
function refusing(operation) {
  const prototype = IDBObjectStore.prototype;
  const works = prototype[operation];
  prototype[operation] = () => { throw new DOMException('full', 'QuotaExceededError'); };
  return () => { prototype[operation] = works; };
}

test('what the browser cannot keep fails for once, and holds up nothing', async () => {
  const service = new Mailbox();
  const begun = service.holdsUploads();
  const chat = await service.client();
  const conversation = chat.conversation('c');
  const id = await conversation.sendFile(new Blob(['x'], { type: 'image/png' }), 'x.png');
  const { ends } = await begun;
  const worksAgain = refusing('put');
  ends();
  await until(() => conversation.pending[0]?.state === 'failed');
  assert.equal(conversation.pending[0].problem.code, 'unknown');
  worksAgain();
  await conversation.send(text('next'));
  await until(() => service.stored.length === 1);
  await conversation.retry(id);
  await until(() => service.stored.length === 2 && conversation.pending.length === 0);
  assert.equal(service.stored[1].content.attachment_id, 'a1');
  chat.close();
});

test('what was sent is not on its way any more, even if the browser cannot forget it', async () => {
  const service = new Mailbox();
  const chat = await service.client();
  const conversation = chat.conversation('c');
  const worksAgain = refusing('delete');
  await conversation.send(text('sent'));
  await until(() => service.stored.length === 1 && conversation.pending.length === 0);
  worksAgain();
  chat.close();
  const reloaded = await service.client();
  await until(() => reloaded.conversation('c').pending.length === 0);
  assert.deepEqual(service.words, ['sent']);
  reloaded.close();
});

test('what is written at once has its place at once', async () => {
  const service = new Mailbox();
  const chat = await service.client();
  const conversation = chat.conversation('c');
  const file = () => conversation.sendFile(new Blob(['x'], { type: 'image/png' }), 'x.png');
  await Promise.all([file(), file(), conversation.send(text('about them')), conversation.send(text('on'))]);
  await until(() => service.stored.length === 4);
  const sent = service.stored.map(({ content }) => content.attachment_id ?? content.text);
  assert.deepEqual(sent, ['a1', 'a2', 'about them', 'on']);
  chat.close();
});

/** What tabs of one browser share. */
function browser() {
  const queues = new Map();
  const tabs = new Set();
  const locks = {
    request: async (name, { signal }, work) => {
      const before = queues.get(name) ?? Promise.resolve();
      const turn = before.then(() => (signal?.aborted ? undefined : work()));
      queues.set(name, turn.catch(() => {}));
      return turn;
    },
  };
  class BroadcastChannel extends EventTarget {
    constructor() {
      super();
      tabs.add(this);
    }
    postMessage(data) {
      const copy = structuredClone(data);
      const others = [...tabs].filter((tab) => tab !== this);
      for (const tab of others) {
        queueMicrotask(() => tab.dispatchEvent(new MessageEvent('message', { data: copy })));
      }
    }
    close() {
      tabs.delete(this);
    }
  }
  return { locks, BroadcastChannel };
}

test('of two tabs one sends for both, and when it is closed the other does', async () => {
  const service = new Mailbox();
  const shared = browser();
  const [one, other] = [await service.client(shared), await service.client(shared)];
  const sends = () => service.sockets.map(({ said }) => said.filter(({ op }) => op === 'send').length);
  await other.conversation('c').send(text('from the other'));
  await until(() => service.stored.length === 1);
  assert.deepEqual(sends(), [1, 0]);
  service.sockets[0].event('message', { message: service.stored[0] }, { conversation_id: 'c', rev: 1 });
  await until(() => one.conversation('c').pending.length === 0 && other.conversation('c').pending.length === 0);
  await one.logout();
  await other.conversation('c').send(text('on its own'));
  await until(() => service.stored.length === 2);
  assert.deepEqual(sends(), [1, 1]);
  await until(() => other.conversation('c').pending.length === 0);
  other.close();
});

test('a tab that is closed, or has no connection for a while, leaves the sending to one that has', async () => {
  const service = new Mailbox();
  const shared = browser();
  const [one, other] = [await service.client(shared), await service.client(shared)];
  const [ones, others] = service.sockets;
  const sends = () => service.sockets.map(({ said }) => said.filter(({ op }) => op === 'send').length);
  service.reachable = false;
  ones.ends(1006);
  await until(() => one.state === 'offline');
  await one.conversation('c').send(text('first'));
  await one.conversation('c').send(text('second'));
  await until(() => service.stored.length === 2);
  assert.deepEqual(sends().slice(0, 2), [0, 2]);
  service.reachable = true;
  await until(() => one.state === 'online' && one.conversation('c').pending.length === 0);
  other.close();
  await other.conversation('c').send(text('third'));
  await until(() => service.stored.length === 3);
  assert.equal(others.said.filter(({ op }) => op === 'send').length, 2);
  assert.deepEqual(service.words, ['first', 'second', 'third']);
  one.close();
});

test('whoever logs out leaves nothing behind', async () => {
  const service = new Mailbox();
  const chat = await service.client();
  service.reachable = false;
  service.socket.ends(1006);
  await settled();
  await chat.conversation('c').send(text('secret'));
  await chat.logout();
  service.reachable = true;
  const again = await service.client();
  await settled(100);
  assert.deepEqual([again.conversation('c').pending, service.stored], [[], []]);
  again.close();
});
