import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/**
 * The words of the web client: both languages have all of them, and none is without use.
 */

const web = join(import.meta.dirname, '../../chatchat-server/web');
const languages = { en: await wordsOf('en'), zh: await wordsOf('zh') };
const sources = readdirSync(join(web, 'app'), { recursive: true })
  .filter((name) => name.endsWith('.js'))
  .map((name) => [name, readFileSync(join(web, 'app', name), 'utf8')]);

async function wordsOf(language) {
  const files = [`${language}.js`, `talk.${language}.js`];
  const modules = await Promise.all(files.map((file) => import(join(web, 'words', file))));
  return Object.assign({}, ...modules.map((module) => module.default));
}

/** The names in `{…}` of all forms. */
const placeholders = (entry) =>
  new Set(
    [entry]
      .flatMap((words) => (typeof words === 'string' ? [words] : Object.values(words)))
      .join(' ')
      .match(/\{\w+\}/g),
  );

test('both languages have words for the same keys', () => {
  assert.deepEqual(Object.keys(languages.zh).sort(), Object.keys(languages.en).sort());
});

test('both languages speak of the same values', () => {
  for (const [key, entry] of Object.entries(languages.en)) {
    assert.deepEqual(placeholders(languages.zh[key]), placeholders(entry), key);
  }
});

test('every key that the source names has words', () => {
  const sections = [...new Set(Object.keys(languages.en).map((key) => key.split('.')[0]))].join('|');
  const whole = new RegExp(`'((?:${sections})\\.[\\w.]+)'`, 'g');
  const begun = new RegExp(`\`((?:${sections})\\.[\\w.]*)\\$\\{`, 'g');
  for (const [name, source] of sources) {
    for (const [, key] of source.matchAll(whole)) assert.ok(key in languages.en, `${name}: ${key}`);
    for (const [, start] of source.matchAll(begun)) {
      assert.ok(
        Object.keys(languages.en).some((key) => key.startsWith(start)),
        `${name}: ${start}…`,
      );
    }
  }
});

/** The codes that the server has: those of the rules of the product, and those that only a transport knows. */
function codesOfServer() {
  const part = (path, begin) => readFileSync(join(web, '../..', path), 'utf8').split(`\n${begin} {`)[1].split('\n}')[0];
  const refusals = part('chatchat-domain/src/error.rs', 'refusals!').matchAll(/^ {4}\w+ "(\w+)"/gm);
  const kinds = part('chatchat-server/src/problem.rs', 'transport_kinds!').matchAll(/^ {4}\w+ \d+ "(\w+)"/gm);
  return [...refusals, ...kinds].map(([, code]) => code);
}

/** The codes that only the client has. */
function codesOfClient() {
  const library = readdirSync(join(web, 'chatchat')).map((name) => readFileSync(join(web, 'chatchat', name), 'utf8'));
  const all = [...sources.map(([, source]) => source), ...library].join('\n');
  return [...all.matchAll(/\bcode: '(\w+)'/g)].map(([, code]) => code);
}

/** What comes after the beginnings of keys that the source puts together; `null`: whatever there is. */
const ENDS = {
  'connection.': ['offline', 'connecting'],
  'ended.': ['session_ended', 'other_account'],
  'groups.mute_': ['10', '60', '1440', '10080'],
  'history.': ['since_join', 'all'],
  'invalid.': null,
  'jump.': ['messages', 'people', 'groups'],
  'me.': ['profile', 'settings', 'password', 'identities', 'sessions', 'account'],
  'people.': ['requests', 'blocked', 'incoming', 'outgoing'],
  'policy.': ['open', 'approval', 'invite'],
  'problem.': [...codesOfServer(), ...codesOfClient()],
  'role.': ['owner', 'admin', 'member'],
  'search.': ['messages', 'people', 'groups'],
  'settings.': ['theme', 'language'],
  'shell.': ['chats', 'people', 'groups', 'search', 'me'],
  'talk.': ['waiting', 'sending', 'failed'],
  'talk.notice.': ['member_joined', 'member_left', 'member_kicked', 'group_renamed', 'owner_changed'],
  'theme.': ['system', 'light', 'dark'],
};

test('every key is used', () => {
  const all = sources.map(([, source]) => source).join('\n');
  const starts = new Set([...all.matchAll(/(?:t|hasWords)\(`([\w.]+)\$\{/g)].map(([, start]) => start));
  assert.deepEqual([...starts].sort(), Object.keys(ENDS), 'what comes after each is known');
  const isEnd = (start, end) => ENDS[start] === null || ENDS[start].includes(end);
  const isPutTogether = (key) =>
    [...starts].some((start) => key.startsWith(start) && isEnd(start, key.slice(start.length)));
  const unused = Object.keys(languages.en).filter((key) => !all.includes(`'${key}'`) && !isPutTogether(key));
  assert.deepEqual(unused, []);
});

test('there are words for whatever the server says is wrong', () => {
  const codes = codesOfServer();
  assert.ok(codes.includes('suspended') && codes.includes('rate_limited'), 'the codes are found');
  const wordless = codes.filter((code) => !(`problem.${code}` in languages.en));
  assert.deepEqual(wordless, []);
});

test('there are words for what only the client says is wrong', () => {
  const told = codesOfClient();
  assert.ok(told.includes('outbox_full') && told.includes('not_loaded'), 'the codes are found');
  const wordless = told.filter((code) => ![`problem.${code}`, `ended.${code}`].some((key) => key in languages.en));
  assert.deepEqual(wordless, []);
});
