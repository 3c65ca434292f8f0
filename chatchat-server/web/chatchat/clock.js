/** Time and chance as this library sees them, so that a test can put others in their place. */
export class Clock {
  /** @param {Pick<import('./types.js').Options, 'now' | 'random' | 'sleep'>} options */
  constructor({ now, random, sleep }) {
    /** @type {() => number} milliseconds */
    this.now = now ?? Date.now;
    /** @type {() => number} from 0 to 1 */
    this.random = random ?? Math.random;
    /** @type {(ms: number, signal?: AbortSignal) => Promise<void>} ends early, without an error, when it is aborted */
    this.sleep = sleep ?? rest;
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function rest(ms, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
    function end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    }
  });
}

const SHORTEST = 500;
const LONGEST = 30_000;

/**
 * How long to wait before the next attempt: anything up to a limit that doubles ("full jitter"), so that clients which
 * lost the same node do not come back at once.
 * @param {number} attempt 0 for the first
 * @param {number} chance from 0 to 1
 * @returns {number} milliseconds
 */
export const backoff = (attempt, chance) => chance * Math.min(LONGEST, SHORTEST * 2 ** attempt);

/**
 * Runs something soon, once the page can show what comes of it, and also while nobody looks.
 * @param {() => void} run
 */
export function soon(run) {
  if (typeof requestAnimationFrame !== 'function') return void queueMicrotask(run);
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    run();
  };
  requestAnimationFrame(once);
  setTimeout(once, 100);
}
