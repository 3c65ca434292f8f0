import { h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { allItems } from '../base/pages.js';
import { toast, toastProblem } from '../base/toast.js';
import { busy, button, loaded } from '../base/view.js';
import { ago, moment, t } from '../base/words.js';

/**
 * Where one is logged in.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 */
export function openSessions(host, { chat }) {
  const view = loaded(
    host,
    (signal) => allItems(chat, '/me/sessions', { signal }),
    (sessions) => {
      const others = sessions.filter(({ current }) => !current);
      return [
        h('p', { class: 'hint' }, t('sessions.words')),
        h('ul', { class: 'cards' }, [...sessions.filter(({ current }) => current), ...others].map(row)),
        others.length > 1 && button('log-out', t('sessions.end_others'), end(others), 'quiet-danger block'),
      ];
    },
  );
  const stop = on(chat, 'sessions', () => view.reload());
  return { close: () => (stop(), view.close()) };

  function end(sessions) {
    return ({ currentTarget }) =>
      busy(
        currentTarget,
        async () => {
          for (const { id } of sessions) await chat.api('DELETE', `/me/sessions/${id}`);
          toast(t('sessions.ended', { n: sessions.length }));
          await view.reload();
        },
        toastProblem,
      );
  }

  function row(session) {
    const { device, ip, created_at: begun, last_seen_at: seen, current } = session;
    return h(
      'li',
      { class: 'row wide' },
      h('span', { class: 'row-icon' }, icon(/Android|iOS/.test(device ?? '') ? 'smartphone' : 'monitor')),
      h(
        'div',
        { class: 'row-words' },
        h('div', { class: 'row-title' }, device ?? t('sessions.unknown')),
        h('div', { class: 'row-text' }, t('sessions.seen', { when: ago(seen), ip })),
        h('div', { class: 'row-text' }, t('sessions.begun', { when: moment(begun) })),
      ),
      current
        ? h('span', { class: 'tag accent' }, t('sessions.current'))
        : button(null, t('sessions.end'), end([session]), 'small'),
    );
  }
}
