-- When the account was closed: its messages stay, under a name that is nobody's. Only MariaDB adds a column "if not
-- exists": this can be run again on all three.
SET @add = IF(
    (SELECT COUNT(*) FROM information_schema.columns
     WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'closed_at') = 0,
    'ALTER TABLE users ADD COLUMN closed_at BIGINT',
    'DO 0'
);
PREPARE add_it FROM @add;
EXECUTE add_it;
DEALLOCATE PREPARE add_it;
