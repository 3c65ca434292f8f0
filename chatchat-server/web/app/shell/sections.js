import { later } from '../base/later.js';
import { openConversation } from '../sidebar/conversation.js';
import { openConversations } from '../sidebar/conversations.js';

/**
 * What stands where, by the first part of the address: a list, and beside it one thing. `one` tells what that is in a
 * word that changes when it must be opened anew, or nothing. What is not needed at once is loaded when it is.
 */
export const SECTIONS = {
  chats: { list: openConversations, main: openConversation, one: ({ path }) => path.slice(1, 3).join('/') },
  people: {
    list: later(() => import('../people/friends.js'), 'openFriends'),
    main: later(() => import('../people/people.js'), 'openPeople'),
    one: ({ path }) => path[1],
  },
  groups: {
    list: later(() => import('../groups/groups.js'), 'openGroups'),
    main: later(() => import('../groups/group.js'), 'openGroup'),
    one: ({ path }) => path[1],
  },
  search: {
    list: later(() => import('../search/search.js'), 'openSearch'),
    main: later(() => import('../search/search.js'), 'openFound'),
    one: () => null,
  },
  me: {
    list: later(() => import('../me/me.js'), 'openMe'),
    main: later(() => import('../me/me.js'), 'openMine'),
    one: ({ path }) => path[1],
  },
};
