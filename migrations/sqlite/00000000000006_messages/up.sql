-- Answers, mentions, edits, recalls, reactions; who is muted; what members set for themselves.

ALTER TABLE messages ADD COLUMN reply_to INTEGER;
ALTER TABLE messages ADD COLUMN mentions BLOB;        -- the ids, one after the other

ALTER TABLE members ADD COLUMN muted_until INTEGER;   -- until when they may not write
ALTER TABLE members ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;    -- whether they want no notifications
ALTER TABLE members ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;

-- The last change of each message that was changed. Those that were not, nearly all, cost nothing here.
CREATE TABLE message_changes (
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL,
    rev             INTEGER NOT NULL,
    edited_at       INTEGER,
    recalled_at     INTEGER,
    reactions       TEXT,                    -- the emoji, how many there are of each, and the first people: JSON
    PRIMARY KEY (conversation_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_changes_by_rev ON message_changes (conversation_id, rev);

-- Whom messages mention, to be counted.
CREATE TABLE mentions (
    conversation_id BLOB    NOT NULL,
    user_id         BLOB    NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE reactions (
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL,
    emoji           TEXT    NOT NULL,
    user_id         BLOB    NOT NULL,
    reacted_at      INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, seq, emoji, user_id)
) STRICT, WITHOUT ROWID;
