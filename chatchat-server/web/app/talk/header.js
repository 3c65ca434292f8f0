import { avatar } from '../base/avatar.js';
import { fill, h } from '../base/dom.js';
import { iconButton } from '../base/view.js';
import { ago, t } from '../base/words.js';
import { isolated } from './summary.js';

/**
 * The head of a conversation: who it is with, and whether they are there, or writing.
 * @param {import('./row.js').RowContext} context
 * @param {{ onBack: () => void, onDetails: () => void }} leads
 */
export function header({ chat, conversation, names }, { onBack, onDetails }) {
  const portrait = h('span', { class: 'with-presence talk-portrait' });
  const title = h('h2', { class: 'talk-title', tabIndex: -1 });
  const about = h('p', { class: 'talk-about', 'aria-live': 'off' });
  const element = h(
    'header',
    { class: 'talk-header' },
    iconButton('arrow-left', t('talk.back'), onBack, 'back'),
    portrait,
    h('div', { class: 'talk-words' }, title, about),
    iconButton('info', t('talk.details'), onDetails, 'talk-details'),
  );
  let drawn = '';
  update();
  return { element, update, focus: () => title.focus() };

  function update() {
    const { id, kind, avatar_url: url, peer } = conversation;
    const name = names.title;
    const look = `${name} ${url}`;
    if (look !== drawn) {
      drawn = look;
      fill(title, h('bdi', null, name));
      fill(portrait, avatar({ id: peer?.id ?? id, name, avatar_url: url }, { kind: kind === 'group' ? 'group' : 'person' }));
    }
    const presence = peer && conversation.writable ? chat.presence(peer.id) : undefined;
    portrait.toggleAttribute('data-online', Boolean(presence?.online));
    const writing = typingWords();
    about.classList.toggle('typing', writing !== null);
    fill(about, writing ?? standing(presence));
  }

  function typingWords() {
    const { typing, kind } = conversation;
    if (typing.length === 0) return null;
    if (kind === 'direct') return t('talk.typing');
    const [name, other] = typing.map((id) => isolated(names.of(id)));
    if (typing.length > 2) return t('talk.typing_many', { n: typing.length });
    return other ? t('talk.typing_two', { name, other }) : t('talk.typing_one', { name });
  }

  function standing(presence) {
    if (conversation.kind === 'group') return t('talk.members', { n: conversation.group?.member_count ?? 0 });
    if (!presence) return '';
    if (presence.online) return t('talk.online');
    return presence.last_seen_at ? t('talk.last_seen', { when: ago(presence.last_seen_at) }) : t('talk.offline');
  }
}
