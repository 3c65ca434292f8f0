import { hasWords, t } from './words.js';

/**
 * What the server says is wrong, in the user's words.
 */

/**
 * Why something did not work.
 * @param {any} problem a `Problem` of `chatchat.js`, or whatever was thrown
 * @returns {string}
 */
export function explain(problem) {
  const code = problem?.code;
  if (code === 'validation_failed' && problem.errors?.length) return explainViolation(problem.errors[0]);
  if (code === 'rate_limited' && problem.retryAfter) return t('problem.rate_limited_for', { n: problem.retryAfter });
  if (code && hasWords(`problem.${code}`)) return t(`problem.${code}`);
  if (!code) console.error(problem);
  return t('problem.unknown');
}

/**
 * Which rule a field breaks.
 * @param {{ code: string }} violation
 * @param {{ min?: number, max?: number }} [limits] of the field
 * @returns {string}
 */
export function explainViolation({ code }, { min, max } = {}) {
  if (code === 'too_long' && max) return t('invalid.at_most', { n: max });
  if (code === 'too_short' && min) return t('invalid.at_least', { n: min });
  return hasWords(`invalid.${code}`) ? t(`invalid.${code}`) : t('invalid.other');
}
