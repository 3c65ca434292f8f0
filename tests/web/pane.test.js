import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { document, see, soon, storage } from './support/page.js';

import { h } from '../../chatchat-server/web/app/base/dom.js';
import { openGroupDetails } from '../../chatchat-server/web/app/groups/details.js';
import { openTalk } from '../../chatchat-server/web/app/talk/talk.js';

/**
 * A conversation on the screen of the web client follows what happens in it.
 */

let asked;
let conversation;
let chat;
let view;
const host = h('div', null);

const happens = (kind) =>
  conversation.dispatchEvent(Object.assign(new Event('change'), { detail: { kind, seqs: null } }));
const heard = () => see('[role=log]').children.map((said) => said.textContent);

beforeEach((context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  globalThis.sessionStorage = storage();
  document.body.append(host);
  asked = [];
  const notes = (what, answer) => async () => (asked.push(what), answer);
  const answer = { client_id: null, sender_id: 'me', content: { type: 'text', text: 'yes' }, reply_to: 1, mentions: [] };
  const message = { ...answer, seq: 2, reactions: [], created_at: '2026-01-01T00:00:00Z', edited_at: null };
  conversation = Object.assign(new EventTarget(), {
    id: 'g', kind: 'group', title: 'Group', avatar_url: null, peer: null, writable: true, gone: null, muted: false,
    pinned: false, group: { id: 'g', name: 'Group', my_role: 'member', member_count: 2, join_policy: 'open', history: 'all' },
    last_seq: 2, first: 2, read_seq: 2, unread: 0, pending: [], typing: [], receipts: new Map(), loaded: { has: () => true },
    members: [], message: (seq) => (seq === 2 ? message : undefined), read() {},
    load: notes('messages', { items: [], has_more: false }),
    loadMembers: notes('members', []),
    loadReceipts: notes('receipts', new Map()),
  });
  chat = Object.assign(new EventTarget(), {
    me: { id: 'me', name: 'Me' }, friends: new Map(), state: 'online', conversation: () => conversation,
    presence: () => undefined,
  });
});

async function opens() {
  view = openTalk(host, chat, 'g', { onProblem: assert.ifError });
  await soon();
}

test('what was forgotten of a conversation is fetched again', async () => {
  await opens();
  asked.length = 0;
  happens('reset');
  assert.deepEqual(asked, ['receipts', 'members']);
  view.close();
});

test('what was forgotten of a group is fetched again', async () => {
  const details = openGroupDetails(host, { chat, directory: { friend: () => undefined } }, conversation, { onClose() {} });
  await soon();
  asked.length = 0;
  happens('reset');
  assert.deepEqual(asked, ['members']);
  details.close();
});

test('what was not sent is told once, not each time it comes into view', async () => {
  const failed = (id) => ({ client_id: id, state: 'failed', problem: { code: 'muted' }, content: { type: 'text', text: id }, mentions: [], created_at: 0 });
  conversation.pending = [failed('before')];
  await opens();
  const before = heard().length;
  conversation.pending = [failed('before'), failed('now')];
  happens('pending');
  happens('pending');
  assert.deepEqual(heard().slice(before), ['Not sent. You may not write in this group for now.']);
  view.close();
});

test('a friend whom one calls otherwise is called so at once', async () => {
  Object.assign(conversation, { kind: 'direct', title: 'Ann', peer: { id: 'ann', name: 'Ann' }, group: null });
  await opens();
  assert.equal(see('.talk-title').textContent, 'Ann');
  chat.friends = new Map([['ann', { user: conversation.peer, remark: 'Sister' }]]);
  chat.dispatchEvent(new Event('friends'));
  assert.equal(see('.talk-title').textContent, 'Sister');
  assert.equal(see('textarea').ariaLabel, 'Message to Sister');
  view.close();
});
