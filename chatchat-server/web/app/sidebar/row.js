import { avatar } from '../base/avatar.js';
import { fill, h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { listed, number, shortMoment, t } from '../base/words.js';
import { titleOf } from '../people/called.js';
import { preview } from './preview.js';

/** How high a row is, in pixels (`style/shell.css`). */
export const ROW_HEIGHT = 68;

/**
 * A conversation in the list.
 * @param {import('../shell.js').App} app
 * @param {any} conversation
 * @param {{ element?: HTMLElement, isCurrent: boolean }} options `element`: its row so far
 */
export function conversationRow(app, conversation, { element, isCurrent }) {
  const { chat } = app;
  const row = element ?? h('div', { class: 'conversation', 'data-id': conversation.id });
  row.setAttribute('aria-selected', String(isCurrent));
  row.classList.toggle('unread', conversation.unread > 0);
  const title = titleOf(conversation, chat);
  const last = conversation.last_message;
  fill(
    row,
    picture(chat, conversation, title),
    h(
      'div',
      { class: 'row-words' },
      h(
        'div',
        { class: 'line' },
        h('span', { class: 'row-title' }, title),
        marks(conversation),
        last && h('time', { dateTime: last.created_at }, shortMoment(last.created_at)),
      ),
      h('div', { class: 'line' }, h('span', { class: 'row-text' }, words(app, conversation)), counts(conversation)),
    ),
  );
  return row;
}

function picture(chat, { id, kind, avatar_url, peer, group }, name) {
  const online = peer && chat.presence(peer.id)?.online;
  const who = { id: peer?.id ?? group?.id ?? id, name, avatar_url };
  return h(
    'span',
    { class: 'with-presence', 'data-online': online ? '' : null },
    avatar(who, { kind: kind === 'group' ? 'group' : 'person' }),
    online && h('span', { class: 'unseen' }, t('people.online')),
  );
}

function words(app, conversation) {
  const typing = conversation.typing ?? [];
  if (typing.length > 0) return h('span', { class: 'typing' }, typingWords(conversation, typing, app.directory));
  const failed = conversation.pending?.some(({ state }) => state === 'failed');
  if (failed) return h('span', { class: 'failed' }, icon('circle-alert'), t('chats.failed'));
  const pending = conversation.pending?.at(-1);
  if (pending) return h('span', { class: 'sending' }, icon('clock'), preview(app, pending));
  return conversation.last_message
    ? preview(app, conversation.last_message, { inGroup: conversation.kind === 'group' })
    : t('chats.empty');
}

function typingWords({ kind }, typing, directory) {
  if (kind === 'direct') return t('chats.typing');
  const names = typing
    .slice(0, 2)
    .map((id) => directory.knownName(id))
    .filter(Boolean);
  return t('chats.typing_names', { names: listed(names), n: typing.length });
}

const marks = ({ pinned, muted }) => [
  pinned && h('span', { class: 'mark' }, icon('pin'), h('span', { class: 'unseen' }, t('chats.pinned'))),
  muted && h('span', { class: 'mark' }, icon('bell-off'), h('span', { class: 'unseen' }, t('chats.muted'))),
];

const counts = ({ unread, mentions, muted }) => [
  mentions > 0 &&
    h(
      'span',
      { class: 'badge' },
      icon('at-sign'),
      h('span', { class: 'unseen' }, t('chats.mentions', { n: mentions })),
    ),
  unread > 0 &&
    h(
      'span',
      { class: `badge ${muted ? 'quiet' : ''}` },
      h('span', { 'aria-hidden': 'true' }, unread > 999 ? '999+' : number(unread)),
      h('span', { class: 'unseen' }, t('chats.unread', { n: unread })),
    ),
];
