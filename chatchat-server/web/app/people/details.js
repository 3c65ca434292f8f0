import { fill, h, on } from '../base/dom.js';
import { toggle } from '../base/form.js';
import { go, href } from '../base/router.js';
import { toastProblem } from '../base/toast.js';
import { button, paneHeader } from '../base/view.js';
import { t } from '../base/words.js';
import { personCard } from './person.js';

/**
 * With whom a conversation is, and one's own settings for it.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {any} conversation
 * @param {{ onClose: () => void }} options
 */
export function openPersonDetails(host, app, conversation, { onClose }) {
  const card = h('div', null);
  const settings = h('div', null);
  fill(
    host,
    paneHeader({ title: t('chats.details'), onClose }),
    h('div', { class: 'pane-body' }, card, settings, searchButton(conversation)),
  );
  const person = conversation.peer
    ? personCard(card, app, conversation.peer.id, { isHere: true })
    : { close: () => {} };
  const stop = showSettings(settings, conversation);
  return { close: () => (person.close(), stop()) };
}

/**
 * One's own settings for a conversation, kept as they are now.
 * @returns {() => void} ends it
 */
export function showSettings(host, conversation) {
  const toggles = [setting('muted', 'chats.mute_label', 'chats.mute_hint'), setting('pinned', 'chats.pin_label')];
  const inputs = toggles.map((one) => one.querySelector('input'));
  const show = () => inputs.forEach((input) => (input.checked = conversation[input.name]));
  fill(host, h('div', { class: 'settings-list' }, toggles));
  return on(conversation, 'change', ({ detail }) => detail.kind === 'settings' && show());

  function setting(name, label, hint) {
    const onchange = ({ target }) =>
      conversation.set({ [name]: target.checked }).catch((problem) => (toastProblem(problem), show()));
    return toggle({ name, label: t(label), hint: hint && t(hint), checked: conversation[name], onchange });
  }
}

/** Leads to the search within a conversation. */
export const searchButton = ({ id }) =>
  button('search', t('chats.search'), () => go(href(['search'], { in: id })), 'outline block');
