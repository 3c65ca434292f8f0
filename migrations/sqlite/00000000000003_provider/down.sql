DROP TABLE provider_tokens;
DROP TABLE provider_grants;
DROP TABLE provider_accounts;
