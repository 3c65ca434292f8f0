import { h, uniqueId } from './dom.js';
import { keepFocus } from './focus.js';
import { form } from './form.js';
import { iconButton } from './view.js';
import { t } from './words.js';

/**
 * Dialogs: the browser's own, which keeps the focus in, and closes with Esc.
 */

/**
 * Opens a dialog.
 * @param {object} options
 * @param {string} options.title
 * @param {any} options.content as `h` takes children
 * @param {string} [options.class]
 * @param {() => void} [options.onClose] after it has closed, however
 * @returns {{ element: HTMLDialogElement, close: () => void }}
 */
export function openDialog({ title, content, class: name = '', onClose }) {
  const titleId = uniqueId('dialog');
  const giveBack = keepFocus(); // also to what has been made anew by then
  let pressed = null;
  const element = h(
    'dialog',
    {
      class: `dialog ${name}`,
      'aria-labelledby': titleId,
      onpointerdown: ({ target }) => (pressed = target),
      onclick: closeOutside,
      onclose: closed,
    },
    h(
      'div',
      { class: 'dialog-body' },
      h(
        'header',
        null,
        h('h2', { id: titleId }, title),
        closeButton(() => element.close()),
      ),
      content,
    ),
  );
  document.body.append(element);
  element.showModal();
  element.querySelector('[autofocus], input, textarea, select')?.focus();
  return { element, close: () => element.close() };

  function closeOutside(event) {
    // A selection that is drawn out of the dialog ends outside, too.
    if (event.target === element && pressed === element) element.close();
  }

  function closed() {
    element.remove();
    if (document.activeElement === document.body) giveBack();
    onClose?.();
  }
}

/**
 * Asks for a yes; a problem with what follows is shown in the dialog.
 * @param {object} options
 * @param {string} options.title
 * @param {string} [options.text]
 * @param {string} options.confirm what the button says
 * @param {boolean} [options.danger]
 * @param {any[]} [options.fields] to fill in before
 * @param {Record<string, string>} [options.about] problem code → the field that it is about
 * @param {Record<string, string>} [options.words] problem code → the key of other words for it
 * @param {(values: Record<string, string>) => Promise<void> | void} options.run
 */
export function confirm({ title, text, confirm: label, danger = false, fields = [], about, words, run }) {
  const cancel = h('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, t('dialog.cancel'));
  const content = form({
    fields: [text && h('p', null, text), ...fields],
    submit: label,
    danger,
    about,
    words,
    beside: cancel,
    async onSubmit(values) {
      await run(values);
      dialog.close();
    },
  });
  const dialog = openDialog({ title, content, class: 'small' });
  if (fields.length === 0) cancel.focus();
}

/** A button that closes something. */
export const closeButton = (onclick) => iconButton('x', t('dialog.close'), onclick);
