DROP INDEX sessions_by_expiry ON sessions;
DROP TABLE IF EXISTS audit;
ALTER TABLE users DROP COLUMN suspended_at;
