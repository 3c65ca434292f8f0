import { confirm } from '../base/dialog.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { toast } from '../base/toast.js';
import { button, loaded } from '../base/view.js';
import { day, t } from '../base/words.js';
import { goToProvider } from '../entry/return.js';

/**
 * The accounts elsewhere with which one can log in.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 */
export function openIdentities(host, { chat }) {
  const fetch = (signal) =>
    Promise.all(['/me/identities', '/auth/providers'].map((path) => chat.api('GET', path, undefined, { signal })));
  const view = loaded(host, fetch, ([bound, providers]) => [
    h('p', { class: 'hint' }, t('identities.words')),
    h(
      'ul',
      { class: 'cards' },
      providers.items.map((provider) =>
        row(
          provider,
          bound.items.find(({ provider: id }) => id === provider.id),
        ),
      ),
    ),
    providers.items.length === 0 && h('p', { class: 'hint' }, t('identities.none')),
  ]);
  return view;

  function row({ id, name, flows }, identity) {
    const words = identity
      ? t('identities.bound', {
          name: identity.name ?? identity.email ?? identity.subject,
          when: day(identity.bound_at),
        })
      : t('identities.not_bound');
    const action = identity
      ? button('unlink', t('identities.unlink'), () => unlink({ id, name }), 'small')
      : flows.includes('code') &&
        button('link', t('identities.link'), () => goToProvider(chat, id, { link: true }), 'small primary');
    return h(
      'li',
      { class: 'row wide' },
      h('span', { class: 'row-icon' }, icon('globe')),
      h('div', { class: 'row-words' }, h('div', { class: 'row-title' }, name), h('div', { class: 'row-text' }, words)),
      action,
    );
  }

  function unlink({ id, name }) {
    confirm({
      title: t('identities.unlink_title', { name }),
      text: t('identities.unlink_text', { name }),
      confirm: t('identities.unlink'),
      danger: true,
      async run() {
        await chat.api('DELETE', `/me/identities/${encodeURIComponent(id)}`);
        toast(t('identities.unlinked'));
        view.reload();
      },
    });
  }
}
