-- Work owed after a commit, done by whoever claims it first.
CREATE TABLE IF NOT EXISTS outbox (
    id         BINARY(16)    NOT NULL PRIMARY KEY,
    kind       VARBINARY(16) NOT NULL,
    payload    TEXT          CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- JSON
    created_at BIGINT        NOT NULL,
    due_at     BIGINT        NOT NULL,            -- of work that somebody does now: when it is anybody's again
    attempts   BIGINT        NOT NULL,            -- that have begun
    last_error TEXT          CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    dead       BOOLEAN       NOT NULL,            -- given up, without secrets, kept to be looked at
    KEY outbox_due (dead, due_at)
);
