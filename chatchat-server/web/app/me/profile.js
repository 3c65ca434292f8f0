import { fill, h } from '../base/dom.js';
import { field, form } from '../base/form.js';
import { BIO, NAME } from '../base/limits.js';
import { pictureChooser } from '../base/picture.js';
import { toast } from '../base/toast.js';
import { loaded } from '../base/view.js';
import { day, t } from '../base/words.js';

/**
 * How others see one: name, picture, a few words.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 */
export function openProfile(host, { chat }) {
  return loaded(
    host,
    (signal) => chat.api('GET', '/me', undefined, { signal }),
    (me) => profile(chat, me),
  );
}

function profile(chat, me) {
  const picture = h('div', { class: 'centred' });
  showPicture(me);
  return [
    picture,
    form({
      fields: [
        field({
          name: 'name',
          label: t('register.name'),
          value: me.name,
          required: true,
          autocomplete: 'nickname',
          ...NAME,
        }),
        field({
          name: 'bio',
          label: t('profile.bio'),
          hint: t('profile.bio_hint'),
          type: 'textarea',
          value: me.bio,
          ...BIO,
        }),
        me.email &&
          field({
            name: 'email',
            label: t('entry.email'),
            type: 'email',
            value: me.email,
            readOnly: true,
            hint: t('profile.email_hint'),
          }),
      ],
      submit: t('dialog.save'),
      async onSubmit({ name, bio }) {
        await chat.api('PATCH', '/me', { name, bio });
        toast(t('profile.saved'));
      },
    }),
    h('p', { class: 'hint' }, t('profile.since', { when: day(me.created_at) })),
  ];

  function showPicture(who) {
    fill(picture, pictureChooser({ chat, path: '/me/avatar', who, onChange: showPicture }));
  }
}
