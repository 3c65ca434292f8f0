-- What the texts of each full block of 128 messages hold, in a few bits: whether a word can be in one of them. Only a
-- hint: without its row a block is read instead.
CREATE TABLE message_signatures (
    conversation_id BLOB    NOT NULL,
    block           INTEGER NOT NULL,
    bits            BLOB    NOT NULL,
    PRIMARY KEY (conversation_id, block)
) STRICT, WITHOUT ROWID;
