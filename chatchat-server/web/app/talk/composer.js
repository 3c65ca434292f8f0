import { fill, h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { explain } from '../base/problems.js';
import { toastProblem } from '../base/toast.js';
import { iconButton } from '../base/view.js';
import { number, t } from '../base/words.js';
import { Completion } from './completion.js';
import { drafts } from './drafts.js';
import { mentionedIn } from './mentions.js';
import { openPicker } from './picker.js';
import { isolated, summary } from './summary.js';
import { isTouch } from './touch.js';
import { Tray } from './tray.js';

/** How long a message may be, in characters, and from where on one sees how many are left. */
const LONGEST = 4000;
const NEAR = 3800;
/** How high the field grows, in pixels. */
const HIGHEST = 200;

/** What was attached where one has gone on to another conversation. @type {WeakMap<object, File[]>} */
const attached = new WeakMap();

/**
 * Where one writes: a field that grows, images and files to go with it, the message that is answered or changed.
 */
export class Composer {
  #context; #callbacks; #field; #completion; #attach; #send; #count; #form;
  #drafts;
  #replyTo = /** @type {number | null} */ (null);
  #editing = /** @type {import('../../chatchat/types.js').Message | null} */ (null);
  /** Who was chosen to be mentioned: id → name. @type {Map<string, string>} */
  #mentions = new Map();
  #tray = new Tray(() => this.#changed());
  #isClosed = false;
  #bar = h('div', { class: 'composer-bar', hidden: true });
  #problem = h('p', { class: 'composer-problem', role: 'alert', hidden: true });
  #barrier = h('p', { class: 'barrier', role: 'status', hidden: true });

  /**
   * @param {import('./row.js').RowContext} context
   * @param {object} callbacks
   * @param {() => void} callbacks.onSend something is on its way
   * @param {() => import('../../chatchat/types.js').Message | null} callbacks.lastOwn what the arrow up changes
   */
  constructor(context, callbacks) {
    this.#context = context;
    this.#callbacks = callbacks;
    const { conversation } = context;
    this.#drafts = drafts(context.me);
    this.#field = h('textarea', {
      class: 'composer-field', rows: 1, placeholder: t('talk.write'), dir: 'auto', enterKeyHint: isTouch() ? 'enter' : 'send',
      oninput: () => this.#typed(), onkeydown: (event) => this.#pressed(event), onpaste: (event) => this.#pasted(event),
      onclick: () => this.#completion.update(), onblur: () => this.#completion.close(),
    });
    const members = () => (conversation.kind === 'group' ? this.#members() : Promise.resolve([]));
    this.#completion = new Completion(this.#field, members, ({ id, name }) => (this.#mentions.set(id, name), this.#typed()));
    const picked = ({ target }) => (this.#tray.add(target.files), (target.value = ''), this.focus());
    const files = h('input', { type: 'file', multiple: true, hidden: true, onchange: picked, tabIndex: -1 });
    this.#attach = iconButton('paperclip', t('talk.attach'), () => files.click());
    const emoji = iconButton('face-slightly-smiling', t('talk.insert_emoji'), () => openPicker(emoji, (one) => this.#insert(one)));
    this.#send = h('button', { type: 'submit', class: 'icon-button send', 'aria-label': t('talk.send'), title: t('talk.send') }, icon('send'));
    this.#count = h('span', { class: 'composer-count', 'aria-live': 'polite', hidden: true });
    this.#form = h(
      'form',
      { class: 'composer', onsubmit: (event) => (event.preventDefault(), this.#submit()) },
      this.#completion.element, this.#bar, this.#tray.element, this.#problem,
      h('div', { class: 'composer-line' }, this.#attach, files, h('div', { class: 'composer-box' }, this.#field, emoji), this.#send),
      this.#count,
    );
    this.element = h('div', { class: 'composer-place' }, this.#form, this.#barrier);
    this.rename();
    this.#restore();
    this.#tray.add(attached.get(conversation) ?? []);
    attached.delete(conversation);
  }

  /** Whether one cannot write. */
  get isClosed() {
    return this.#form.hidden;
  }

  focus() {
    if (!this.isClosed) this.#field.focus();
  }

  /** The next message answers this one. @param {import('../../chatchat/types.js').Message} message */
  reply(message) {
    if (this.#editing) this.#stopEditing();
    this.#replyTo = message.seq;
    this.#showBar();
    this.#save();
    this.focus();
  }

  /** Lets one change a text of one's own. @param {import('../../chatchat/types.js').Message} message */
  edit(message) {
    this.#save();
    this.#editing = message;
    this.#setText(message.content.text);
    this.#showBar();
    this.focus();
  }

  /** Adds images and files. @param {Iterable<File>} files */
  attach(files) {
    if (this.isClosed || this.#editing) return;
    this.#tray.add(files);
    this.focus();
  }

  /** Why one cannot write; null if one can. @param {string | null} why */
  setBarrier(why) {
    this.#form.hidden = why !== null;
    this.#barrier.hidden = why === null;
    fill(this.#barrier, why && [icon('lock'), h('span', null, why)]);
  }

  /** It may be called otherwise now. */
  rename() {
    this.#field.setAttribute('aria-label', t('talk.write_to', { title: this.#context.names.title }));
  }

  /** It is in the page now, and knows how wide it is. */
  attached() {
    this.#changed();
  }

  /** What is attached stays so. */
  close() {
    this.#isClosed = true;
    const { conversation } = this.#context;
    const files = [...(attached.get(conversation) ?? []), ...this.#tray.take()];
    if (files.length > 0) attached.set(conversation, files);
  }

  async #members() {
    const { conversation, me } = this.#context;
    const members = conversation.members ?? (await conversation.loadMembers());
    return members.map(({ user }) => user).filter(({ id }) => id !== me);
  }

  #typed() {
    this.#changed();
    this.#completion.update();
    if (this.#field.value && !this.#editing) this.#context.conversation.typingNow();
    if (!this.#editing) this.#save();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing || event.keyCode === 229) return; // the keys belong to the input method
    if (this.#completion.takes(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && (!isTouch() || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === 'Escape' && (this.#editing || this.#replyTo)) {
      event.preventDefault();
      event.stopPropagation();
      this.#dropBar();
    } else if (event.key === 'ArrowUp' && !this.#field.value && !this.#editing) {
      const last = this.#callbacks.lastOwn();
      if (!last) return;
      event.preventDefault();
      this.edit(last);
    }
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0 || event.clipboardData.types.includes('text/plain')) return; // a copied cell brings a picture, too
    event.preventDefault();
    this.attach(files);
  }

  #insert(text) {
    this.#field.setRangeText(text, this.#field.selectionStart, this.#field.selectionEnd, 'end');
    this.focus();
    this.#typed();
  }

  async #submit() {
    const text = this.#field.value.replace(/^\s*\n|\s+$/gu, '');
    if ([...text].length > LONGEST) return;
    if (this.#editing) await this.#change(this.#editing, text);
    else if (text || !this.#tray.isEmpty) await this.#queue(text);
  }

  /** @param {string} text */
  async #queue(text) {
    const { conversation } = this.#context;
    const files = this.#tray.take();
    const [replyTo, chosen] = [this.#replyTo, this.#mentions];
    this.#clear();
    // The first of them is the answer. All take their places at once: who writes on meanwhile comes after them.
    const answers = (index) => (index === 0 ? replyTo : null);
    const queued = files.map((file, index) => conversation.sendFile(file, file.name, { reply_to: answers(index) }));
    const options = { reply_to: answers(files.length), mentions: mentionedIn(text, chosen) };
    if (text) queued.push(conversation.send({ type: 'text', text }, options));
    const outcomes = await Promise.allSettled(queued);
    const isLeft = (_, index) => outcomes[index].status === 'rejected';
    if (outcomes.some(isLeft)) {
      const left = { text: outcomes[files.length]?.reason ? text : '', replyTo: isLeft(null, 0) ? replyTo : null, chosen };
      this.#giveBack(files.filter(isLeft), left);
      toastProblem(outcomes.find(isLeft).reason);
    }
    this.#callbacks.onSend();
  }

  /** What could not be queued stands where it was, unless something else does by now. */
  #giveBack(files, { text, replyTo, chosen }) {
    const { id } = this.#context.conversation;
    const { text: begun, replyTo: begunTo } = this.#drafts.read(id);
    if (!begun && !begunTo) this.#drafts.write(id, { text, replyTo, mentions: [...chosen] });
    if (!this.#editing) this.#restore();
    this.#tray.add(files);
    if (this.#isClosed) this.close();
  }

  /**
   * @param {import('../../chatchat/types.js').Message} message
   * @param {string} text
   */
  async #change(message, text) {
    if (!text || text === message.content?.text) return this.#stopEditing();
    this.#form.ariaBusy = 'true';
    try {
      await this.#context.conversation.edit(message.seq, { type: 'text', text });
      this.#stopEditing();
    } catch (problem) {
      this.#problem.hidden = false;
      fill(this.#problem, icon('circle-alert'), h('span', null, explain(problem)));
    } finally {
      this.#form.ariaBusy = null;
    }
  }

  #clear() {
    this.#replyTo = null;
    this.#mentions = new Map();
    this.#setText('');
    this.#showBar();
    this.#save();
  }

  #stopEditing() {
    this.#editing = null;
    this.#restore();
  }

  /** What the bar is about is not wanted any more. */
  #dropBar() {
    if (this.#editing) return this.#stopEditing();
    this.#replyTo = null;
    this.#showBar();
    this.#save();
  }

  #showBar() {
    const { conversation, names, me } = this.#context;
    const message = this.#editing ?? (this.#replyTo ? conversation.message(this.#replyTo) : null);
    this.#bar.hidden = !this.#editing && !this.#replyTo;
    this.#attach.disabled = this.#editing !== null;
    if (this.#bar.hidden) return;
    const title = this.#editing ? t('talk.editing') : t('talk.replying', { name: message ? isolated(names.orYou(message.sender_id)) : '' });
    const stop = this.#editing ? t('talk.editing_stop') : t('talk.replying_stop');
    fill(
      this.#bar,
      icon(this.#editing ? 'pencil' : 'reply'),
      h('div', { class: 'composer-bar-words' }, h('bdi', { class: 'quote-name' }, title), h('span', { class: 'quote-text', dir: 'auto' }, message ? summary(message, names, me) : t('talk.reply_gone'))),
      iconButton('x', stop, () => (this.#dropBar(), this.focus())),
    );
  }

  #restore() {
    const { text, replyTo, mentions } = this.#drafts.read(this.#context.conversation.id);
    this.#replyTo = replyTo;
    this.#mentions = new Map(mentions);
    this.#setText(text);
    this.#showBar();
  }

  #save() {
    if (this.#editing) return;
    const draft = { text: this.#field.value, replyTo: this.#replyTo, mentions: [...this.#mentions] };
    this.#drafts.write(this.#context.conversation.id, draft);
  }

  #setText(text) {
    this.#field.value = text;
    this.#changed();
  }

  /** The field is as high as its text; what is too long cannot be sent. */
  #changed() {
    if (!this.#field) return;
    this.#problem.hidden = true;
    this.#field.style.height = 'auto';
    if (this.#field.isConnected) this.#field.style.height = `${Math.min(this.#field.scrollHeight, HIGHEST)}px`;
    const { length } = [...this.#field.value];
    const over = length - LONGEST;
    this.#count.hidden = length < NEAR;
    this.#count.classList.toggle('over', over > 0);
    this.#count.textContent = over > 0 ? t('talk.too_long', { n: over }) : number(-over);
    this.#send.disabled = over > 0 || (!this.#field.value.trim() && this.#tray.isEmpty);
    const label = this.#editing ? t('talk.save') : t('talk.send');
    this.#send.setAttribute('aria-label', label);
    this.#send.title = label;
  }
}
