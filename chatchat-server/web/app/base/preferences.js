/**
 * What somebody has chosen on this device, kept in `localStorage`; where that is closed to us, until the page goes.
 */

const PREFIX = 'chatchat.';

/** What holds before anything is chosen, and which preferences there are. */
const DEFAULTS = {
  /** `''`: as the browser asks; else one of `LANGUAGES`. */
  language: '',
  /** `''`: as the system is; else `light` or `dark`. */
  theme: '',
  /** Whether a new message is heard. */
  sound: 'on',
  /** Whether a new message is shown outside the page. */
  notifications: 'off',
};

const unsaved = new Map();

/**
 * @param {keyof DEFAULTS} name
 * @returns {string}
 */
export function preference(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? DEFAULTS[name];
  } catch {
    return unsaved.get(name) ?? DEFAULTS[name];
  }
}

/**
 * @param {keyof DEFAULTS} name
 * @param {string} value
 */
export function prefer(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    unsaved.set(name, value);
  }
}

/**
 * Tells when another tab has chosen something.
 * @param {(name: string) => void} listener
 */
export function onPreferenceElsewhere(listener) {
  addEventListener('storage', ({ key }) => key?.startsWith(PREFIX) && listener(key.slice(PREFIX.length)));
}
