ALTER TABLE `groups` DROP COLUMN avatar;
DROP TABLE IF EXISTS attachment_uses;
DROP TABLE IF EXISTS attachments;
