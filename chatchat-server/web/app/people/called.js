import { t } from '../base/words.js';

/**
 * What people and conversations are called here.
 */

/** What the service calls whoever has closed their account: it speaks English alone. */
const CLOSED = 'Deleted user';

/**
 * @param {{ name: string }} user
 * @returns {string}
 */
export const nameOf = ({ name }) => (name === CLOSED ? t('talk.deleted_user') : name);

/** What one calls a friend: one's own remark, or their name. */
export const calledAs = ({ remark, user }) => remark ?? nameOf(user);

/**
 * What a conversation is called: for a friend, as one calls them.
 * @param {{ title: string, peer?: { id: string } | null }} conversation
 * @param {{ friends: ReadonlyMap<string, any> | null }} chat
 * @returns {string}
 */
export const titleOf = ({ title, peer }, { friends }) =>
  peer ? (friends?.get(peer.id)?.remark ?? nameOf({ name: title })) : title;
