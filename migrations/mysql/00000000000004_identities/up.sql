-- Accounts at third parties that log in to an account here.
CREATE TABLE IF NOT EXISTS identities (
    provider VARBINARY(32)  NOT NULL,
    subject  VARBINARY(255) NOT NULL,             -- what the provider calls them
    user_id  BINARY(16)     NOT NULL,
    name     VARCHAR(255)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,  -- what it said of them when this was bound
    email    VARCHAR(254)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    bound_at BIGINT         NOT NULL,
    PRIMARY KEY (provider, subject),
    UNIQUE KEY identities_of_user (user_id, provider)
);
