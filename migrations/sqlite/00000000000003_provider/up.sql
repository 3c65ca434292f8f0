-- The third party that the service ships: its accounts, what they have granted, the access tokens of that.
CREATE TABLE provider_accounts (
    id            BLOB    NOT NULL PRIMARY KEY,
    username      TEXT    NOT NULL,
    username_key  TEXT    NOT NULL UNIQUE,    -- the same for all ways to write it
    name          TEXT    NOT NULL,
    email         TEXT,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE provider_grants (
    id                 BLOB    NOT NULL PRIMARY KEY,
    account_id         BLOB    NOT NULL,
    client_id          TEXT    NOT NULL,
    scope              TEXT    NOT NULL,
    nonce              TEXT,
    authenticated_at   INTEGER NOT NULL,
    code_hash          BLOB,                  -- none if there never was a code
    code_used          INTEGER NOT NULL,
    code_expires_at    INTEGER NOT NULL,
    redirect_uri       TEXT    NOT NULL,
    redirect_uri_given INTEGER NOT NULL,
    challenge          BLOB,
    refresh_hash       BLOB,                  -- of the current one
    created_at         INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_grants_of_account ON provider_grants (account_id, expires_at);

CREATE TABLE provider_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,
    grant_id   BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_tokens_of_grant ON provider_tokens (grant_id, expires_at);
