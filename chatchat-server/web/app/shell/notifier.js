import { announce } from '../base/announce.js';
import { on } from '../base/dom.js';
import { preference } from '../base/preferences.js';
import { go, href, route } from '../base/router.js';
import { t } from '../base/words.js';
import { titleOf } from '../people/called.js';
import { preview } from '../sidebar/preview.js';

/** A message that somebody reads within this time, here or elsewhere, is no news; milliseconds. */
const PATIENCE = 600;

/**
 * Tells of new messages: a sound, a notification of the desktop, a word to screen readers. Never of those that are in
 * view, nor of conversations that are muted.
 * @param {import('../shell.js').App} app
 */
export function openNotifier(app) {
  const { chat, directory } = app;
  const timers = new Set();
  const stop = on(chat, 'message', ({ detail }) => {
    if (detail.conversation.muted || isInView(detail.conversation)) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      tell(detail);
    }, PATIENCE);
    timers.add(timer);
  });
  return { close: () => (stop(), timers.forEach(clearTimeout)) };

  async function tell({ conversation, message }) {
    if (conversation.read_seq >= message.seq || isInView(conversation)) return;
    const sender = message.sender_id ? await directory.name(message.sender_id) : '';
    const text = preview(app, message);
    const title =
      conversation.kind === 'group'
        ? t('notify.in_group', { name: sender, group: conversation.title })
        : titleOf(conversation, chat);
    if (document.visibilityState === 'visible') announce(t('notify.message', { name: title, text }));
    const isFirst = await isFirstTab(`${message.conversation_id}/${message.seq}`);
    if (!isFirst) return;
    if (preference('sound') === 'on') sound();
    if (preference('notifications') === 'on' && document.visibilityState !== 'visible') show(conversation, title, text);
  }
}

/** What cannot be heard is still seen. */
const sound = () => import('./chime.js').then(({ chime }) => chime()).catch(() => {});

function show(conversation, title, body) {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  const icon = new URL('../../icon.svg', import.meta.url).href;
  try {
    // One for each conversation: the newest takes the place of the one before.
    const notification = new Notification(title, { body, tag: conversation.id, icon });
    notification.onclick = () => {
      window.focus();
      go(href(['chats', conversation.id]));
      notification.close();
    };
  } catch {
    // Some browsers let no page make one (`canNotify` in `me/settings.js`).
  }
}

function isInView({ id }) {
  const { path } = route();
  return document.visibilityState === 'visible' && document.hasFocus() && path[0] === 'chats' && path[1] === id;
}

/** Of several tabs one alone is heard. */
async function isFirstTab(message) {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    navigator.locks.request(`chatchat.notified/${message}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise((release) => setTimeout(release, 5000));
    });
  });
}
