import { day, daysAgo, t } from '../base/words.js';

/**
 * A day as a line between messages has it: "Today", "Yesterday", "Jan 31".
 * @param {string} when
 */
export function dayName(when) {
  const days = daysAgo(when);
  if (days === 0) return t('talk.today');
  return days === 1 ? t('talk.yesterday') : day(when);
}
