-- Answers, mentions, edits, recalls, reactions; who is muted; what members set for themselves. Only MariaDB adds a
-- column "if not exists": this can be run again on all three.

-- reply_to: a seq; mentions: the ids, one after the other.
SET @add = IF(
    (SELECT COUNT(*) FROM information_schema.columns
     WHERE table_schema = DATABASE() AND table_name = 'messages' AND column_name = 'reply_to') = 0,
    'ALTER TABLE messages ADD COLUMN reply_to BIGINT, ADD COLUMN mentions VARBINARY(800)',
    'DO 0'
);
PREPARE add_them FROM @add;
EXECUTE add_them;
DEALLOCATE PREPARE add_them;

-- muted_until: until when they may not write; muted: whether they want no notifications.
SET @add = IF(
    (SELECT COUNT(*) FROM information_schema.columns
     WHERE table_schema = DATABASE() AND table_name = 'members' AND column_name = 'muted_until') = 0,
    'ALTER TABLE members ADD COLUMN muted_until BIGINT, ADD COLUMN muted BOOLEAN NOT NULL DEFAULT FALSE, ADD COLUMN pinned BOOLEAN NOT NULL DEFAULT FALSE',
    'DO 0'
);
PREPARE add_them FROM @add;
EXECUTE add_them;
DEALLOCATE PREPARE add_them;

-- The last change of each message that was changed. Those that were not, nearly all, cost nothing here.
CREATE TABLE IF NOT EXISTS message_changes (
    conversation_id BINARY(16) NOT NULL,
    seq             BIGINT     NOT NULL,
    rev             BIGINT     NOT NULL,
    edited_at       BIGINT,
    recalled_at     BIGINT,
    reactions       MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,  -- the emoji, how many, the first people: JSON
    PRIMARY KEY (conversation_id, seq),
    KEY message_changes_by_rev (conversation_id, rev)
);

-- Whom messages mention, to be counted.
CREATE TABLE IF NOT EXISTS mentions (
    conversation_id BINARY(16) NOT NULL,
    user_id         BINARY(16) NOT NULL,
    seq             BIGINT     NOT NULL,
    PRIMARY KEY (conversation_id, user_id, seq)
);

CREATE TABLE IF NOT EXISTS reactions (
    conversation_id BINARY(16)     NOT NULL,
    seq             BIGINT         NOT NULL,
    emoji           VARBINARY(128) NOT NULL,
    user_id         BINARY(16)     NOT NULL,
    reacted_at      BIGINT         NOT NULL,
    PRIMARY KEY (conversation_id, seq, emoji, user_id)
);
