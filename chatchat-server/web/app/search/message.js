import { avatar } from '../base/avatar.js';
import { h } from '../base/dom.js';
import { href } from '../base/router.js';
import { shortMoment, t } from '../base/words.js';
import { titleOf } from '../people/called.js';
import { preview } from '../sidebar/preview.js';
import { marked } from './mark.js';

/**
 * A message that was found, as a link to its place.
 * @param {import('../shell.js').App} app
 * @param {{ message: any, conversation_id: string }} item
 * @param {string} query
 */
export function messageRow(app, { message, conversation_id: id }, query) {
  const { chat, directory } = app;
  const conversation = chat.conversation(id);
  const place = conversation ? titleOf(conversation, chat) : t('search.conversation');
  const who = { id: conversation?.peer?.id ?? id, name: place, avatar_url: conversation?.avatar_url };
  const author = h('span', null, message.sender_id ? directory.knownName(message.sender_id) : '');
  if (message.sender_id) directory.name(message.sender_id).then((name) => (author.textContent = name));
  return h(
    'li',
    null,
    h(
      'a',
      { class: 'row wide', href: href(['chats', id, String(message.seq)]) },
      avatar(who, { kind: conversation?.kind === 'direct' ? 'person' : 'group' }),
      h(
        'div',
        { class: 'row-words' },
        h(
          'div',
          { class: 'line' },
          h('span', { class: 'row-title' }, place),
          h('time', { dateTime: message.created_at }, shortMoment(message.created_at)),
        ),
        h('div', { class: 'hint' }, author),
        h('p', { class: 'found' }, marked(preview(app, message), query)),
      ),
    ),
  );
}
