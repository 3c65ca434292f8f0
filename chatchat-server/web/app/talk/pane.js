import { announce } from '../base/announce.js';
import { h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { List } from '../base/list.js';
import { explain } from '../base/problems.js';
import { toast } from '../base/toast.js';
import { t } from '../base/words.js';
import { barrier } from './barrier.js';
import { Composer } from './composer.js';
import { takeDropped } from './dropping.js';
import { header } from './header.js';
import { Loader } from './loader.js';
import { Names } from './names.js';
import { Quotes } from './quotes.js';
import { Reach, readSince } from './reach.js';
import { isLookedAt, Reading } from './reading.js';
import { failureWords, renderRow } from './row.js';
import { TalkRows } from './rows.js';
import { summary } from './summary.js';
import { Toolbar, showReaders } from './toolbar.js';
import { isTouch } from './touch.js';

/** How high a message is thought to be before it is seen, in pixels. */
const ESTIMATE = 52;
/** How many messages are loaded first. */
const PAGE = 60;
/** In groups up to this size all members are loaded: who is muted, and names for mentions. */
const SMALL = 200;
/** A message that was jumped to stands out for so long, milliseconds. */
const HIGHLIGHT = 2400;
/** The arrow up looks for one's last message among so many. */
const LATELY = 100;
/** The longest time that a timer can wait, milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * A conversation on the screen: its head, its messages, and where one writes.
 */
export class Pane {
  #chat; #conversation; #options; #context; #me;
  #header; #composer; #toolbar; #list; #rows; #loader; #reading; #quotes; #names;
  #scroller; #toEnd; #trouble; #empty;
  /** The first message that one may see, if the conversation does not know it. @type {number | null} */
  #beginning = null;
  #newFrom = /** @type {number | null} */ (null);
  #receipts = new Map();
  #reach = new Reach(new Map(), '');
  /** What was not sent, as far as that was told. */
  #failed = new Set();
  #barrierTimer = 0;
  #isClosed = false;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {HTMLElement} host
   * @param {import('../../chatchat.js').Chatchat} chat
   * @param {import('../../chatchat.js').Conversation} conversation
   * @param {any} options as `openTalk` takes them
   */
  constructor(host, chat, conversation, options) {
    [this.#chat, this.#conversation, this.#options, this.#me] = [chat, conversation, options, chat.me.id];
    this.#names = new Names(chat, conversation, () => this.#list.refresh());
    this.#quotes = new Quotes(conversation);
    this.#rows = new TalkRows(this.#source(), this.#me);
    this.#context = this.#makeContext();
    this.#header = header(this.#context, options);
    this.#composer = new Composer(this.#context, { onSend: () => this.#sent(), lastOwn: () => this.#lastOwn() });
    this.#draw(host);
    this.#list = this.#makeList();
    this.#toolbar = new Toolbar(this.#context, {
      reply: (message) => this.#composer.reply(message),
      edit: (message) => this.#composer.edit(message),
      focus: (seq) => this.#list.focus(this.#rows.indexOf(seq)),
    });
    const bounds = () => ({ first: this.#rows.first, last: this.#rows.last });
    this.#loader = new Loader(conversation, bounds, (problem) => this.#troubled(problem));
    this.#reading = new Reading(conversation, () => this.#lastSeen());
    this.#listen(host);
    this.#newFailures();
    this.#update();
    void this.#begin();
  }

  /** Where one writes has the focus; where one cannot, or a keyboard would come up on the screen, the title. */
  focus() {
    if (this.#composer.isClosed || isTouch()) this.#header.focus();
    else this.#composer.focus();
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#barrierTimer);
    this.#stops.forEach((stop) => stop());
    this.#loader.close();
    this.#reading.close();
    this.#composer.close();
    this.#list.close();
  }

  #source() {
    const [conversation, first] = [this.#conversation, () => this.#conversation.first ?? this.#beginning];
    return {
      get last_seq() { return conversation.last_seq; },
      get first() { return first(); },
      get pending() { return conversation.pending; },
      message: (/** @type {number} */ seq) => conversation.message(seq),
    };
  }

  /** @returns {import('./row.js').RowContext} */
  #makeContext() {
    const conversation = this.#conversation;
    const report = (/** @type {Promise<unknown>} */ doing) => doing.catch((problem) => this.#options.onProblem(problem));
    return {
      chat: this.#chat, conversation, me: this.#me, names: this.#names, highlighted: null,
      reach: () => this.#reach,
      newFrom: () => this.#newFrom,
      onQuote: (answered, from) => this.#quotes.shown(answered, from),
      onJump: (seq) => this.#jump(seq),
      onPerson: (id) => this.#options.onPerson(id),
      onReadBy: (message) => showReaders(this.#context, message),
      onReact: (message, emoji, isMine) => report(isMine ? conversation.unreact(message.seq, emoji) : conversation.react(message.seq, emoji)),
      onRetry: (id) => report(conversation.retry(id)),
      onDiscard: (id) => report(conversation.discard(id)),
    };
  }

  #draw(host) {
    this.#scroller = h('div', { class: 'talk-list' });
    this.#toEnd = h('button', { type: 'button', class: 'to-end', hidden: true, onclick: () => this.#goToEnd() }, icon('arrow-down'), h('span', { class: 'badge', hidden: true }));
    this.#empty = h('div', { class: 'empty', hidden: true }, icon('message-circle'), h('p', null, t('talk.empty')), h('p', null, t('talk.empty_hint')));
    this.#trouble = h('div', { class: 'trouble', role: 'alert', hidden: true });
    host.append(this.#header.element, this.#trouble, h('div', { class: 'talk-middle' }, this.#scroller, this.#empty, this.#toEnd), this.#composer.element);
    takeDropped(host, (files) => this.#composer.attach(files));
    this.#composer.attached();
  }

  #makeList() {
    return new List(this.#scroller, {
      role: 'feed', label: t('talk.messages'), stick: true, estimate: ESTIMATE,
      key: (row) => row.key,
      render: (row, known, index) => renderRow(this.#context, row, index > 0 ? this.#rows.at(index - 1) : undefined, known),
      onRange: (first, last) => this.#loader.want(this.#rows.first + first, this.#rows.first + last),
      onScroll: () => this.#scrolled(),
      onActivate: (row, index) => this.#openMenu(row, index),
    });
  }

  #listen(host) {
    const isIt = (detail) => this.#conversation.peer?.id === detail?.user_id;
    this.#stops.push(
      on(this.#conversation, 'change', ({ detail }) => this.#changed(detail)),
      on(this.#chat, 'presence', ({ detail }) => isIt(detail) && this.#header.update()),
      on(this.#chat, 'state', () => this.#chat.state === 'online' && this.#connected()),
      on(this.#chat, 'friends', () => this.#renamed()),
    );
    const point = ({ target }) => this.#point(target);
    this.#scroller.addEventListener('pointerover', point);
    this.#scroller.addEventListener('focusin', point);
    this.#scroller.addEventListener('contextmenu', (event) => this.#contextMenu(event));
    host.addEventListener('keydown', (event) => this.#pressed(event));
    const minute = setInterval(() => this.#header.update(), 60_000);
    this.#stops.push(() => clearInterval(minute));
  }

  /** Loads what is seen first, and goes there. */
  async #begin() {
    const conversation = this.#conversation;
    const { seq } = this.#options;
    const isNews = conversation.unread > 0 && conversation.read_seq < conversation.last_seq;
    const from = seq ?? (isNews ? conversation.read_seq + 1 : null);
    if (isNews) this.#newFrom = conversation.read_seq + 1;
    const spinner = setTimeout(() => this.#scroller.classList.add('busy'), 150);
    try {
      await conversation.load(from ? { around: from, limit: PAGE } : { limit: PAGE });
      await this.#findBeginning();
    } catch (problem) {
      this.#troubled(problem);
    }
    clearTimeout(spinner);
    if (this.#isClosed) return;
    this.#scroller.classList.remove('busy');
    this.#rows.sync();
    this.#list.attach(this.#rows);
    if (seq) this.#jump(seq);
    else if (isNews) this.#list.scrollTo(this.#rows.indexOf(this.#newFrom), 'start');
    this.#update();
    this.#reading.look();
    this.#loadOthers();
  }

  /** Who joined later sees no message from before: what the first one is, is asked once. */
  async #findBeginning() {
    const conversation = this.#conversation;
    if (conversation.first !== null || conversation.last_seq === 0) return;
    const { items } = await conversation.load({ after: 0, limit: 1 });
    this.#beginning = items[0]?.seq ?? conversation.last_seq + 1;
  }

  #loadOthers() {
    const conversation = this.#conversation;
    const later = () => {}; // ticks and names are no reason for an alarm: the next opening brings them
    conversation.loadReceipts().catch(later);
    if ((conversation.group?.member_count ?? Infinity) <= SMALL) conversation.loadMembers().catch(later);
  }

  /** What could not be had is asked for again. */
  #connected() {
    this.#loader.again();
    if (this.#scroller.querySelector('.image.failed')) this.#list.refresh();
  }

  /** Somebody may be called otherwise now. */
  #renamed() {
    this.#header.update();
    this.#composer.rename();
    this.#list.refresh();
  }

  /** @param {import('../../chatchat/types.js').Change} change */
  #changed({ kind, seqs }) {
    if (kind === 'typing') return this.#header.update();
    if (kind === 'members') this.#names.learn((this.#conversation.members ?? []).map(({ user }) => user));
    if (kind === 'message' && seqs) this.#noteNews(seqs);
    this.#applyRows();
    if (kind === 'receipts') this.#applyReceipts();
    if (kind === 'removed' || kind === 'reset') this.#list.refresh();
    if (kind === 'group') this.#renamed();
    if (kind === 'reset') this.#loadOthers();
    if (seqs) this.#refresh(seqs);
    if (kind === 'pending') this.#pendingChanged();
    this.#update();
    this.#reading.look();
  }

  /** Says what has come, and draws the line above it if nobody is looking. */
  #noteNews(seqs) {
    const conversation = this.#conversation;
    for (const seq of seqs) {
      const message = conversation.message(seq);
      if (!message || message.sender_id === this.#me || message.content?.type === 'system') continue;
      if (isLookedAt()) announce(t('talk.arrived', { name: this.#names.of(message.sender_id), text: summary(message, this.#names, this.#me) }));
      else if (conversation.unread <= 1) this.#moveLine(seq);
    }
  }

  /** @param {number | null} seq the message above which the line stands */
  #moveLine(seq) {
    const before = this.#newFrom;
    this.#newFrom = seq;
    if (before !== null) this.#refresh([before]);
  }

  #applyRows() {
    for (const { at, removed, added } of this.#rows.sync()) this.#list.splice(at, removed, added);
  }

  #applyReceipts() {
    const { receipts } = this.#conversation;
    const read = readSince(this.#receipts, receipts);
    this.#receipts = new Map(receipts);
    this.#reach = new Reach(receipts, this.#me);
    const { first } = this.#rows;
    if (read) this.#list.refresh((index) => read.from <= first + index && first + index <= read.to);
  }

  /** Makes these messages anew, those after them, which may stand with them, and their answers. @param {Iterable<number>} seqs */
  #refresh(seqs) {
    const touched = new Set();
    for (const seq of seqs) {
      touched.add(seq).add(seq + 1);
      for (const answer of this.#quotes.answersTo(seq)) touched.add(answer);
    }
    const { first } = this.#rows;
    this.#list.refresh((index) => touched.has(first + index));
    if ([...seqs].some((seq) => this.#quotes.isPending(seq))) this.#refreshPending();
  }

  #pendingChanged() {
    this.#refreshPending();
    for (const { problem } of this.#newFailures()) announce(failureWords(problem));
  }

  /** What was not sent, each told once. */
  #newFailures() {
    const failed = this.#conversation.pending.filter(({ state }) => state === 'failed');
    const before = this.#failed;
    this.#failed = new Set(failed.map(({ client_id: id }) => id));
    return failed.filter(({ client_id: id }) => !before.has(id));
  }

  #refreshPending() {
    const { firstPending } = this.#rows;
    this.#list.refresh((index) => index >= firstPending);
  }

  /** What is not a message is as it is now. */
  #update() {
    this.#header.update();
    this.#empty.hidden = this.#rows.length > 0 || this.#scroller.classList.contains('busy');
    const { atEnd } = this.#list;
    const { unread } = this.#conversation;
    this.#toEnd.hidden = atEnd;
    const label = unread > 0 ? t('talk.to_end_unread', { n: unread }) : t('talk.to_end');
    this.#toEnd.setAttribute('aria-label', label);
    this.#toEnd.title = label;
    this.#toEnd.lastElementChild.hidden = unread === 0;
    this.#toEnd.lastElementChild.textContent = unread > 99 ? '99+' : String(unread);
    this.#updateBarrier();
  }

  #updateBarrier() {
    const now = barrier(this.#conversation, this.#me);
    this.#composer.setBarrier(now?.why ?? null);
    clearTimeout(this.#barrierTimer);
    if (!now?.until) return;
    const wait = Math.min(now.until - Date.now() + 500, LONGEST_WAIT);
    this.#barrierTimer = setTimeout(() => this.#updateBarrier(), wait);
  }

  #scrolled() {
    this.#update();
    this.#reading.look();
  }

  /** The last message in view. */
  #lastSeen() {
    const { visible } = this.#list;
    const seq = Math.min(this.#rows.first + visible.last, this.#rows.last);
    return this.#rows.length > 0 && this.#conversation.message(seq) ? seq : 0;
  }

  #goToEnd() {
    this.#list.scrollToEnd();
    this.focus();
  }

  #sent() {
    this.#moveLine(null);
    this.#applyRows();
    this.#list.scrollToEnd();
    this.#update();
  }

  /** Goes to a message, which stands out for a while. @param {number} seq */
  async #jump(seq) {
    const index = this.#rows.indexOf(seq);
    if (index < 0) return toast(t('talk.not_there'));
    if (!this.#conversation.message(seq)) await this.#conversation.load({ around: seq, limit: PAGE }).catch(() => {}); // the loader tells of problems
    if (this.#isClosed) return;
    this.#list.scrollTo(this.#rows.indexOf(seq), 'center');
    this.#context.highlighted = seq;
    this.#refresh([seq]);
    this.#list.focus(this.#rows.indexOf(seq));
    setTimeout(() => {
      if (this.#context.highlighted === seq) this.#context.highlighted = null;
      this.#list.element(this.#rows.indexOf(seq))?.classList.remove('highlighted');
    }, HIGHLIGHT);
  }

  #lastOwn() {
    for (let seq = this.#rows.last; seq > this.#rows.last - LATELY && seq > 0; seq -= 1) {
      const message = this.#conversation.message(seq);
      if (message?.sender_id === this.#me && message.content?.type === 'text') return message;
    }
    return null;
  }

  /** @param {any} target */
  #point(target) {
    const element = target.closest?.('.message');
    const row = element && this.#rowAt(element);
    if (row) this.#toolbar.attach(element, row);
  }

  /** @param {HTMLElement} element */
  #rowAt(element) {
    const index = Number(element.getAttribute('aria-posinset')) - 1;
    return index >= 0 && index < this.#rows.length ? this.#rows.at(index) : undefined;
  }

  #openMenu(row, index) {
    const element = this.#list.element(index);
    if (!element) return;
    this.#toolbar.attach(element, row);
    this.#toolbar.open();
  }

  /** @param {MouseEvent} event */
  #contextMenu(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const element = target.closest('.message');
    const row = element && this.#rowAt(/** @type {HTMLElement} */ (element));
    if (!row?.message?.content || target.closest('a, img') || !getSelection()?.isCollapsed) return;
    event.preventDefault();
    this.#toolbar.attach(/** @type {HTMLElement} */ (element), row);
    this.#toolbar.open();
  }

  /** Esc leads from the messages back to where one writes. @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key !== 'Escape' || event.defaultPrevented || !this.#scroller.contains(/** @type {Node} */ (event.target))) return;
    event.preventDefault();
    this.#composer.focus();
  }

  /** @param {any} problem null: it has passed */
  #troubled(problem) {
    this.#trouble.hidden = !problem || problem.code === 'offline'; // that is told for the whole page
    if (this.#trouble.hidden) return;
    const retry = h('button', { type: 'button', class: 'link', onclick: () => this.#loader.again() }, t('talk.load_again'));
    this.#trouble.replaceChildren(icon('circle-alert'), h('span', null, t('talk.load_failed', { why: explain(problem) })), retry);
  }
}
