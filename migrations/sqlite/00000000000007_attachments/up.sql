-- Images and files, the messages that they were sent with, and pictures of groups.
CREATE TABLE attachments (
    id            BLOB    NOT NULL PRIMARY KEY,
    uploader_id   BLOB    NOT NULL REFERENCES users (id),
    name          TEXT    NOT NULL,
    size          INTEGER NOT NULL,          -- in bytes
    content_type  TEXT    NOT NULL,
    width         INTEGER,                   -- in pixels, of images
    height        INTEGER,
    object        TEXT    NOT NULL,          -- the object's key, and that of the small picture of an image
    thumbnail     TEXT,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_of_uploader ON attachments (uploader_id, created_at, id);

CREATE TABLE attachment_uses (
    attachment_id   BLOB    NOT NULL,
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (attachment_id, conversation_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_uses_of_conversation ON attachment_uses (conversation_id, seq);

ALTER TABLE groups ADD COLUMN avatar TEXT;
