-- Since when somebody may not log in, if they may not.
ALTER TABLE users ADD COLUMN suspended_at INTEGER;

-- What operators have done. Nothing in it is ever changed.
CREATE TABLE audit (
    id       BLOB    NOT NULL PRIMARY KEY,
    at       INTEGER NOT NULL,
    operator TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    subject  TEXT,                            -- to whom or what
    detail   TEXT
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_forgotten BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- So that those of people who never come back are found.
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
