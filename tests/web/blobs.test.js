import assert from 'node:assert/strict';
import { resolveObjectURL } from 'node:buffer';
import { test } from 'node:test';

import { Chatchat } from '../../chatchat-server/web/chatchat.js';
import { Blobs } from '../../chatchat-server/web/chatchat/blobs.js';
import { Service, settled } from './support/service.js';

const MEBIBYTE = 1024 * 1024;

/** Images and files of this size, and how often each was fetched. */
function blobsOf(size) {
  const blob = new Blob([new Uint8Array(size)]);
  const fetched = [];
  const blobs = new Blobs(async (path) => {
    fetched.push(path);
    return blob;
  });
  return { blobs, fetched };
}

const isGood = (url) => resolveObjectURL(url) !== undefined;

test('what is not shown any more is kept for a while: so many, and so many bytes', async () => {
  const { blobs, fetched } = blobsOf(30 * MEBIBYTE);
  const urls = [];
  for (const path of ['/a', '/b', '/c']) {
    urls.push(await blobs.url(path));
    blobs.release(path);
  }
  await settled();
  assert.deepEqual(urls.map(isGood), [false, true, true]);
  await blobs.url('/c');
  await blobs.url('/a');
  assert.deepEqual(fetched, ['/a', '/b', '/c', '/a']);
  blobs.clear();
});

test('what is shown is kept, however big it is', async () => {
  const { blobs } = blobsOf(30 * MEBIBYTE);
  const urls = await Promise.all(['/a', '/b', '/c', '/d'].map((path) => blobs.url(path)));
  blobs.release('/d');
  assert.deepEqual(urls.map(isGood), [true, true, true, true]);
  blobs.clear();
  await settled();
  assert.deepEqual(urls.map(isGood), [false, false, false, false]);
});

test('what is released before it is here counts, too', async () => {
  const { blobs } = blobsOf(40 * MEBIBYTE);
  const urls = ['/a', '/b'].map((path) => blobs.url(path));
  blobs.release('/a');
  blobs.release('/b');
  assert.deepEqual((await Promise.all(urls)).map(isGood), [false, true]);
  blobs.clear();
});

test('of a download nothing is kept', async () => {
  const service = new Service({ routes: [[/^GET \/me\/export$/, () => ({ all: 'of it' })]] });
  const chat = new Chatchat(service.options());
  await chat.restore();
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(JSON.parse(await (await chat.download('/me/export')).text()), { all: 'of it' });
  }
  assert.equal(service.requests.filter((request) => request === 'GET /me/export').length, 2);
});
