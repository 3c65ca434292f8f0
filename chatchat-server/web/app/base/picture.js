import { avatar } from './avatar.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { openMenu } from './menu.js';
import { toastProblem } from './toast.js';
import { busy } from './view.js';
import { t } from './words.js';

/** What pictures may be (the API's `PUT …/avatar`), and how big. */
const TYPES = 'image/png,image/jpeg,image/webp';
const MOST_BYTES = 5 * 1024 * 1024;

/**
 * A picture of somebody or of a group that can be changed and removed.
 * @param {object} options
 * @param {any} options.chat
 * @param {string} options.path where the picture is put
 * @param {any} options.who
 * @param {'person' | 'group'} [options.kind]
 * @param {(changed: any) => void} [options.onChange] hears what the server answers
 */
export function pictureChooser({ chat, path, who, kind = 'person', onChange = () => {} }) {
  const input = h('input', {
    type: 'file',
    accept: TYPES,
    hidden: true,
    onchange: chosen,
    'aria-label': t('picture.choose'),
  });
  const button = h(
    'button',
    {
      type: 'button',
      class: 'picture-button',
      'aria-label': t('picture.change'),
      'aria-haspopup': who.avatar_url ? 'menu' : null,
      onclick: open,
    },
    icon('camera'),
  );
  return h('div', { class: 'picture' }, avatar(who, { size: 'huge', kind }), button, input);

  function open() {
    if (!who.avatar_url) return input.click();
    openMenu(button, [
      { label: t('picture.choose'), icon: 'image', run: () => input.click() },
      { label: t('picture.remove'), icon: 'trash', danger: true, run: () => send('DELETE') },
    ]);
  }

  function chosen() {
    const [file] = input.files;
    input.value = '';
    if (!file) return;
    if (file.size > MOST_BYTES) toastProblem({ code: 'payload_too_large' });
    else send('PUT', file);
  }

  function send(method, file) {
    return busy(button, async () => onChange(await chat.api(method, path, file)), toastProblem);
  }
}
