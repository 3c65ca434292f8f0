import { openDialog } from '../base/dialog.js';
import { field, form } from '../base/form.js';
import { DESCRIPTION, NAME } from '../base/limits.js';
import { go, href } from '../base/router.js';
import { t } from '../base/words.js';
import { h } from '../base/dom.js';
import { friendPicker } from './picker.js';

/** Who may come in, with words for each. */
export const policies = () => ['open', 'approval', 'invite'].map((value) => [value, t(`policy.${value}`)]);
/** What who comes later may read, with words for each. */
export const histories = () => ['since_join', 'all'].map((value) => [value, t(`history.${value}`)]);

/**
 * Makes a group, with friends in it from the start.
 * @param {import('../shell.js').App} app
 */
export function createGroup(app) {
  const picker = friendPicker(app);
  const content = form({
    fields: [
      field({ name: 'name', label: t('groups.name'), required: true, autofocus: true, ...NAME }),
      field({ name: 'description', label: t('groups.description'), type: 'textarea', rows: 2, ...DESCRIPTION }),
      h(
        'div',
        { class: 'two' },
        field({ name: 'join_policy', label: t('groups.policy'), options: policies() }),
        field({ name: 'history', label: t('groups.history'), options: histories() }),
      ),
      picker.element,
    ],
    submit: t('groups.create_submit'),
    async onSubmit({ name, description, join_policy, history }) {
      const group = await app.chat.api('POST', '/groups', {
        name,
        description,
        join_policy,
        history,
        member_ids: picker.chosen(),
      });
      close();
      go(href(['chats', group.id]));
    },
  });
  const { close } = openDialog({ title: t('groups.create'), content, onClose: picker.close });
}
