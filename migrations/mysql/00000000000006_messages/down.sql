DROP TABLE IF EXISTS reactions;
DROP TABLE IF EXISTS mentions;
DROP TABLE IF EXISTS message_changes;
ALTER TABLE members DROP COLUMN pinned, DROP COLUMN muted, DROP COLUMN muted_until;
ALTER TABLE messages DROP COLUMN mentions, DROP COLUMN reply_to;
