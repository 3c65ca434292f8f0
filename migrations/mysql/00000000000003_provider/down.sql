DROP TABLE IF EXISTS provider_tokens;
DROP TABLE IF EXISTS provider_grants;
DROP TABLE IF EXISTS provider_accounts;
