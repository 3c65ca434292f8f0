DROP TABLE reactions;
DROP TABLE mentions;
DROP TABLE message_changes;
ALTER TABLE members DROP COLUMN pinned;
ALTER TABLE members DROP COLUMN muted;
ALTER TABLE members DROP COLUMN muted_until;
ALTER TABLE messages DROP COLUMN mentions;
ALTER TABLE messages DROP COLUMN reply_to;
