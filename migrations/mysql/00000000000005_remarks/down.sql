ALTER TABLE friendships DROP COLUMN remark;
