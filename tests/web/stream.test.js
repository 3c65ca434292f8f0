import assert from 'node:assert/strict';
import { test } from 'node:test';

import { History } from '../../chatchat-server/web/chatchat/history.js';
import { Ranges } from '../../chatchat-server/web/chatchat/ranges.js';
import { Roster } from '../../chatchat-server/web/chatchat/roster.js';
import { Stream } from '../../chatchat-server/web/chatchat/stream.js';
import { Unread } from '../../chatchat-server/web/chatchat/unread.js';

const event = (rev) => ({ op: 'event', event: 'noop', conversation_id: 'c', rev, data: {} });
const revs = (events) => events.map(({ rev }) => rev);
const message = (seq, { rev = seq, sender_id = 'you', mentions = [] } = {}) => ({ seq, rev, sender_id, mentions });

test('the next change is applied, an older one dropped', () => {
  const stream = new Stream(5);
  assert.deepEqual(revs(stream.take(event(6))), [6]);
  assert.deepEqual(stream.take(event(6)), []);
  assert.deepEqual(stream.take(event(3)), []);
  assert.equal(stream.behind, false);
});

test('what comes beyond a hole waits for what fills it', () => {
  const stream = new Stream(5);
  assert.deepEqual(stream.take(event(8)), []);
  assert.equal(stream.behind, true);
  const { applies, events } = stream.takePage({ through_rev: 7, head_rev: 8, has_more: true });
  assert.deepEqual([applies, revs(events), stream.rev, stream.behind], [true, [8], 8, false]);
});

test('a page that is older than what is known is dropped', () => {
  const stream = new Stream(5);
  stream.take(event(7));
  assert.deepEqual(revs(stream.take(event(6))), [6, 7]);
  assert.equal(stream.takePage({ through_rev: 6, head_rev: 6, has_more: false }).applies, false);
  assert.equal(stream.rev, 7);
});

test('however much comes beyond a hole, little of it waits', () => {
  const stream = new Stream(0);
  for (let rev = 2; rev < 2000; rev++) stream.take(event(rev));
  assert.deepEqual(revs(stream.take(event(1))).length, 501);
  assert.equal(stream.behind, true);
});

test('ranges join when they touch', () => {
  const ranges = new Ranges();
  ranges.add(10, 12);
  ranges.add(1, 3);
  ranges.add(4, 6);
  assert.deepEqual(ranges.all, [[1, 6], [10, 12]]);
  ranges.add(6, 10);
  assert.deepEqual(ranges.all, [[1, 12]]);
  ranges.clip(3, 5);
  assert.deepEqual([ranges.has(2), ranges.has(3), ranges.all], [false, true, [[3, 5]]]);
});

test('of two states of a message the newer one stays, whichever comes first', () => {
  const history = new History();
  history.open = true;
  history.takePage({ items: [message(1, { rev: 9 })], has_more: false }, {}, 1);
  history.take(message(1, { rev: 4 }), false);
  assert.equal(history.get(1).rev, 9);
});

test('a history keeps what was looked at last, and no more than it may', () => {
  const history = new History();
  for (let last = 20_000; last > 10_000; last -= 100) {
    const items = Array.from({ length: 100 }, (_, index) => message(last - 99 + index));
    history.takePage({ items, has_more: true }, { before: last + 1 }, 20_000);
  }
  assert.ok(history.get(10_001) && history.ranges.has(10_001));
  assert.ok(!history.get(20_000) && !history.ranges.has(20_000));
  const [[first, last]] = history.ranges.all;
  assert.ok(last - first < 4000);
});

test('the first message is known once a page reaches back to it', () => {
  const history = new History();
  history.takePage({ items: [message(5)], has_more: true }, { before: 6 }, 5);
  assert.equal(history.first, null);
  history.takePage({ items: [message(3), message(4)], has_more: false }, { before: 5 }, 5);
  assert.equal(history.first, 3);
});

const view = { rev: 10, last_seq: 10, read_seq: 4, unread: 5, mentions: 1 };

test('what comes is unread, and counted once however often it comes', () => {
  const counts = new Unread(view);
  for (let time = 0; time < 2; time++) counts.take(message(11, { mentions: ['me'] }), undefined, 'me');
  assert.deepEqual([counts.unread, counts.mentions], [6, 2]);
  counts.take(message(10, { rev: 10 }), undefined, 'me');
  assert.deepEqual([counts.unread, counts.mentions, counts.exact], [6, 2, true]);
});

test('what the service itself says is not unread, and what one writes oneself reads all', () => {
  const counts = new Unread(view);
  counts.take(message(11, { sender_id: null }), undefined, 'me');
  assert.equal(counts.unread, 5);
  counts.take(message(12, { sender_id: 'me' }), undefined, 'me');
  assert.deepEqual([counts.unread, counts.mentions, counts.readSeq, counts.exact], [0, 0, 12, true]);
});

test('whoever reads only a part of what the service has counted has to have it counted afresh', () => {
  const counts = new Unread(view);
  counts.read(7);
  assert.equal(counts.exact, false);
  counts.takeView({ ...view, rev: 11, read_seq: 7, unread: 3, mentions: 0 });
  assert.deepEqual([counts.unread, counts.mentions, counts.exact], [3, 0, true]);
  counts.takeView({ ...view, rev: 9, read_seq: 4, unread: 9 });
  assert.equal(counts.unread, 3);
});

test('thousands that nobody reads are counted all the same', () => {
  const counts = new Unread({ ...view, unread: 0, mentions: 0 });
  for (let seq = 11; seq <= 5010; seq++) {
    counts.take(message(seq, { mentions: seq % 10 === 0 ? ['me'] : [] }), undefined, 'me');
  }
  assert.deepEqual([counts.unread, counts.mentions], [5000, 500]);
});

test('what changes while a list is fetched is as it is, whether a page has it or not', async () => {
  const roster = new Roster(({ id }) => id);
  const pages = [
    { items: [{ id: 'a', role: 'member' }, { id: 'b', role: 'member' }], next_cursor: 'next' },
    { items: [{ id: 'c', role: 'member' }], next_cursor: null },
  ];
  const loaded = await roster.load(async (query) => {
    roster.take('b', null);
    roster.take('a', { id: 'a', role: 'admin' });
    return query.includes('cursor=next') ? pages[1] : pages[0];
  });
  assert.deepEqual([...loaded.values()], [{ id: 'a', role: 'admin' }, { id: 'c', role: 'member' }]);
  roster.take('d', { id: 'd', role: 'member' });
  assert.deepEqual([...roster.all.keys()], ['a', 'c', 'd']);
});
