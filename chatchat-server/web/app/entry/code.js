import { fill, h } from '../base/dom.js';
import { field, form } from '../base/form.js';
import { toastProblem } from '../base/toast.js';
import { t } from '../base/words.js';
import { development } from './development.js';

/**
 * Forms of two steps: an address, then the code that was mailed to it and what else there is to say.
 */

/** How long to wait after a refusal that does not say, in seconds. */
const PAUSE = 5;

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
  /** The code that is on its way, and from when on there may be another. */
  let sent = { email: '', againAt: 0 };
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
      // Who went back and on again has a code already, and would get no other yet.
      const isGood = sent.email === values.email && Date.now() < sent.againAt;
      if (!isGood) await send(values.email);
      goOn(values.email);
    },
  });
  fill(box, first);
  return box;

  async function send(address) {
    const { retry_after: seconds } = await chat.requestCode(address, purpose);
    sent = { email: address, againAt: Date.now() + seconds * 1000 };
    return sent.againAt;
  }

  function goOn(address) {
    const { title: next, fields, submit, onSubmit } = then(address);
    const goBack = () => (fill(box, first), first.querySelector('input').focus());
    const back = h('button', { type: 'button', class: 'button', onclick: goBack }, t('view.back'));
    const about = { invalid_code: 'code' };
    const code = codeField({ email: address, againAt: sent.againAt, send: () => send(address) });
    fill(box, form({ fields: [h('h1', null, next), code, fields], submit, about, beside: back, onSubmit }));
    box.querySelector('[name=code]').focus();
  }
}

/**
 * The field for the code, which can be sent once more.
 * @param {object} options
 * @param {string} options.email
 * @param {number} options.againAt from when on, in milliseconds
 * @param {() => Promise<number>} options.send sends another; tells from when on there may be one more
 */
function codeField({ email, againAt, send }) {
  const again = h('button', { type: 'button', class: 'link small', onclick: resend, disabled: true }, '');
  const mail = h(
    'a',
    { class: 'link small', href: '/dev/mail', target: '_blank', rel: 'noopener', hidden: true },
    t('code.mail'),
  );
  let stop = countDown(again, againAt);
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
      stop = countDown(again, await send());
    } catch (problem) {
      stop = countDown(again, Date.now() + (problem?.retryAfter ?? PAUSE) * 1000);
      toastProblem(problem);
    }
  }
}

/** Counts on a button until it can be used; `until` in milliseconds. */
function countDown(button, until) {
  const begun = Date.now();
  const timer = setInterval(tick, 1000);
  const stop = () => clearInterval(timer);
  tick();
  return stop;

  function tick() {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? t('code.again_in', { n: left }) : t('code.again');
    const isGone = !button.isConnected && Date.now() - begun > 1000; // it is not in the page at first
    if (left <= 0 || isGone) stop();
  }
}
