import { fill, h } from '../base/dom.js';
import { later } from '../base/later.js';
import { lazily } from '../base/lazily.js';
import { go, href } from '../base/router.js';
import { toastProblem } from '../base/toast.js';
import { empty, failed, loading } from '../base/view.js';
import { t } from '../base/words.js';

/** Loads what shows a conversation; the list does when somebody comes near it. */
export const loadTalk = () => import('../talk/talk.js');

const openTalk = later(loadTalk, 'openTalk');
const openGroupDetails = later(() => import('../groups/details.js'), 'openGroupDetails');
const openPersonDetails = later(() => import('../people/details.js'), 'openPersonDetails');

/**
 * The conversation that was chosen, or a word about choosing one.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export function openConversation(host, app, { path }) {
  const [, id, seq] = path;
  if (!id) {
    fill(host, empty({ icon: 'message-circle', title: t('chats.choose'), text: t('chats.choose_text') }));
    return { close: () => {} };
  }
  return openTalk(host, app.chat, id, {
    seq: Number(seq) || undefined,
    onBack: () => go(href(['chats'])),
    onDetails: () => go(href(['chats', id], { info: '1' })),
    onPerson: (user) => lazily(() => import('../people/person.js'), ({ showPerson }) => showPerson(app, user)),
    onProblem: toastProblem,
  });
}

/**
 * Who or what a conversation is, beside it.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export function openDetails(host, app, { path }) {
  const [, id] = path;
  let view = null;
  let isClosed = false;
  open();
  return { close: () => ((isClosed = true), view?.close()) };

  async function open() {
    fill(host, loading());
    try {
      const conversation = await app.chat.openConversation(id);
      if (isClosed) return;
      fill(host);
      const options = { onClose: () => go(href(['chats', id])) };
      view = (conversation.kind === 'group' ? openGroupDetails : openPersonDetails)(host, app, conversation, options);
      view.focus();
    } catch (problem) {
      if (!isClosed) fill(host, h('div', null, failed(problem, open)));
    }
  }
}
