import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Chatchat } from '../../chatchat-server/web/chatchat.js';
import { chance } from './support/chance.js';
import { RecordedService, recordings } from './support/recorded.js';
import { settled, until } from './support/service.js';

const HEAD = [
  'id', 'kind', 'title', 'avatar_url', 'peer', 'group', 'last_message', 'last_seq', 'rev', 'read_seq', 'unread', 'mentions',
  'muted', 'pinned',
];

const byId = (items) => Object.fromEntries(items.map((item) => [(item.user ?? item).id, item]));

/** A client that follows a recording, opens what it gets to see, and has all that is in the conversations. */
class Follower {
  constructor(recording, random) {
    this.recording = recording;
    this.random = random;
    this.service = new RecordedService(recording);
    const sleep = () => settled(9);
    this.chat = new Chatchat(this.service.options({ sleep, random }));
  }

  async begins() {
    await this.chat.restore();
    this.chat.connect();
    await this.chat.ready;
    await until(() => this.chat.complete);
  }

  /** The event happens; the client hears it once, or otherwise as `how` says. */
  async happens(event, hears = 1) {
    this.service.happened.push(event);
    for (let time = 0; time < hears; time++) this.service.socket.hears(event);
    if (this.random() < 0.3) await settled(Math.ceil(this.random() * 8));
    if (event.event === 'conversation_added' && this.random() < 0.7) await this.opens(event.data.conversation.id);
  }

  async opens(id) {
    const conversation = this.chat.conversation(id);
    await Promise.all([conversation?.load({ limit: 5 }), conversation?.loadMembers()]).catch(({ status }) => {
      assert.equal(status, 404);
    });
  }

  /** The server compares, as it does every now and then: nothing that was lost stays so. */
  async ends() {
    await settled();
    this.service.ends();
    this.service.socket.event('resync', {});
    await settled(100);
  }

  async knowsWhatWasFetched() {
    const { after } = this.recording;
    const ids = after.conversations.map(({ head }) => head.id);
    assert.deepEqual(this.chat.conversations.map(({ id }) => id).sort(), ids.sort());
    for (const { head, messages, members } of after.conversations) {
      const conversation = this.chat.conversation(head.id);
      const known = Object.fromEntries(HEAD.map((field) => [field, conversation[field]]));
      assert.deepEqual(known, Object.fromEntries(HEAD.map((field) => [field, head[field]])));
      const here = messages.filter(({ seq }) => conversation.loaded.has(seq));
      assert.deepEqual(here.map(({ seq }) => conversation.message(seq)), here);
      while (conversation.first === null) {
        await conversation.load({ before: conversation.loaded.all.at(0)?.[0] ?? head.last_seq + 1 });
      }
      assert.deepEqual(messages.map(({ seq }) => conversation.message(seq)), messages);
      if (head.kind === 'group') assert.deepEqual(byId(await conversation.loadMembers()), byId(members));
    }
    assert.deepEqual(Object.fromEntries(this.chat.friends), byId(after.friends));
    this.chat.close();
  }
}

for (const recording of recordings) {
  const followed = (name, seeds, follow) =>
    test(`${recording.name}: ${name}`, async () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const follower = new Follower(recording, chance(seed));
        await follower.begins();
        await follow(follower, recording.events);
        await follower.ends();
        await follower.knowsWhatWasFetched();
      }
    });

  followed('every event once leads to what a fresh fetch shows', 2, async (follower, events) => {
    for (const event of events) await follower.happens(event);
  });

  followed('so do events that are lost or come twice', 8, async (follower, events) => {
    for (const event of events) await follower.happens(event, Math.floor(follower.random() * 3));
  });

  followed('so do events that come in another order', 8, async (follower, events) => {
    const late = [];
    for (const event of events) {
      const isLate = follower.random() < 0.3;
      await follower.happens(event, isLate ? 0 : 1);
      if (isLate) late.push(event);
      else if (follower.random() < 0.5) for (const each of late.splice(0)) follower.service.socket.hears(each);
    }
  });

  followed('so does a connection that is cut', 8, async (follower, events) => {
    const cut = Math.floor(follower.random() * events.length);
    for (const event of events.slice(0, cut)) await follower.happens(event);
    follower.service.ends();
    follower.service.socket.ends(1006);
    await until(() => follower.service.sockets.length === 2 && follower.chat.state === 'online');
  });
}
