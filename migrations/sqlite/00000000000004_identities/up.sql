-- Accounts at third parties that log in to an account here.
CREATE TABLE identities (
    provider TEXT    NOT NULL,
    subject  TEXT    NOT NULL,    -- what the provider calls them
    user_id  BLOB    NOT NULL REFERENCES users (id),
    name     TEXT,                -- what it said of them when this was bound
    email    TEXT,
    bound_at INTEGER NOT NULL,
    PRIMARY KEY (provider, subject),
    UNIQUE (user_id, provider)
) STRICT, WITHOUT ROWID;
