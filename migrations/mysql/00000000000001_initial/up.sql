-- Ids are 16 bytes (UUIDs), times microseconds since the Unix epoch, enumerations the names of the contract.
--
-- Only what MySQL 8, MariaDB and TiDB all have. What is compared byte by byte (addresses, folded names, terms, names
-- of objects) is VARBINARY, since the collations that do not ignore trailing spaces differ between them. No foreign
-- keys: their locks make senders wait for each other, and tables spread over machines have none; what they would
-- hold is held by the transactions. As a statement that defines a table commits by itself, each can be run again.

CREATE TABLE IF NOT EXISTS users (
    id            BINARY(16)     NOT NULL PRIMARY KEY,
    email         VARCHAR(254)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    email_key     VARBINARY(1016),                -- the form in which addresses are compared
    name          VARCHAR(255)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    folded_name   VARBINARY(8192) NOT NULL,       -- the form in which search compares
    folded_length BIGINT         NOT NULL,
    bio           TEXT           CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    avatar        VARBINARY(255),
    password_hash VARBINARY(255),
    rev           BIGINT         NOT NULL,        -- of the newest personal event
    created_at    BIGINT         NOT NULL,
    UNIQUE KEY users_email (email_key)
);

CREATE TABLE IF NOT EXISTS user_terms (
    term    VARBINARY(255) NOT NULL,
    user_id BINARY(16)     NOT NULL,
    PRIMARY KEY (term, user_id),
    KEY user_terms_of_user (user_id)
);

CREATE TABLE IF NOT EXISTS sessions (
    id            BINARY(16)     NOT NULL PRIMARY KEY,
    user_id       BINARY(16)     NOT NULL,
    device        VARCHAR(255)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    ip            VARBINARY(64)  NOT NULL,
    refresh_hash  VARBINARY(32)  NOT NULL,
    previous_hash VARBINARY(32),                  -- the refresh token before, and when and from where it was used
    rotated_at    BIGINT,
    rotated_ip    VARBINARY(64),
    created_at    BIGINT         NOT NULL,
    last_seen_at  BIGINT         NOT NULL,
    expires_at    BIGINT         NOT NULL,
    KEY sessions_of_user (user_id, created_at, id)
);

CREATE TABLE IF NOT EXISTS friend_requests (
    id         BINARY(16)    NOT NULL PRIMARY KEY,
    from_id    BINARY(16)    NOT NULL,
    to_id      BINARY(16)    NOT NULL,
    note       TEXT          CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    status     VARBINARY(16) NOT NULL,
    created_at BIGINT        NOT NULL,
    pending    TINYINT GENERATED ALWAYS AS (CASE WHEN status = 'pending' THEN 1 END) STORED,
    UNIQUE KEY friend_requests_one_pending (from_id, to_id, pending),
    KEY friend_requests_from (from_id, status, created_at, id),
    KEY friend_requests_to (to_id, status, created_at, id)
);

-- Each friendship stands here twice, once from each side.
CREATE TABLE IF NOT EXISTS friendships (
    user_id   BINARY(16) NOT NULL,
    friend_id BINARY(16) NOT NULL,
    since     BIGINT     NOT NULL,
    PRIMARY KEY (user_id, friend_id),
    KEY friendships_newest (user_id, since, friend_id)
);

CREATE TABLE IF NOT EXISTS conversations (
    id               BINARY(16)    NOT NULL PRIMARY KEY,
    kind             VARBINARY(16) NOT NULL,
    last_seq         BIGINT        NOT NULL,
    rev              BIGINT        NOT NULL,
    counted          BIGINT        NOT NULL,      -- messages so far that count as unread: all but the server's
    last_activity_at BIGINT        NOT NULL,
    closed           BOOLEAN       NOT NULL,      -- readable, not writable: a direct one after the friendship
    deleted          BOOLEAN       NOT NULL       -- kept for the rev of its end
);

CREATE TABLE IF NOT EXISTS `groups` (
    id            BINARY(16)      NOT NULL PRIMARY KEY,
    name          VARCHAR(255)    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    folded_name   VARBINARY(8192) NOT NULL,
    folded_length BIGINT          NOT NULL,
    description   TEXT            CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    owner_id      BINARY(16)      NOT NULL,
    join_policy   VARBINARY(16)   NOT NULL,
    history       VARBINARY(16)   NOT NULL,
    member_count  BIGINT          NOT NULL,
    rev           BIGINT          NOT NULL,       -- of its last change in the conversation's stream
    created_at    BIGINT          NOT NULL
);

CREATE TABLE IF NOT EXISTS group_terms (
    term     VARBINARY(255) NOT NULL,
    group_id BINARY(16)     NOT NULL,
    PRIMARY KEY (term, group_id),
    KEY group_terms_of_group (group_id)
);

-- Who has gone keeps a row marked as removed, so that the stream can be told again.
CREATE TABLE IF NOT EXISTS members (
    conversation_id BINARY(16)    NOT NULL,
    user_id         BINARY(16)    NOT NULL,
    role            VARBINARY(16) NOT NULL,
    floor           BIGINT        NOT NULL,       -- messages up to this seq are not for them
    read_seq        BIGINT        NOT NULL,
    read_counted    BIGINT        NOT NULL,       -- `counted` of the message at the higher of read_seq and floor
    joined_at       BIGINT        NOT NULL,
    rev             BIGINT        NOT NULL,       -- of their last change in the conversation's stream
    removed         BOOLEAN       NOT NULL,
    PRIMARY KEY (conversation_id, user_id),
    KEY members_of_user (user_id, removed, joined_at, conversation_id),
    KEY members_by_age (conversation_id, removed, joined_at, user_id),
    KEY members_changed (conversation_id, rev)
);

-- Clustered by conversation, so that a page of history is one range.
CREATE TABLE IF NOT EXISTS messages (
    conversation_id BINARY(16)    NOT NULL,
    seq             BIGINT        NOT NULL,
    rev             BIGINT        NOT NULL,
    counted         BIGINT        NOT NULL,       -- the conversation's `counted` with this message
    sender_id       BINARY(16),
    client_id       VARBINARY(256),
    fingerprint     VARBINARY(32),
    kind            VARBINARY(16) NOT NULL,
    body            MEDIUMTEXT    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    created_at      BIGINT        NOT NULL,
    PRIMARY KEY (conversation_id, seq),
    UNIQUE KEY messages_sent_once (conversation_id, sender_id, client_id)
);

-- The service's own secret and the keys that sign its tokens: made by the first node, the same on all.
CREATE TABLE IF NOT EXISTS server_keys (
    name  VARBINARY(64)  NOT NULL PRIMARY KEY,
    value VARBINARY(255) NOT NULL
);
