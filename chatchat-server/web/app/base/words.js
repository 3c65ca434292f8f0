import { preference } from './preferences.js';

/**
 * The words on the screen, in the language chosen or asked for by the browser, and dates and numbers as that language
 * writes them. Changing the language loads the page anew.
 */

/** The languages there are, each named in itself. */
export const LANGUAGES = { en: 'English', zh: '中文' };

/** The language in use. */
export const language = chosen();

/** The same with the region that the browser names, for dates and numbers. */
const locale = (navigator.languages ?? []).find((tag) => tag.startsWith(language)) ?? language;

const words = await load();
const plural = new Intl.PluralRules(language);
document.documentElement.lang = language === 'zh' ? 'zh-Hans' : language;

/**
 * The words for a key. `{name}` in them is replaced by the value of that name; where there are several forms, `n` says
 * which (`Intl.PluralRules`).
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const entry = words[key] ?? key;
  const text = typeof entry === 'string' ? entry : (entry[plural.select(Number(values.n))] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return typeof value === 'number' ? number(value) : (value ?? whole);
  });
}

/** Whether there are words for this key. */
export const hasWords = (key) => key in words;

const formats = new Map();

/** A number, as people write it. */
export const number = (value) => format('number', Intl.NumberFormat, {}).format(value);

/** The time of day: 14:05. */
export const time = (when) => format('time', Intl.DateTimeFormat, { timeStyle: 'short' }).format(new Date(when));

/** A day with its month, and its year unless that is this one. */
export function day(when) {
  const date = new Date(when);
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return isThisYear
    ? format('day', Intl.DateTimeFormat, { month: 'short', day: 'numeric' }).format(date)
    : format('year', Intl.DateTimeFormat, { dateStyle: 'medium' }).format(date);
}

/** A day and the time. */
export const moment = (when) =>
  format('moment', Intl.DateTimeFormat, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(when));

/** How many days ago by the calendar: 0 today, 1 yesterday. */
export function daysAgo(when, now = new Date()) {
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(now) - midnight(new Date(when))) / 86_400_000);
}

/** Short, for lists: the time today, "yesterday", the weekday within a week, else the day. */
export function shortMoment(when) {
  const days = daysAgo(when);
  if (days <= 0) return time(when);
  if (days === 1) return format('relative', Intl.RelativeTimeFormat, { numeric: 'auto' }).format(-1, 'day');
  if (days < 7) return format('weekday', Intl.DateTimeFormat, { weekday: 'short' }).format(new Date(when));
  return day(when);
}

/** How long ago, in words: "5 minutes ago". */
export function ago(when, now = Date.now()) {
  const seconds = Math.round((new Date(when).getTime() - now) / 1000);
  const relative = format('relative', Intl.RelativeTimeFormat, { numeric: 'auto' });
  for (const [unit, length] of [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ]) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return t('time.now');
}

/** Names, one after the other: "Ann, Bob and Chen". */
export const listed = (names) => format('list', Intl.ListFormat, { type: 'conjunction' }).format(names);

function format(name, Format, options) {
  if (!formats.has(name)) formats.set(name, new Format(locale, options));
  return formats.get(name);
}

function chosen() {
  const wanted = [preference('language'), ...(navigator.languages ?? [])];
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES) ?? 'en';
}

async function load() {
  const modules = [import(`../../words/${language}.js`), import(`../../words/talk.${language}.js`)];
  const loaded = await Promise.all(modules);
  return Object.assign({}, ...loaded.map((module) => module.default));
}
