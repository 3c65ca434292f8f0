-- What one notes about a friend, for oneself alone. Only MariaDB adds a column "if not exists": this can be run again on
-- all three.
SET @add = IF(
    (SELECT COUNT(*) FROM information_schema.columns
     WHERE table_schema = DATABASE() AND table_name = 'friendships' AND column_name = 'remark') = 0,
    'ALTER TABLE friendships ADD COLUMN remark VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    'DO 0'
);
PREPARE add_it FROM @add;
EXECUTE add_it;
DEALLOCATE PREPARE add_it;
