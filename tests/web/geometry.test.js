import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Geometry } from '../../chatchat-server/web/app/base/geometry.js';

/** The same told by going through all rows. */
class Plain {
  heights = [];

  offset(index) {
    return this.heights.slice(0, index).reduce((sum, height) => sum + height, 0);
  }

  indexAt(y) {
    const found = this.heights.findIndex((height, index) => this.offset(index) + height > y);
    return found === -1 ? this.heights.length - 1 : found;
  }
}

function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * sides);
  };
}

test('a list without rows has no height and no row anywhere', () => {
  const geometry = new Geometry();
  assert.equal(geometry.total, 0);
  assert.equal(geometry.indexAt(0), -1);
  assert.equal(geometry.offset(5), 0);
});

test('a place beyond either end has the nearest row', () => {
  const geometry = new Geometry();
  geometry.splice(0, 0, [10, 20, 30]);
  assert.deepEqual([-5, 0, 9, 10, 29, 30, 59, 60, 1000].map((y) => geometry.indexAt(y)), [0, 0, 0, 1, 1, 2, 2, 2, 2]);
});

test('whatever comes, goes and grows, every row is where adding up all before it says', () => {
  const roll = dice(7);
  const [geometry, plain] = [new Geometry(), new Plain()];
  for (let step = 0; step < 400; step += 1) {
    const at = roll(plain.heights.length + 1);
    if (roll(3) === 0 && plain.heights.length > 0) {
      const index = roll(plain.heights.length);
      const height = roll(100) + 1;
      geometry.setHeight(index, height);
      plain.heights[index] = height;
    } else {
      const [removed, added] = [roll(5), Array.from({ length: roll(7) }, () => roll(100) + 1)];
      geometry.splice(at, removed, added);
      plain.heights.splice(at, removed, ...added);
    }
    assert.equal(geometry.count, plain.heights.length);
    assert.equal(geometry.total, plain.offset(plain.heights.length));
    for (const index of [0, roll(plain.heights.length + 1), plain.heights.length]) {
      assert.equal(geometry.offset(index), plain.offset(index));
    }
    const y = roll(geometry.total + 10);
    assert.equal(geometry.indexAt(y), plain.indexAt(y));
  }
});

test('a hundred thousand rows are found by place', () => {
  const geometry = new Geometry();
  geometry.splice(0, 0, new Float64Array(100_000).fill(56));
  geometry.setHeight(50_000, 100);
  assert.equal(geometry.total, 100_000 * 56 + 44);
  assert.equal(geometry.indexAt(99_999 * 56 + 44), 99_999);
  assert.equal(geometry.indexAt(50_000 * 56 + 99), 50_000);
});
