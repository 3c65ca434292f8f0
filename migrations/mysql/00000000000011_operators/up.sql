-- Since when somebody may not log in, if they may not.
SET @add = IF(
    (SELECT COUNT(*) FROM information_schema.columns
     WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'suspended_at') = 0,
    'ALTER TABLE users ADD COLUMN suspended_at BIGINT',
    'DO 0'
);
PREPARE add_it FROM @add;
EXECUTE add_it;
DEALLOCATE PREPARE add_it;

-- What operators have done. Nothing in it is ever changed: triggers hold that, where the server has any. They are made
-- at a start of the service, as not every server lets everybody make them.
CREATE TABLE IF NOT EXISTS audit (
    id       BINARY(16)    NOT NULL PRIMARY KEY,
    at       BIGINT        NOT NULL,
    operator VARCHAR(255)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    action   VARBINARY(32) NOT NULL,
    subject  VARCHAR(255)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,           -- to whom or what
    detail   TEXT          CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
);

-- So that sessions of people who never come back are found.
SET @add = IF(
    (SELECT COUNT(*) FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND table_name = 'sessions' AND index_name = 'sessions_by_expiry') = 0,
    'CREATE INDEX sessions_by_expiry ON sessions (expires_at)',
    'DO 0'
);
PREPARE add_it FROM @add;
EXECUTE add_it;
DEALLOCATE PREPARE add_it;
