/**
 * Two people write to each other while their sockets are cut at random, one of them reloads the page, and the server is
 * killed and started again: whoever runs this is asked for it with a line `restart`, and answers with a line.
 *
 * `CHATCHAT_TOGETHER` is `{url, conversation, refresh_tokens: [one, other]}`.
 */

import 'fake-indexeddb/auto';

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline/promises';
import { setTimeout } from 'node:timers/promises';

import { WebSocket } from 'ws';

import { Chatchat } from '../../../chatchat-server/web/chatchat.js';
import { chance } from './chance.js';

/** How many messages each of the two writes. */
const EACH = 100;
/** How long everything may take before it is given up. */
const PATIENCE = 180_000;

const { url, conversation: id, refresh_tokens } = JSON.parse(process.env.CHATCHAT_TOGETHER ?? '');
const seed = Date.now();
const random = chance(seed);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** The sockets that are open. */
const sockets = new Set();

class Cuttable extends WebSocket {
  constructor(...parameters) {
    super(...parameters);
    sockets.add(this);
    this.on('close', () => sockets.delete(this));
  }
}

const cut = () => [...sockets][Math.floor(random() * sockets.size)]?.terminate();

async function restart() {
  console.log('restart');
  await lines.next();
}

/** Somebody whose browser keeps what it is told to keep. */
class Person {
  constructor(number) {
    // Both use the same IndexedDB; it is their ids that keep them apart.
    let kept = refresh_tokens[number];
    this.tokens = { load: () => kept, save: (token) => { kept = token ?? kept; } };
  }

  async opensPage() {
    this.chat?.close();
    this.chat = new Chatchat({ url, WebSocket: Cuttable, tokens: this.tokens });
    await this.again(() => this.chat.restore());
    this.chat.connect();
    await this.chat.ready;
    this.talk = await this.again(() => this.chat.openConversation(id));
    await this.again(() => this.talk.load());
  }

  /** Does what needs the server until that is there. */
  async again(call) {
    for (;;) {
      try {
        return await call();
      } catch (problem) {
        if (!problem.passes) throw problem;
        await setTimeout(100);
      }
    }
  }

  get isDone() {
    return this.talk.pending.length === 0 && this.talk.last_seq === 2 * EACH && this.talk.rev === 2 * EACH;
  }

  async words() {
    while (this.talk.first === null) await this.talk.load({ before: this.talk.loaded.all[0][0] });
    const messages = Array.from({ length: this.talk.last_seq }, (_, index) => this.talk.message(index + 1));
    return messages.map(({ seq, sender_id, content }) => `${seq} ${sender_id} ${content.text}`);
  }
}

async function writes(person, mishaps) {
  for (let number = 1; number <= EACH; number++) {
    await person.talk.send({ type: 'text', text: `${number}` });
    if (random() < 0.1) cut();
    await setTimeout(random() * 20);
    await mishaps.get(number)?.();
  }
}

const deadline = globalThis.setTimeout(() => {
  console.error(`after ${PATIENCE} ms with seed ${seed}:`);
  for (const { chat, talk } of [one, other]) console.error(chat.state, talk.rev, talk.last_seq, talk.pending);
  process.exit(1);
}, PATIENCE);

const [one, other] = [new Person(0), new Person(1)];
await Promise.all([one.opensPage(), other.opensPage()]);
await Promise.all([
  writes(one, new Map([[30, restart], [60, () => one.opensPage()]])),
  writes(other, new Map([[50, () => other.opensPage()], [90, restart]])),
]);
while (!(one.isDone && other.isDone)) await setTimeout(20);
const [ones, others] = await Promise.all([one.words(), other.words()]);
assert.deepEqual(ones, others);
for (const { chat } of [one, other]) {
  const own = ones.filter((line) => line.split(' ')[1] === chat.me.id).map((line) => line.split(' ')[2]);
  assert.deepEqual(own, Array.from({ length: EACH }, (_, index) => `${index + 1}`));
  chat.close();
}
clearTimeout(deadline);
process.exit(0);
