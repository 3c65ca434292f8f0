import assert from 'node:assert/strict';
import { test } from 'node:test';

import { storage } from './support/page.js';

import { drafts } from '../../chatchat-server/web/app/talk/drafts.js';
import { grouping } from '../../chatchat-server/web/app/talk/grouping.js';
import { gap, Loader, part } from '../../chatchat-server/web/app/talk/loader.js';
import { completed, fitting, mentionedIn, nameBefore } from '../../chatchat-server/web/app/talk/mentions.js';
import { Reach, readSince } from '../../chatchat-server/web/app/talk/reach.js';
import { TalkRows } from '../../chatchat-server/web/app/talk/rows.js';
import { isJumbo, leadingEmoji, segments } from '../../chatchat-server/web/app/talk/segments.js';

const links = (text) => segments(text).filter(({ kind }) => kind === 'link').map((link) => link.text);
const whole = (parts) => parts.map(({ text }) => text).join('');

test('an address leads to the web, or nowhere', () => {
  assert.deepEqual(links('see https://example.com/a?b=c#d and http://localhost:8080'), [
    'https://example.com/a?b=c#d', 'http://localhost:8080',
  ]);
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'ftp://x.example', 'https://', 'xhttps:/a', '//x.example']) {
    assert.deepEqual(links(text), [], text);
  }
  assert.deepEqual(links('https://bank.example@evil.example/'), [], 'a name that looks like a host');
  assert.deepEqual(links('https://a.example/\u202egnp.exe'), ['https://a.example/'], 'what turns the direction of writing');
});

test('an address ends where the sentence goes on', () => {
  assert.deepEqual(links('(https://a.example/b_(c)), https://d.example. Then?'), ['https://a.example/b_(c)', 'https://d.example']);
  assert.deepEqual(links('看https://a.example/路，好吗？“https://b.example”'), ['https://a.example/路', 'https://b.example']);
});

test('nothing of a text is lost, and markup stays text', () => {
  for (const text of ['', '@', '<img src=x onerror=alert(1)> https://a.example @Ann @@Ann', 'a@Ann.example']) {
    assert.equal(whole(segments(text, new Map([['Ann', '1']]))), text);
  }
  assert.equal(segments('https://a.example/"onclick="x')[0].href, 'https://a.example/');
});

test('who is mentioned is found by the longest name', () => {
  const mentioned = new Map([['Ann', '1'], ['Ann Lee', '2'], ['陈', '3']]);
  const found = segments('@Ann Lee, @Ann：@陈好 @Bob', mentioned).filter(({ kind }) => kind === 'mention');
  assert.deepEqual(found.map(({ text, id }) => [text, id]), [['@Ann Lee', '2'], ['@Ann', '1'], ['@陈', '3']]);
});

test('a few emoji alone are large', () => {
  for (const text of ['👍', '👨‍👩‍👧 🇩🇪', '1️⃣❤️👍🏽']) assert.equal(isJumbo(text), true, text);
  for (const text of ['', '1', 'a👍', '👍👍👍👍', '上']) assert.equal(isJumbo(text), false, text);
  assert.equal(leadingEmoji(' 👍🏽👍'), '👍🏽');
  assert.equal(leadingEmoji(':+1:'), null);
});

test('a name is asked for after an @ that begins a word', () => {
  const before = (text) => nameBefore(text, text.length)?.query ?? null;
  assert.equal(before('@'), '');
  assert.equal(before('hi @An'), 'An');
  assert.equal(before('你好@陈'), '陈');
  assert.equal(before('@Ann Le'), 'Ann Le');
  for (const text of ['ann@exam', '@ ann', '@Ann\nx', '@a  b', 'none', `@${'x'.repeat(65)}`]) assert.equal(before(text), null, text);
});

test('those are offered whose names fit, the better ones first', () => {
  const people = ['Joanna', 'Ben Ando', 'Ann', '安娜', 'Zoe'].map((name) => ({ id: name, name }));
  assert.deepEqual(fitting(people, 'an').map(({ name }) => name), ['Ann', 'Ben Ando', 'Joanna']);
  assert.deepEqual(fitting(people, '娜').map(({ name }) => name), ['安娜']);
  assert.equal(fitting(Array.from({ length: 50 }, (_, id) => ({ id: `${id}`, name: `A${id}` })), 'a').length, 8);
});

test('a chosen name takes the place of its beginning, and is mentioned as long as it stands', () => {
  assert.deepEqual(completed('hi @an there', 3, 6, 'Ann Lee'), { text: 'hi @Ann Lee there', caret: 12 });
  const chosen = new Map([['1', 'Ann'], ['2', 'Bob']]);
  assert.deepEqual(mentionedIn('hi @Ann', chosen), ['1']);
  const many = new Map(Array.from({ length: 60 }, (_, id) => [`${id}`, 'Ann']));
  assert.equal(mentionedIn('@Ann', many).length, 50);
});

const written = (sender, minute, isNotice = false) => ({
  sender_id: sender, created_at: new Date(2026, 0, 31, 23, minute).toISOString(), isNotice,
});

test('what one person writes in a row is one group, until midnight', () => {
  const begins = (message, before, at) => grouping(message, before, at).beginsGroup;
  assert.equal(begins(written('a', 4), written('a', 1)), false);
  assert.equal(begins(written('a', 6), written('a', 1)), true, 'some time later');
  assert.equal(begins(written('b', 1), written('a', 1)), true, 'somebody else');
  assert.equal(begins(written('a', 1), written('a', 1, true)), true, 'after a notice');
  assert.equal(begins(written('a', 1), written('a', 1), { isParted: true }), true);
  assert.deepEqual(grouping(written('a', 61), written('a', 59)), { beginsDay: true, beginsGroup: true });
  assert.deepEqual(grouping(written('a', 1), undefined), { beginsDay: false, beginsGroup: true });
  assert.deepEqual(grouping(written('a', 1), undefined, { isFirst: true }), { beginsDay: true, beginsGroup: true });
});

function source(last, { first = null, pending = [], messages = {} } = {}) {
  return { last_seq: last, first, pending, message: (seq) => messages[seq] };
}

/** Applies what the rows tell to a plain list of keys. */
function followed(keys, rows, changes) {
  for (const { at, removed, added } of changes) keys.splice(at, removed, ...Array(added).fill(null));
  assert.equal(keys.length, rows.length);
  return keys.map((key, index) => key ?? rows.at(index).key);
}

test('every message has a row, and one that was on its way keeps its key', () => {
  const talk = source(2);
  const rows = new TalkRows(talk, 'me');
  let keys = followed([], rows, [{ at: 0, removed: 0, added: rows.length }]);
  assert.deepEqual(keys, ['s:1', 's:2']);

  talk.pending = [{ client_id: 'x' }, { client_id: 'y' }];
  keys = followed(keys, rows, rows.sync());
  assert.deepEqual(keys, ['s:1', 's:2', 'c:x', 'c:y']);

  talk.message = (seq) => (seq === 3 ? { client_id: 'x', sender_id: 'me' } : undefined);
  talk.last_seq = 3; // stored, but not yet gone from what is on its way
  keys = followed(keys, rows, rows.sync());
  assert.deepEqual(keys, ['s:1', 's:2', 'c:x', 'c:y']);
  assert.deepEqual(rows.sync(), []);
  assert.equal(rows.at(2).seq, 3);
  assert.equal(rows.firstPending, 3);
});

test('what came before one joined has no row once that is known', () => {
  const talk = source(10);
  const rows = new TalkRows(talk, 'me');
  talk.first = 8;
  const keys = followed(Array(10).fill('old'), rows, rows.sync());
  assert.equal(keys.length, 3);
  assert.equal(rows.at(0).seq, 8);
  assert.deepEqual([rows.indexOf(7), rows.indexOf(8), rows.indexOf(10), rows.indexOf(11)], [-1, 0, 2, -1]);
});

test('a conversation in which one sees nothing has no rows', () => {
  const talk = source(5, { first: 6 });
  const rows = new TalkRows(talk, 'me');
  assert.equal(rows.length, 0);
  talk.last_seq = 6;
  assert.deepEqual(rows.sync(), [{ at: 0, removed: 0, added: 1 }]);
  assert.equal(rows.at(0).seq, 6);
});

test('a draft comes back, an empty one is forgotten, and a broken one does no harm', (context) => {
  const page = storage();
  Object.defineProperty(globalThis, 'sessionStorage', { value: page, configurable: true });
  context.after(() => delete globalThis.sessionStorage);
  const { read, write } = drafts('me');
  write('1', { text: 'half a', replyTo: 4, mentions: [['2', 'Ann']] });
  assert.deepEqual(read('1'), { text: 'half a', replyTo: 4, mentions: [['2', 'Ann']] });
  const key = page.key(0);
  write('1', { text: '', replyTo: null, mentions: [] });
  assert.equal(page.length, 0);
  page.setItem(key, '{');
  assert.deepEqual(read('1'), { text: '', replyTo: null, mentions: [] });
});

test('a message is read by those whose cursor has passed it, oneself not counted', () => {
  const reach = new Reach(new Map([['me', 9], ['a', 3], ['b', 5], ['c', 5]]), 'me');
  assert.deepEqual([1, 3, 4, 5, 6].map((seq) => reach.readers(seq)), [3, 3, 2, 2, 0]);
});

test('what has been read since is told by its ends', () => {
  const before = new Map([['a', 3], ['b', 5]]);
  assert.deepEqual(readSince(before, new Map([['a', 7], ['b', 5]])), { from: 4, to: 7 });
  assert.equal(readSince(before, new Map(before)), null);
});

test('a gap is filled on from what is here, else around its middle', () => {
  const has = (seqs) => (seq) => seqs.includes(seq);
  assert.equal(gap(1, 3, has([1, 2, 3])), null);
  assert.deepEqual(gap(1, 6, has([1, 2, 5])), [3, 4]);
  assert.deepEqual(part(3, 4, has([1, 2, 5]), 10), { after: 2, limit: 10 });
  assert.deepEqual(part(3, 4, has([5]), 10), { before: 5, limit: 10 });
  assert.deepEqual(part(3, 9, has([]), 10), { around: 6, limit: 10 });
});

test('what comes into view is loaded, once it stays there, and again after it went wrong', async () => {
  const here = new Set();
  const asked = [];
  const problems = [];
  let isAway = true;
  const conversation = {
    loaded: { has: (seq) => here.has(seq) },
    async load(part) {
      asked.push(part);
      if (isAway) throw new Error('away');
      const from = part.after !== undefined ? part.after + 1 : part.around - part.limit / 2;
      for (let seq = from; seq < from + part.limit; seq += 1) here.add(seq);
    },
  };
  const loader = new Loader(conversation, () => ({ first: 1, last: 500 }), (problem) => problems.push(problem));
  for (let seq = 100; seq <= 200; seq += 10) loader.want(seq, seq + 10);
  await passes(100);
  assert.deepEqual(asked, [{ around: 205, limit: 100 }]);
  isAway = false;
  loader.again();
  await passes(100);
  assert.deepEqual(problems.map((problem) => problem?.message ?? 'well again'), ['away', 'well again']);
  assert.ok([170, 205, 240].every((seq) => here.has(seq)));
  const count = asked.length;
  loader.close();
  loader.want(1, 10);
  await passes(100);
  assert.equal(asked.length, count);
});

const passes = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
