import { avatar } from '../base/avatar.js';
import { confirm, openDialog } from '../base/dialog.js';
import { h } from '../base/dom.js';
import { openMenu } from '../base/menu.js';
import { toast, toastProblem } from '../base/toast.js';
import { iconButton } from '../base/view.js';
import { t } from '../base/words.js';
import { openPicker } from './picker.js';

/** By so many people one sees that a message was read. */
const SHOWN = 200;

/**
 * What one can do with a message.
 * @typedef {object} Deeds
 * @property {(message: import('../../chatchat/types.js').Message) => void} reply
 * @property {(message: import('../../chatchat/types.js').Message) => void} edit
 * @property {(seq: number) => void} focus
 */

/**
 * A few buttons at the message that is pointed at or has the focus, and the menu of all that one can do with it.
 */
export class Toolbar {
  #context;
  #deeds;
  #row = /** @type {import('./rows.js').Row | null} */ (null);

  /**
   * @param {import('./row.js').RowContext} context
   * @param {Deeds} deeds
   */
  constructor(context, deeds) {
    this.#context = context;
    this.#deeds = deeds;
    const choose = (emoji) => this.#message && context.onReact(this.#message, emoji, this.#isMine(emoji));
    this.#react = iconButton('face-slightly-smiling-plus', t('talk.react'), () => openPicker(this.#react, choose));
    this.#reply = iconButton('reply', t('talk.reply'), () => this.#message && deeds.reply(this.#message));
    this.#more = iconButton('ellipsis', t('talk.actions'), () => this.open());
    opens(this.#react, 'dialog');
    opens(this.#more, 'menu');
    this.element = h('div', { class: 'toolbar' }, this.#react, this.#reply, this.#more);
  }

  #react; #reply; #more;

  /**
   * Goes to a row, if there is anything to do with it.
   * @param {HTMLElement} element
   * @param {import('./rows.js').Row} row
   */
  attach(element, row) {
    const place = element.querySelector('.column');
    if (!place || !row.message?.content) return this.element.remove();
    const isSame = this.#row?.seq === row.seq && this.element.parentElement === place;
    this.#row = row;
    if (isSame) return;
    const { writable } = this.#context.conversation;
    this.#react.hidden = this.#reply.hidden = !writable;
    this.#more.hidden = this.#items(row.message).length === 0;
    place.append(this.element);
  }

  /** Opens the menu of the row where it is. */
  open() {
    const items = this.#message ? this.#items(this.#message) : [];
    if (this.element.isConnected && items.length > 0) openMenu(this.#more, items);
  }

  /** The message as it is now. */
  get #message() {
    return this.#row?.seq ? this.#context.conversation.message(this.#row.seq) : undefined;
  }

  #isMine(emoji) {
    const bare = (text) => text.replaceAll('\uFE0F', '');
    const there = this.#message?.reactions.find((reaction) => bare(reaction.emoji) === bare(emoji));
    return there?.user_ids.includes(this.#context.me) ?? false;
  }

  #items(message) {
    const { conversation, me, onReadBy } = this.#context;
    const { content, sender_id: sender } = message;
    if (!content) return [];
    const [isOwn, isText] = [sender === me, content.type === 'text'];
    const keepsOrder = ['owner', 'admin'].includes(conversation.group?.my_role ?? '');
    const { writable } = conversation;
    return [
      writable && { label: t('talk.react'), icon: 'face-slightly-smiling-plus', run: () => this.#react.click() },
      writable && { label: t('talk.reply'), icon: 'reply', run: () => this.#deeds.reply(message) },
      isText && { label: t('talk.copy'), icon: 'copy', run: () => copy(content.text) },
      isOwn && isText && writable && { label: t('talk.edit'), icon: 'pencil', run: () => this.#deeds.edit(message) },
      isOwn && conversation.kind === 'group' && { label: t('talk.read_by_title'), icon: 'eye', run: () => onReadBy(message) },
      (isOwn || keepsOrder) && !conversation.gone && { label: t('talk.recall'), icon: 'trash', danger: true, run: () => this.#recall(message) },
    ].filter(Boolean);
  }

  #recall({ seq }) {
    confirm({
      title: t('talk.recall_ask'), text: t('talk.recall_text'), confirm: t('talk.recall'), danger: true,
      run: async () => {
        await this.#context.conversation.recall(seq);
        setTimeout(() => this.#deeds.focus(seq)); // what had the focus before the dialog is gone
      },
    });
  }
}

function opens(button, what) {
  button.setAttribute('aria-haspopup', what);
  button.setAttribute('aria-expanded', 'false');
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t('talk.copied'));
  } catch {
    toast(t('talk.copy_failed'), { kind: 'problem' });
  }
}

/**
 * Shows by whom a message was read.
 * @param {import('./row.js').RowContext} context
 * @param {import('../../chatchat/types.js').Message} message
 */
export async function showReaders({ conversation, names, me }, message) {
  if (!conversation.members) await conversation.loadMembers().catch(toastProblem);
  const readers = [...conversation.receipts].filter(([id, seq]) => id !== me && seq >= message.seq).map(([id]) => id);
  const item = (id) => {
    const look = names.look(id);
    return h('li', { class: 'row' }, avatar(look, { size: 'small' }), h('bdi', { class: 'row-words' }, look.name));
  };
  const content = readers.length > 0 ? h('ul', { class: 'readers-list' }, readers.slice(0, SHOWN).map(item)) : h('p', null, t('talk.read_by_nobody'));
  openDialog({ title: t('talk.read_by_title'), content, class: 'small' });
}
