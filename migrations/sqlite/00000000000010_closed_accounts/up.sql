-- When the account was closed: its messages stay, under a name that is nobody's.
ALTER TABLE users ADD COLUMN closed_at INTEGER;
