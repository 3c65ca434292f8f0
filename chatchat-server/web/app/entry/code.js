import { fill, h } from '../base/dom.js';
import { field, form } from '../base/form.js';
import { toastProblem } from '../base/toast.js';
import { t } from '../base/words.js';
import { development } from './development.js';

/**
 * Forms of two steps: an address, then the code that was mailed to it and what else there is to say.
 */

/**
 * @param {object} options
 * @param {any} options.chat
 * @param {string} options.purpose of the code
 * @param {string} options.title
 * @param {string} options.words what the address is asked for
 * @param {string | null} [options.email] the address, if one is likely
 * @param {any} [options.beside] stands beside the first button
 * @param {(email: string) => { title: string, fields: any[], submit: string, onSubmit: (values: any) => Promise<unknown> }} options.then
 *   what is asked for besides the code
 * @returns {HTMLElement}
 */
export function twoSteps({ chat, purpose, title, words, email, beside, then }) {
  const box = h('div', null);
  const first = form({
    fields: [
      h('h1', null, title),
      h('p', { class: 'hint' }, words),
      field({
        name: 'email',
        label: t('entry.email'),
        type: 'email',
        autocomplete: 'username',
        required: true,
        autofocus: true,
        value: email ?? '',
      }),
    ],
    submit: t('code.send'),
    beside,
    async onSubmit(values) {
      await chat.requestCode(values.email, purpose);
      goOn(values.email);
    },
  });
  fill(box, first);
  return box;

  function goOn(address) {
    const { title: next, fields, submit, onSubmit } = then(address);
    const back = h('button', { type: 'button', class: 'button', onclick: () => fill(box, first) }, t('view.back'));
    const about = { invalid_code: 'code' };
    const all = [h('h1', null, next), codeField({ chat, purpose, email: address }), fields];
    fill(box, form({ fields: all, submit, about, beside: back, onSubmit }));
    box.querySelector('[name=code]').focus();
  }
}

/**
 * The field for the code, which can be sent once more.
 * @param {{ chat: any, purpose: string, email: string }} options
 */
function codeField({ chat, purpose, email }) {
  const again = h('button', { type: 'button', class: 'link small', onclick: resend, disabled: true }, '');
  const mail = h(
    'a',
    { class: 'link small', href: '/dev/mail', target: '_blank', rel: 'noopener', hidden: true },
    t('code.mail'),
  );
  let stop = countDown(again, 60);
  development().then((told) => (mail.hidden = !told.mail));
  return [
    h('p', { class: 'hint', role: 'status' }, t('code.sent', { email })),
    field({
      name: 'code',
      label: t('code.label'),
      inputMode: 'numeric',
      autocomplete: 'one-time-code',
      maxLength: 12,
      required: true,
      autofocus: true,
      class: 'code-input',
    }),
    h('p', { class: 'code-links' }, again, mail),
  ];

  async function resend() {
    stop();
    again.disabled = true;
    try {
      const { retry_after: seconds } = await chat.requestCode(email, purpose);
      stop = countDown(again, seconds);
    } catch (problem) {
      stop = countDown(again, problem?.retryAfter ?? 5);
      toastProblem(problem);
    }
  }
}

/** Counts on a button until it can be used. */
function countDown(button, seconds) {
  const until = Date.now() + seconds * 1000;
  const timer = setInterval(tick, 1000);
  const stop = () => clearInterval(timer);
  tick();
  return stop;

  function tick() {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? t('code.again_in', { n: left }) : t('code.again');
    if (left <= 0 || (!button.isConnected && left < seconds - 1)) stop();
  }
}
