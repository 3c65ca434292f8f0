-- Whom people block; who wants to be let into a group.
CREATE TABLE IF NOT EXISTS blocks (
    user_id    BINARY(16) NOT NULL,
    blocked_id BINARY(16) NOT NULL,
    since      BIGINT     NOT NULL,
    PRIMARY KEY (user_id, blocked_id),
    KEY blocks_newest (user_id, since, blocked_id)
);

CREATE TABLE IF NOT EXISTS join_requests (
    id         BINARY(16)    NOT NULL PRIMARY KEY,
    group_id   BINARY(16)    NOT NULL,
    user_id    BINARY(16)    NOT NULL,
    status     VARBINARY(16) NOT NULL,
    created_at BIGINT        NOT NULL,
    pending    TINYINT GENERATED ALWAYS AS (CASE WHEN status = 'pending' THEN 1 END) STORED,
    UNIQUE KEY join_requests_one_pending (group_id, user_id, pending),
    KEY join_requests_of_group (group_id, status, created_at, id)
);
