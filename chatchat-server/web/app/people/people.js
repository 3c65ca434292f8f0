import { fill } from '../base/dom.js';
import { empty } from '../base/view.js';
import { t } from '../base/words.js';
import { openBlocked } from './blocked.js';
import { openPerson } from './person.js';
import { openRequests } from './requests.js';

const SCREENS = { requests: openRequests, blocked: openBlocked };

/**
 * What was chosen beside the friends: requests, who is blocked, or somebody.
 * @param {HTMLElement} host
 * @param {import('../shell.js').App} app
 * @param {import('../base/router.js').Route} place
 */
export function openPeople(host, app, { path }) {
  const [, one] = path;
  if (Object.hasOwn(SCREENS, one)) return SCREENS[one](host, app);
  if (one) return openPerson(host, app, one);
  fill(host, empty({ icon: 'user-round', title: t('people.choose'), text: t('people.choose_text') }));
  return { close: () => {} };
}
