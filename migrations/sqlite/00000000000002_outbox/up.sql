-- Work owed after a commit, done by whoever claims it first.
CREATE TABLE outbox (
    id         BLOB    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    payload    TEXT    NOT NULL,              -- JSON
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,              -- of work that somebody does now: when it is anybody's again
    attempts   INTEGER NOT NULL,              -- that have begun
    last_error TEXT,
    dead       INTEGER NOT NULL               -- given up, without secrets, kept to be looked at
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (dead, due_at);
