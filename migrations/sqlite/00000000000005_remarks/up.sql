-- What one notes about a friend, for oneself alone.
ALTER TABLE friendships ADD COLUMN remark TEXT;
