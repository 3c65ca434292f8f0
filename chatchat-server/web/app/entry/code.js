import { h } from '../base/dom.js';
import { field } from '../base/form.js';
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
 * @param {(email: string) => void} options.onSent
 * @returns {(values: { email: string }) => Promise<void>} sends the code
 */
export const codeSender =
  ({ chat, purpose, onSent }) =>
  async ({ email }) => {
    await chat.requestCode(email, purpose);
    onSent(email);
  };

/**
 * The field for the code, which can be sent once more.
 * @param {{ chat: any, purpose: string, email: string }} options
 */
export function codeField({ chat, purpose, email }) {
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
