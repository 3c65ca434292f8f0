DROP INDEX sessions_by_expiry;
DROP TABLE audit;
ALTER TABLE users DROP COLUMN suspended_at;
