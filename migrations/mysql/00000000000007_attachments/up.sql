-- Images and files, the messages that they were sent with, and pictures of groups. Only MariaDB adds a column "if not
-- exists": this can be run again on all three.
CREATE TABLE IF NOT EXISTS attachments (
    id            BINARY(16)     NOT NULL PRIMARY KEY,
    uploader_id   BINARY(16)     NOT NULL,
    name          VARCHAR(255)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    size          BIGINT         NOT NULL,    -- in bytes
    content_type  VARBINARY(127) NOT NULL,
    width         BIGINT,                     -- in pixels, of images
    height        BIGINT,
    object        VARBINARY(255) NOT NULL,    -- the object's key, and that of the small picture of an image
    thumbnail     VARBINARY(255),
    created_at    BIGINT         NOT NULL,
    KEY attachments_of_uploader (uploader_id, created_at, id)
);

CREATE TABLE IF NOT EXISTS attachment_uses (
    attachment_id   BINARY(16) NOT NULL,
    conversation_id BINARY(16) NOT NULL,
    seq             BIGINT     NOT NULL,
    PRIMARY KEY (attachment_id, conversation_id, seq),
    KEY attachment_uses_of_conversation (conversation_id, seq)
);

SET @add = IF(
    (SELECT COUNT(*) FROM information_schema.columns
     WHERE table_schema = DATABASE() AND table_name = 'groups' AND column_name = 'avatar') = 0,
    'ALTER TABLE `groups` ADD COLUMN avatar VARBINARY(255)',
    'DO 0'
);
PREPARE add_it FROM @add;
EXECUTE add_it;
DEALLOCATE PREPARE add_it;
