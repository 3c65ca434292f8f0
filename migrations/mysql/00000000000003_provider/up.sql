-- The third party that the service ships: its accounts, what they have granted, the access tokens of that.
CREATE TABLE IF NOT EXISTS provider_accounts (
    id            BINARY(16)     NOT NULL PRIMARY KEY,
    username      VARBINARY(64)  NOT NULL,
    username_key  VARBINARY(64)  NOT NULL,        -- the same for all ways to write it
    name          VARCHAR(255)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    email         VARCHAR(254)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    password_hash VARBINARY(255) NOT NULL,
    created_at    BIGINT         NOT NULL,
    UNIQUE KEY provider_accounts_username (username_key)
);

CREATE TABLE IF NOT EXISTS provider_grants (
    id                 BINARY(16)     NOT NULL PRIMARY KEY,
    account_id         BINARY(16)     NOT NULL,
    client_id          VARBINARY(100) NOT NULL,
    scope              VARBINARY(255) NOT NULL,
    nonce              VARBINARY(2000),
    authenticated_at   BIGINT         NOT NULL,
    code_hash          VARBINARY(32),             -- none if there never was a code
    code_used          BOOLEAN        NOT NULL,
    code_expires_at    BIGINT         NOT NULL,
    redirect_uri       VARBINARY(500) NOT NULL,
    redirect_uri_given BOOLEAN        NOT NULL,
    challenge          VARBINARY(32),
    refresh_hash       VARBINARY(32),             -- of the current one
    created_at         BIGINT         NOT NULL,
    expires_at         BIGINT         NOT NULL,
    KEY provider_grants_of_account (account_id, expires_at)
);

CREATE TABLE IF NOT EXISTS provider_tokens (
    hash       BINARY(32) NOT NULL PRIMARY KEY,
    grant_id   BINARY(16) NOT NULL,
    expires_at BIGINT     NOT NULL,
    KEY provider_tokens_of_grant (grant_id, expires_at)
);
