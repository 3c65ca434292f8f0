import { Chatchat } from '../chatchat.js';
import { deviceName } from './base/device.js';
import { fill } from './base/dom.js';
import { forgetAll } from './base/tab.js';
import { toast, toastProblem } from './base/toast.js';
import { t } from './base/words.js';
import { isLinking, takeReturn } from './entry/return.js';
import { comesIn, mayHaveSession, rememberSession } from './entry/session.js';
import { needed, waitForServer } from './entry/waiting.js';

/**
 * The client: logged out it shows the entry, logged in the shell, and goes from the one to the other for ever.
 */

const host = document.getElementById('app');
const chat = new Chatchat({ url: location.origin, cookie: true, device: deviceName() });

rememberSession(chat);

let returned = takeReturn();
const isLink = Boolean(returned) && isLinking();
const isGoingOn = isLink || !returned?.loginCode;
let reason = isGoingOn && mayHaveSession() ? await goesOn() : null;
if (isLink && chat.me) {
  await link(returned);
  returned = null;
}

for (; ; returned = null) {
  await comesIn();
  if (!chat.me) {
    const { openEntry } = await needed(host, () => import('./entry/entry.js'));
    await openEntry(host, chat, { returned, reason });
  }
  chat.connect();
  const { Shell } = await needed(host, () => import('./shell.js'));
  const shell = new Shell(host, chat);
  reason = await ended();
  shell.close();
  forgetAll();
  fill(host);
}

/** Goes on with the session of an earlier visit; tells why that cannot be, unless there is none. */
async function goesOn() {
  try {
    await waitForServer(host, () => chat.restore());
    return null;
  } catch (problem) {
    return problem.code;
  }
}

/** Waits for the end of the session, and tells why it came unless one has logged out oneself. */
function ended() {
  return new Promise((resolve) => {
    let reason = null;
    const noted = (event) => (reason = event.detail);
    const changed = () => {
      if (chat.me) return;
      chat.removeEventListener('me', changed);
      // The reason is told right after.
      setTimeout(() => {
        chat.removeEventListener('ended', noted);
        resolve(reason);
      });
    };
    chat.addEventListener('ended', noted);
    chat.addEventListener('me', changed);
    changed();
  });
}

/** Links the account elsewhere from which one has come back. */
async function link({ loginCode, error }) {
  try {
    if (error) throw { code: error };
    await chat.api('POST', '/me/identities', { login_code: loginCode });
    toast(t('identities.linked'));
  } catch (problem) {
    toastProblem(problem);
  }
}
