/**
 * Whether this browser may hold a session: no script sees its cookie, and asking the server in vain looks like an error in
 * the browser's console.
 */

const MARK = 'chatchat.session';

/** @returns {boolean} true if that cannot be known */
export function mayHaveSession() {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return true;
  }
}

/**
 * Remembers it from now on.
 * @param {any} chat
 */
export function rememberSession(chat) {
  chat.addEventListener('me', () => mark(chat.me !== null));
  // The browser's session is that of whoever has logged in in another tab. The reason is told after the end.
  chat.addEventListener('ended', ({ detail: reason }) => reason === 'other_account' && mark(true));
}

function mark(isThere) {
  try {
    if (isThere) localStorage.setItem(MARK, '');
    else localStorage.removeItem(MARK);
  } catch {
    // the server is asked each time, then
  }
}

let coming = Promise.resolve();

/**
 * Puts somebody else in the place of whoever is logged in.
 * @param {any} chat
 * @param {{ email: string, password: string }} credentials
 */
export function changePlaces(chat, credentials) {
  const change = chat.logout().then(() => chat.login(credentials));
  coming = change.then(
    () => {},
    () => {},
  );
  return change;
}

/** Waits for who is about to come in, if anybody is: then nobody is asked who it is. */
export const comesIn = () => coming;
