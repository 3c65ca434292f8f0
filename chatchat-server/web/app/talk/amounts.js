import { language } from '../base/words.js';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];

/**
 * How big something is, as people say it: "1.4 MB".
 * @param {number} bytes
 */
export function size(bytes) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return new Intl.NumberFormat(language, {
    style: 'unit', unit: UNITS[power], unitDisplay: power === 0 ? 'long' : 'short', maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value);
}

/**
 * A part of something: "45%".
 * @param {number} part 0 to 1
 */
export const percent = (part) => new Intl.NumberFormat(language, { style: 'percent' }).format(part);
