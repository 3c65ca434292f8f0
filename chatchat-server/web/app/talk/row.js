import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { explain } from '../base/problems.js';
import { moment, number, t, time } from '../base/words.js';
import { percent } from './amounts.js';
import { fileBody, fileOnItsWay, imageBody, imageOnItsWay } from './attachments.js';
import { dayName } from './days.js';
import { grouping } from './grouping.js';
import { reactions } from './reactions.js';
import { notice, summary } from './summary.js';
import { textBody } from './text.js';

/**
 * @typedef {import('../../chatchat/types.js').Message} Message
 * @typedef {import('../../chatchat/types.js').Pending} Pending
 */

/**
 * What a row needs to know, and whom it tells.
 * @typedef {object} RowContext
 * @property {import('../../chatchat.js').Chatchat} chat
 * @property {import('../../chatchat.js').Conversation} conversation
 * @property {string} me
 * @property {import('./names.js').Names} names
 * @property {() => import('./reach.js').Reach} reach
 * @property {(answered: number, from: number | null) => void} onQuote a message is shown as answered
 * @property {() => number | null} newFrom the seq above which "new messages" stands
 * @property {number | null} highlighted the seq that one has jumped to
 * @property {(seq: number) => void} onJump
 * @property {(id: string) => void} onPerson
 * @property {(message: Message) => void} onReadBy
 * @property {(message: Message, emoji: string, isMine: boolean) => void} onReact
 * @property {(clientId: string) => void} onRetry
 * @property {(clientId: string) => void} onDiscard
 */

/**
 * The element of a row.
 * @param {RowContext} context
 * @param {import('./rows.js').Row} row
 * @param {import('./rows.js').Row} [before] the row above it
 * @param {HTMLElement} [known] what it has now
 * @returns {HTMLElement}
 */
export function renderRow(context, row, before, known) {
  if (!row.pending && !row.message) return placeholder(row.seq);
  if (row.pending && known?.dataset.state === row.pending.state) return progressed(known, row.pending);
  const isNew = row.seq !== null && context.newFrom() === row.seq;
  const groups = grouping(asGrouped(row, context.me), before && asGrouped(before, context.me), {
    isFirst: before === undefined, isParted: isNew,
  });
  const day = groups.beginsDay && h('div', { class: 'date-line' }, h('span', null, dayName((row.message ?? row.pending).created_at)));
  const news = isNew && h('div', { class: 'new-line' }, h('span', null, t('talk.new')));
  const element = row.pending ? pendingRow(context, row.pending) : messageRow(context, row.message, groups.beginsGroup, known);
  element.prepend(...[day, news].filter(Boolean));
  element.classList.toggle('begins-group', groups.beginsGroup);
  return element;
}

/** What stands for a message that is not loaded yet. */
function placeholder(seq) {
  const own = seq % 5 < 2 ? ' own' : '';
  return h('div', { class: `message placeholder${own}`, 'aria-label': t('talk.loading') }, h('div', { class: 'bubble' }));
}

/**
 * @param {RowContext} context
 * @param {Message} message
 * @param {boolean} beginsGroup
 * @param {HTMLElement} [known]
 */
function messageRow(context, message, beginsGroup, known) {
  const { me, names } = context;
  const isNotice = message.content?.type === 'system';
  const isOwn = message.sender_id === me;
  const element = h(
    'div',
    { class: 'message', 'aria-label': labelOf(message, names, me) },
    isNotice
      ? h('p', { class: 'notice' }, notice(message.content, names))
      : h('div', { class: 'line' }, portrait(context, message, isOwn, beginsGroup), column(context, message, isOwn, beginsGroup, known)),
  );
  mark(element, {
    own: isOwn, other: !isOwn && !isNotice, recalled: !message.content,
    'mentions-me': !isOwn && message.mentions.includes(me), highlighted: context.highlighted === message.seq,
  });
  return element;
}

const mark = (element, classes) => {
  for (const [name, holds] of Object.entries(classes)) element.classList.toggle(name, holds);
};

/** What grouping looks at; nothing of a message that is not loaded. */
function asGrouped({ message, pending }, me) {
  if (pending) return { sender_id: me, created_at: pending.created_at, isNotice: false };
  return message && { sender_id: message.sender_id, created_at: message.created_at, isNotice: message.content?.type === 'system' };
}

function labelOf(message, names, me) {
  const said = { name: names.orYou(message.sender_id), when: time(message.created_at), text: summary(message, names, me) };
  if (message.content?.type === 'system') return said.text;
  return t(message.mentions.includes(me) && message.sender_id !== me ? 'talk.row_mentions' : 'talk.row', said);
}

/** The picture of who has written, in groups, where a group of messages begins. */
function portrait({ conversation, names, onPerson }, { sender_id: id }, isOwn, begins) {
  if (conversation.kind !== 'group' || isOwn) return null;
  if (!begins || !id) return h('span', { class: 'portrait' });
  const look = names.look(id);
  const props = { type: 'button', class: 'portrait', tabIndex: -1, 'aria-label': look.name, onclick: () => onPerson(id) };
  return h('button', props, avatar(look, { size: 'small' }));
}

function column(context, message, isOwn, beginsGroup, known) {
  const { conversation, me, names } = context;
  const isNamed = conversation.kind === 'group' && !isOwn && beginsGroup;
  const name = isNamed && h('bdi', { class: 'sender' }, names.of(message.sender_id));
  const mayReact = conversation.writable && message.content;
  const toggle = mayReact ? (emoji, isMine) => context.onReact(message, emoji, isMine) : null;
  return h(
    'div',
    { class: 'column' },
    name,
    bubble(message.content, [
      message.content && message.reply_to && quote(context, message.reply_to, message.seq),
      message.content ? body(context, message, known) : recalled(message, me),
      meta(context, message, isOwn),
    ]),
    message.content && reactions(message, names, me, toggle),
  );
}

/** Images reach the edge of their bubble. */
const bubble = (content, children) => h('div', { class: content?.type === 'image' ? 'bubble of-image' : 'bubble' }, children);

const recalled = ({ sender_id: sender }, me) =>
  h('div', { class: 'text' }, sender === me ? t('talk.recalled_by_you') : t('talk.recalled'));

function body({ chat, names, me }, { content, mentions }, known) {
  if (content.type === 'text') return textBody(content.text, names.byName(mentions), me);
  if (content.type === 'file') return fileBody(chat, content);
  // An image that is there already moves: it would flicker if it came anew. One that did not come is asked for again.
  return known?.querySelector(`button.image[data-id="${CSS.escape(content.attachment_id)}"]:not(.failed)`) ?? imageBody(chat, content);
}

/**
 * The message that is answered; a press leads there.
 * @param {RowContext} context
 * @param {number} seq
 * @param {number | null} from the answer
 */
function quote({ conversation, names, me, onJump, onQuote }, seq, from) {
  onQuote(seq, from);
  const answered = conversation.message(seq);
  return h(
    'button',
    { type: 'button', class: 'quote', onclick: () => onJump(seq) },
    h('span', { class: 'unseen' }, t('talk.reply_to')),
    answered && h('bdi', { class: 'quote-name' }, names.orYou(answered.sender_id)),
    h('span', { class: 'quote-text', dir: 'auto' }, answered ? summary(answered, names, me) : t('talk.reply_gone')),
  );
}

/** When it was written, whether it was edited, and how far it has come. */
function meta(context, message, isOwn) {
  const when = h('time', { dateTime: message.created_at, title: moment(message.created_at) }, time(message.created_at));
  const edited = message.edited_at && h('span', { title: moment(message.edited_at) }, t('talk.edited'));
  return h('div', { class: 'meta' }, edited, when, isOwn && message.content && reached(context, message));
}

/** Ticks between two; in a group, by how many it was read. */
function reached({ conversation, reach, onReadBy }, message) {
  const readers = reach().readers(message.seq);
  if (conversation.kind === 'direct' || readers === 0) {
    const word = readers > 0 ? t('talk.read') : t('talk.sent');
    return state(readers > 0 ? 'check-check' : 'check', word);
  }
  const label = t('talk.read_by', { n: readers });
  const props = { type: 'button', class: 'readers', 'aria-label': label, title: label, onclick: () => onReadBy(message) };
  return h('button', props, icon('check-check'), h('span', null, number(readers)));
}

const state = (name, word) => h('span', { class: 'state', title: word }, icon(name), h('span', { class: 'unseen' }, word));

/**
 * @param {RowContext} context
 * @param {Pending} pending
 */
function pendingRow(context, pending) {
  const { names, me } = context;
  const content = /** @type {any} */ (pending.content);
  const failed = pending.state === 'failed';
  const said = { name: t('talk.you'), when: stateWord(pending), text: summary({ content, sender_id: me }, names, me) };
  return h(
    'div',
    { class: `message own pending ${pending.state}`, 'aria-label': t('talk.row', said), 'data-state': pending.state },
    h('div', { class: 'line' }, h(
      'div',
      { class: 'column' },
      bubble(content, [
        pending.reply_to && quote(context, pending.reply_to, null),
        pendingBody(context, pending),
        h('div', { class: 'meta' }, h('time', { dateTime: pending.created_at }, time(pending.created_at)), stateMark(pending)),
      ]),
      failed && failure(context, pending),
    )),
  );
}

function pendingBody({ names, me }, { content, mentions, blob }) {
  if (content.type === 'text') return textBody(content.text, names.byName(mentions), me);
  const isImage = content.content_type.startsWith('image/') && blob;
  return isImage ? imageOnItsWay(blob, content.name) : fileOnItsWay(content);
}

/** More of it has been uploaded. */
function progressed(element, pending) {
  element.querySelector('.state')?.replaceWith(stateMark(pending));
  return element;
}

function stateMark(pending) {
  const name = { waiting: 'clock', sending: 'clock', failed: 'circle-alert' }[pending.state];
  const mark = state(name, stateWord(pending));
  if (uploads(pending)) mark.prepend(h('span', { 'aria-hidden': 'true' }, percent(pending.progress)));
  return mark;
}

const uploads = ({ state: name, progress, content }) => name === 'sending' && content.type !== 'text' && progress < 1;

const stateWord = (pending) =>
  uploads(pending) ? t('talk.uploading', { percent: percent(pending.progress) }) : t(`talk.${pending.state}`);

/** @param {any} problem why something was not sent, if that is known */
export const failureWords = (problem) => (problem ? t('talk.failed_why', { why: explain(problem) }) : t('talk.failed'));

/** Why it was not sent, and what to do about it. */
function failure({ onRetry, onDiscard }, { client_id: id, problem }) {
  const link = (word, run) => h('button', { type: 'button', class: 'link', onclick: () => run(id) }, word);
  return h(
    'div',
    { class: 'failure' },
    h('span', null, failureWords(problem)),
    link(t('talk.retry'), onRetry),
    link(t('talk.discard'), onDiscard),
  );
}
