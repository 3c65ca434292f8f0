ALTER TABLE groups DROP COLUMN avatar;
DROP TABLE attachment_uses;
DROP TABLE attachments;
