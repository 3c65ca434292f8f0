/**
 * The shapes of what the service says, and of what this library tells; types alone, nothing that runs.
 *
 * Ids are opaque texts, times are RFC 3339 texts in UTC.
 * @module
 */

/**
 * Somebody, as everybody sees them.
 * @typedef {{id: string, name: string, avatar_url: string | null, bio: string}} User
 */

/**
 * Somebody, as they see themselves.
 * @typedef {User & {email: string | null, has_password: boolean, created_at: string}} Me
 */

/**
 * What a client holds of its session. `refresh_token` is absent where a cookie keeps it.
 * @typedef {object} Tokens
 * @property {'Bearer'} token_type
 * @property {string} access_token
 * @property {number} expires_in seconds
 * @property {string} [refresh_token]
 * @property {number} [refresh_expires_in] seconds
 */

/**
 * What a log-in by a third party has led to: in, or to an address that is to be proven (`bind`).
 * @typedef {{status: 'logged_in', user: Me}
 *   | {status: 'binding_required', binding_token: string, expires_in: number,
 *      suggested: {name: string | null, email: string | null}}} LoginOutcome
 */

/** @typedef {'owner' | 'admin' | 'member'} Role */

/**
 * @typedef {object} Group
 * @property {string} id the id of its conversation as well
 * @property {string} name
 * @property {string} description
 * @property {string | null} avatar_url
 * @property {string} owner_id
 * @property {'open' | 'approval' | 'invite'} join_policy
 * @property {'since_join' | 'all'} history
 * @property {number} member_count
 * @property {string} created_at
 * @property {Role | null} [my_role]
 */

/** @typedef {{user: User, role: Role, muted_until: string | null, joined_at: string}} Member */

/**
 * @typedef {object} Friend
 * @property {User} user
 * @property {string | null} remark
 * @property {string} conversation_id
 * @property {string} since
 * @property {boolean} online
 * @property {string | null} last_seen_at
 */

/** @typedef {{online: boolean, last_seen_at: string | null}} Presence */

/** @typedef {{emoji: string, count: number, user_ids: string[]}} Reaction `user_ids` are the first 50. */

/** @typedef {{type: 'text', text: string}} TextContent */

/**
 * @typedef {object} AttachmentContent
 * @property {'image' | 'file'} type
 * @property {string} attachment_id
 * @property {string} name
 * @property {number} size bytes
 * @property {string} content_type
 * @property {number} [width] pixels
 * @property {number} [height] pixels
 */

/**
 * Something that the server says in a conversation.
 * @typedef {object} SystemContent
 * @property {'system'} type
 * @property {'member_joined' | 'member_left' | 'member_kicked' | 'group_renamed' | 'owner_changed'} event
 * @property {string} [user_id] whom it is about
 * @property {string} [by] who did it
 * @property {string} [name] the group's new name
 */

/** @typedef {TextContent | AttachmentContent | SystemContent} Content */

/**
 * A message that is stored. One that is recalled has no content.
 * @typedef {object} Message
 * @property {string} conversation_id
 * @property {number} seq its place: 1, 2, 3 … without a hole
 * @property {number} rev the conversation's rev at the message's last change
 * @property {string | null} sender_id
 * @property {string | null} client_id
 * @property {Content | null} content
 * @property {number | null} reply_to the seq of another message
 * @property {string[]} mentions ids of users
 * @property {Reaction[]} reactions
 * @property {string} created_at
 * @property {string | null} edited_at
 * @property {string | null} recalled_at
 */

/**
 * A conversation as the service describes it to one of its members.
 * @typedef {object} ConversationView
 * @property {string} id
 * @property {'direct' | 'group'} kind
 * @property {string} title
 * @property {string | null} avatar_url
 * @property {User | null} peer
 * @property {Group | null} group
 * @property {Message | null} last_message
 * @property {number} last_seq
 * @property {number} rev
 * @property {number} read_seq
 * @property {number} unread
 * @property {number} mentions
 * @property {boolean} muted
 * @property {boolean} pinned
 */

/**
 * Where a conversation stands.
 * @typedef {{id: string, last_seq: number, rev: number, read_seq: number, unread: number}} Head
 */

/**
 * An image or a file that was uploaded.
 * @typedef {Omit<AttachmentContent, 'type'>} Attachment
 */

/**
 * A message that is on its way. `failed` ones wait for `retry` or `discard`; all others go by themselves.
 * @typedef {object} Pending
 * @property {string} client_id
 * @property {string} conversation_id
 * @property {TextContent | {type: 'image' | 'file', name: string, size: number, content_type: string}} content
 * @property {number | null} reply_to
 * @property {string[]} mentions
 * @property {'waiting' | 'sending' | 'failed'} state
 * @property {import('./problem.js').Problem | null} problem why it failed
 * @property {Blob | null} blob what is uploaded, to show it meanwhile
 * @property {number} progress of the upload, 0 to 1
 * @property {string} created_at
 */

/**
 * What has happened in a conversation: `seqs` are the messages concerned (null: none, or all after `reset`).
 * @typedef {object} Change
 * @property {'message' | 'updated' | 'reset' | 'settings' | 'members' | 'group' | 'pending' | 'receipts' | 'typing' | 'removed'} kind
 * @property {Set<number> | null} seqs
 */

/** @typedef {'offline' | 'connecting' | 'online'} State How the connection is. */

/**
 * A frame of the server that nobody has asked for.
 * @typedef {object} ServerEvent
 * @property {'event'} op
 * @property {string} event
 * @property {string} [conversation_id]
 * @property {number} [rev] its place in the conversation's stream
 * @property {number} [user_rev] its place in the person's own stream
 * @property {any} data
 */

/**
 * A page of what has changed in a conversation.
 * @typedef {object} ChangesPage
 * @property {Message[]} messages
 * @property {Array<Member | {user_id: string, removed: true}>} members
 * @property {Group | null} group
 * @property {number} head_rev
 * @property {number} through_rev where to go on from
 * @property {boolean} has_more
 * @property {false} [reset]
 */

/** @typedef {{reset: true, head_rev: number}} ChangesReset Too much has changed: fetch afresh. */

/**
 * What may be put in the place of the browser's own, and how this client keeps its session.
 * @typedef {object} Options
 * @property {string} url where the service is, such as `location.origin`
 * @property {boolean} [cookie] true: the refresh token stays in a cookie that no script can read; for pages of the service's own origin
 * @property {TokenStore} [tokens] without `cookie`: where the refresh token is kept; by default in memory alone
 * @property {string} [device] how this session is named in the list of sessions
 * @property {typeof globalThis.fetch} [fetch]
 * @property {new (url: string, protocols: string) => WebSocket} [WebSocket]
 * @property {IDBFactory} [indexedDB] keeps what is to be sent; without it, that is kept in memory
 * @property {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} [storage] with `cookie`: keeps which log-out the service has not heard yet
 * @property {LockManager} [locks] shares the work among tabs
 * @property {new (name: string) => BroadcastChannel} [BroadcastChannel] tells other tabs
 * @property {() => number} [now] milliseconds
 * @property {() => number} [random] from 0 to 1
 * @property {(ms: number, signal?: AbortSignal) => Promise<void>} [sleep] ends early, without an error, when it is aborted
 */

/**
 * Keeps a refresh token for the next visit.
 * @typedef {object} TokenStore
 * @property {() => string | null | Promise<string | null>} load
 * @property {(refreshToken: string | null) => void | Promise<void>} save
 */

/**
 * What a conversation needs of the client that it belongs to.
 * @typedef {object} Host
 * @property {string} me the id of whoever is logged in
 * @property {number} userRev how far the person's own stream has come
 * @property {(method: string, path: string, body?: unknown) => Promise<any>} api
 * @property {(op: string, data: object) => Promise<any>} request
 * @property {import('./outbox.js').Outbox} outbox
 * @property {import('./clock.js').Clock} clock
 * @property {(userId: string) => boolean} isFriend true if that is not known yet
 * @property {(conversation: import('./conversation.js').Conversation, message: Message) => void} heard a new message from somebody else
 * @property {(conversation: import('./conversation.js').Conversation) => void} changed
 * @property {(conversation: import('./conversation.js').Conversation) => void} opened messages of it are kept from now on
 */

export {};
