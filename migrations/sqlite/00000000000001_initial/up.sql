-- Ids are 16 bytes (UUIDs), times microseconds since the Unix epoch, enumerations the names of the contract.

CREATE TABLE users (
    id            BLOB    NOT NULL PRIMARY KEY,
    email         TEXT,
    email_key     TEXT    UNIQUE,            -- the form in which addresses are compared
    name          TEXT    NOT NULL,
    folded_name   TEXT    NOT NULL,          -- the form in which search compares
    folded_length INTEGER NOT NULL,
    bio           TEXT    NOT NULL,
    avatar        TEXT,
    password_hash TEXT,
    rev           INTEGER NOT NULL,          -- of the newest personal event
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user_terms (
    term    TEXT NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    PRIMARY KEY (term, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_terms_of_user ON user_terms (user_id);

CREATE TABLE sessions (
    id            BLOB    NOT NULL PRIMARY KEY,
    user_id       BLOB    NOT NULL REFERENCES users (id),
    device        TEXT,
    ip            TEXT    NOT NULL,
    refresh_hash  BLOB    NOT NULL,
    previous_hash BLOB,                      -- the refresh token before, and when and from where it was used
    rotated_at    INTEGER,
    rotated_ip    TEXT,
    created_at    INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (user_id, created_at, id);

CREATE TABLE friend_requests (
    id         BLOB    NOT NULL PRIMARY KEY,
    from_id    BLOB    NOT NULL REFERENCES users (id),
    to_id      BLOB    NOT NULL REFERENCES users (id),
    note       TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX friend_requests_one_pending ON friend_requests (from_id, to_id) WHERE status = 'pending';
CREATE INDEX friend_requests_of_pair ON friend_requests (from_id, to_id, status);
CREATE INDEX friend_requests_from ON friend_requests (from_id, status, created_at, id);
CREATE INDEX friend_requests_to ON friend_requests (to_id, status, created_at, id);

-- Each friendship stands here twice, once from each side.
CREATE TABLE friendships (
    user_id   BLOB    NOT NULL REFERENCES users (id),
    friend_id BLOB    NOT NULL REFERENCES users (id),
    since     INTEGER NOT NULL,
    PRIMARY KEY (user_id, friend_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX friendships_newest ON friendships (user_id, since, friend_id);

CREATE TABLE conversations (
    id               BLOB    NOT NULL PRIMARY KEY,
    kind             TEXT    NOT NULL,
    last_seq         INTEGER NOT NULL,
    rev              INTEGER NOT NULL,
    counted          INTEGER NOT NULL,       -- messages so far that count as unread: all but the server's
    last_activity_at INTEGER NOT NULL,
    closed           INTEGER NOT NULL,       -- readable, not writable: a direct one after the friendship
    deleted          INTEGER NOT NULL        -- kept for the rev of its end
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    id            BLOB    NOT NULL PRIMARY KEY REFERENCES conversations (id),
    name          TEXT    NOT NULL,
    folded_name   TEXT    NOT NULL,
    folded_length INTEGER NOT NULL,
    description   TEXT    NOT NULL,
    owner_id      BLOB    NOT NULL REFERENCES users (id),
    join_policy   TEXT    NOT NULL,
    history       TEXT    NOT NULL,
    member_count  INTEGER NOT NULL,
    rev           INTEGER NOT NULL,          -- of its last change in the conversation's stream
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE group_terms (
    term     TEXT NOT NULL,
    group_id BLOB NOT NULL REFERENCES groups (id),
    PRIMARY KEY (term, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_terms_of_group ON group_terms (group_id);

-- Who has gone keeps a row marked as removed, so that the stream can be told again.
CREATE TABLE members (
    conversation_id BLOB    NOT NULL REFERENCES conversations (id),
    user_id         BLOB    NOT NULL REFERENCES users (id),
    role            TEXT    NOT NULL,
    floor           INTEGER NOT NULL,        -- messages up to this seq are not for them
    read_seq        INTEGER NOT NULL,
    read_counted    INTEGER NOT NULL,        -- `counted` of the message at the higher of read_seq and floor
    joined_at       INTEGER NOT NULL,
    rev             INTEGER NOT NULL,        -- of their last change in the conversation's stream
    removed         INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_user ON members (user_id, removed, joined_at, conversation_id);
CREATE INDEX members_by_age ON members (conversation_id, removed, joined_at, user_id);
CREATE INDEX members_changed ON members (conversation_id, rev);

-- Clustered by conversation, so that a page of history is one range. No foreign keys: this is the hot path,
-- and both ends were read in the same transaction.
CREATE TABLE messages (
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL,
    rev             INTEGER NOT NULL,
    counted         INTEGER NOT NULL,        -- the conversation's `counted` with this message
    sender_id       BLOB,
    client_id       TEXT,
    fingerprint     BLOB,
    kind            TEXT    NOT NULL,
    body            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX messages_sent_once ON messages (conversation_id, sender_id, client_id);
