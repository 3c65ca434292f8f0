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
  chat.addEventListener('me', () => {
    try {
      if (chat.me) localStorage.setItem(MARK, '');
      else localStorage.removeItem(MARK);
    } catch {
      // the server is asked each time, then
    }
  });
}
