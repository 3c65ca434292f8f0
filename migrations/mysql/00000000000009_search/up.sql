-- What the texts of each full block of 128 messages hold, in a few bits: whether a word can be in one of them. Only a
-- hint: without its row a block is read instead.
CREATE TABLE IF NOT EXISTS message_signatures (
    conversation_id BINARY(16)      NOT NULL,
    block           BIGINT          NOT NULL,
    bits            VARBINARY(4096) NOT NULL,
    PRIMARY KEY (conversation_id, block)
);
