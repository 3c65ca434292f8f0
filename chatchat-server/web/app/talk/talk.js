import { fill, h, on } from '../base/dom.js';
import { failed, iconButton, loading } from '../base/view.js';
import { t } from '../base/words.js';
import { Pane } from './pane.js';

/**
 * Opens a conversation.
 * @param {HTMLElement} host
 * @param {import('../../chatchat.js').Chatchat} chat
 * @param {string} conversationId
 * @param {object} [options]
 * @param {number} [options.seq] the message to begin at
 * @param {() => void} [options.onBack]
 * @param {() => void} [options.onDetails]
 * @param {(userId: string) => void} [options.onPerson]
 * @param {(problem: any) => void} [options.onProblem] something was refused that has no place of its own in the pane
 * @returns {{ close: () => void, focus: () => void }}
 */
export function openTalk(host, chat, conversationId, options = {}) {
  const nothing = () => {};
  const { seq, onBack = nothing, onDetails = nothing, onPerson = nothing, onProblem = nothing } = options;
  let element = section();
  /** @type {Pane | null} */
  let pane = null;
  /** @type {import('../../chatchat.js').Conversation | null} */
  let shown = null;
  let isClosed = false;
  let wantsFocus = false;
  host.append(element);
  show();
  const stop = on(chat, 'conversations', () => shown && isAnother(chat.conversation(conversationId)) && reopen());
  return { close, focus: () => (pane ? pane.focus() : (wantsFocus = true)) };

  async function show() {
    const known = chat.conversation(conversationId);
    if (!known) fill(element, loading());
    try {
      const conversation = known ?? (await chat.openConversation(conversationId));
      if (isClosed) return;
      fill(element);
      shown = conversation;
      pane = new Pane(element, chat, conversation, { seq, onBack, onDetails, onPerson, onProblem });
      if (wantsFocus) pane.focus();
    } catch (problem) {
      if (!isClosed) fill(element, backButton(onBack), failed(problem, show));
    }
  }

  /** Whoever has left and comes back is in it anew. */
  function isAnother(conversation) {
    return conversation !== undefined && conversation !== shown;
  }

  function reopen() {
    pane?.close();
    [pane, shown] = [null, null];
    const another = section();
    element.replaceWith(another);
    element = another;
    show();
  }

  function close() {
    isClosed = true;
    stop();
    pane?.close();
    element.remove();
  }
}

const section = () => h('section', { class: 'talk', 'aria-label': t('talk.messages') });

const backButton = (onclick) =>
  h('header', { class: 'talk-header' }, iconButton('arrow-left', t('talk.back'), onclick, 'back'));
