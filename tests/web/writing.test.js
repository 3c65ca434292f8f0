import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { document, see, soon, storage } from './support/page.js';

import { Composer } from '../../chatchat-server/web/app/talk/composer.js';
import { drafts } from '../../chatchat-server/web/app/talk/drafts.js';

/**
 * What one has begun to write in a conversation of the web client is not lost.
 */

const ANN = { id: 'ann', name: 'Ann' };

beforeEach((context) => {
  globalThis.sessionStorage = storage();
  context.mock.timers.enable({ apis: ['setTimeout'] });
});

/** A conversation that takes note of what is sent, and refuses what says so. */
function talk() {
  const sent = [];
  const send = async (what, options) => {
    if (what.includes('no')) throw { code: 'outbox_full' };
    sent.push([what, options.reply_to]);
  };
  const members = [{ user: ANN }];
  return {
    id: 'g', kind: 'group', title: 'Group', sent, members, typingNow() {}, message: () => undefined,
    send: ({ text }, options) => send(text, options),
    sendFile: (_, name, options) => send(name, options),
  };
}

function opens(conversation) {
  document.body.replaceChildren();
  const names = { orYou: () => '', of: () => '' };
  const composer = new Composer({ conversation, me: 'me', names, chat: { friends: null } }, { onSend() {}, lastOwn: () => null });
  document.body.append(composer.element);
  return composer;
}

const file = (name) => new File(['x'], name, { type: 'image/png' });
const attached = () => see('.tray').children.map((item) => item.querySelector('.file-name').textContent);

function types(text) {
  const field = see('textarea');
  Object.assign(field, {
    value: text, selectionStart: text.length, selectionEnd: text.length, setSelectionRange() {},
  });
  field.happens('input');
}

test('what is attached is there again when one comes back, and its pictures are let go meanwhile', (context) => {
  const urls = new Set();
  context.mock.method(URL, 'createObjectURL', (blob) => (urls.add(blob.name), blob.name));
  context.mock.method(URL, 'revokeObjectURL', (url) => urls.delete(url));
  const [here, elsewhere] = [talk(), talk()];
  const composer = opens(here);
  composer.attach([file('one.png'), file('two.png')]);
  assert.equal(urls.size, 2);
  composer.close();
  assert.equal(urls.size, 0);
  opens(elsewhere).close();
  assert.deepEqual(attached(), []);
  opens(here);
  assert.deepEqual(attached(), ['one.png', 'two.png']);
});

test('what could not be queued stands where it was', async () => {
  const conversation = talk();
  const composer = opens(conversation);
  composer.attach([file('no.png'), file('yes.png')]);
  composer.reply({ seq: 7 });
  types('no way');
  see('form').happens('submit');
  await soon();
  assert.deepEqual(conversation.sent, [['yes.png', null]]);
  assert.deepEqual(attached(), ['no.png']);
  assert.equal(see('textarea').value, 'no way');
  assert.deepEqual(drafts('me').read('g'), { text: 'no way', replyTo: 7, mentions: [] });
});

test('what could not be queued does not take the place of what one has begun since', async () => {
  const conversation = talk();
  opens(conversation);
  types('no');
  see('form').happens('submit');
  types('next');
  await soon();
  assert.equal(see('textarea').value, 'next');
  opens(conversation);
  types('well');
  see('form').happens('submit');
  await soon();
  assert.equal(see('textarea').value, '');
});

test('who was chosen to be mentioned is in the draft', async () => {
  opens(talk());
  types('hi @An');
  await soon();
  see('.completion-option').happens('pointerdown');
  assert.deepEqual(drafts('me').read('g'), { text: 'hi @Ann ', replyTo: null, mentions: [['ann', 'Ann']] });
});
