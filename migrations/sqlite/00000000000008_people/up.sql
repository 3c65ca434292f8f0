-- Whom people block; who wants to be let into a group.
CREATE TABLE blocks (
    user_id    BLOB    NOT NULL REFERENCES users (id),
    blocked_id BLOB    NOT NULL REFERENCES users (id),
    since      INTEGER NOT NULL,
    PRIMARY KEY (user_id, blocked_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_newest ON blocks (user_id, since, blocked_id);

CREATE TABLE join_requests (
    id         BLOB    NOT NULL PRIMARY KEY,
    group_id   BLOB    NOT NULL,
    user_id    BLOB    NOT NULL REFERENCES users (id),
    status     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX join_requests_one_pending ON join_requests (group_id, user_id) WHERE status = 'pending';
CREATE INDEX join_requests_of_group ON join_requests (group_id, status, created_at, id);
