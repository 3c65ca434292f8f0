use std::time::Duration;

use async_trait::async_trait;
use chatchat_domain::account::{EmailAddress, UserName};
use chatchat_domain::identity::{
    BINDING_LIFETIME, Claims, ExternalSubject, LoginStore, OpaqueToken, PENDING_LIFETIME, PendingLogin,
    ProviderId, ReturnTo, VerifiedIdentity,
};
use chatchat_domain::{Error, Timestamp};
use fred::interfaces::KeysInterface as _;
use fred::types::Expiration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Redis;

/// Keeps log-ins that are under way for all nodes. Without Redis nobody can log in with a third party.
pub struct RedisLogins {
    redis: Redis,
}

impl RedisLogins {
    pub(super) const fn new(redis: Redis) -> Self {
        Self { redis }
    }

    fn key(&self, kind: &str, key: [u8; 32]) -> String {
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        self.redis.key(&format!("login:{kind}:{hex}"))
    }

    async fn keep(&self, key: String, value: &impl Serialize, lifetime: Duration) -> Result<(), Error> {
        let json = serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))?;
        let line = self.redis.commands().line()?;
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        line.answer("SET", line.set(key, json, Some(Expiration::EX(seconds)), None, false)).await
    }

    async fn get<T: DeserializeOwned>(&self, key: String) -> Result<Option<T>, Error> {
        let line = self.redis.commands().line()?;
        Ok(read(line.answer("GET", line.get(key)).await?))
    }

    async fn take<T: DeserializeOwned>(&self, key: String) -> Result<Option<T>, Error> {
        let line = self.redis.commands().line()?;
        Ok(read(line.answer("GETDEL", line.getdel(key)).await?))
    }
}

/// What cannot be read, an older version may have written: whoever it belongs to begins again.
fn read<T: DeserializeOwned>(json: Option<String>) -> Option<T> {
    serde_json::from_str(&json?).ok()
}

#[async_trait]
impl LoginStore for RedisLogins {
    async fn keep_pending(&self, key: [u8; 32], login: PendingLogin) -> Result<(), Error> {
        self.keep(self.key("pending", key), &PendingJson::from(login), PENDING_LIFETIME).await
    }

    async fn take_pending(&self, key: [u8; 32]) -> Result<Option<PendingLogin>, Error> {
        Ok(self.take::<PendingJson>(self.key("pending", key)).await?.and_then(PendingJson::read))
    }

    async fn keep_verified(&self, key: [u8; 32], identity: VerifiedIdentity) -> Result<(), Error> {
        self.keep(self.key("verified", key), &VerifiedJson::from(identity), BINDING_LIFETIME).await
    }

    async fn verified(&self, key: [u8; 32]) -> Result<Option<VerifiedIdentity>, Error> {
        Ok(self.get::<VerifiedJson>(self.key("verified", key)).await?.and_then(VerifiedJson::read))
    }

    async fn take_verified(&self, key: [u8; 32]) -> Result<Option<VerifiedIdentity>, Error> {
        Ok(self.take::<VerifiedJson>(self.key("verified", key)).await?.and_then(VerifiedJson::read))
    }
}

#[derive(Serialize, Deserialize)]
struct PendingJson {
    provider: String,
    browser: [u8; 32],
    nonce: String,
    verifier: String,
    return_to: String,
    expires_at: i64,
}

impl From<PendingLogin> for PendingJson {
    fn from(login: PendingLogin) -> Self {
        Self {
            provider: login.provider.as_str().to_owned(),
            browser: login.browser,
            nonce: login.nonce.expose().to_owned(),
            verifier: login.verifier.expose().to_owned(),
            return_to: login.return_to.as_str().to_owned(),
            expires_at: login.expires_at.unix_micros(),
        }
    }
}

impl PendingJson {
    fn read(self) -> Option<PendingLogin> {
        Some(PendingLogin {
            provider: ProviderId::new(&self.provider).ok()?,
            browser: self.browser,
            nonce: OpaqueToken::parse(&self.nonce)?,
            verifier: OpaqueToken::parse(&self.verifier)?,
            return_to: ReturnTo::stored(self.return_to),
            expires_at: Timestamp::from_unix_micros(self.expires_at),
        })
    }
}

#[derive(Serialize, Deserialize)]
struct VerifiedJson {
    provider: String,
    subject: String,
    name: Option<String>,
    email: Option<String>,
    browser: Option<[u8; 32]>,
    expires_at: i64,
}

impl From<VerifiedIdentity> for VerifiedJson {
    fn from(identity: VerifiedIdentity) -> Self {
        let Claims { subject, name, email } = identity.claims;
        Self {
            provider: identity.provider.as_str().to_owned(),
            subject: subject.as_str().to_owned(),
            name: name.map(|name| name.as_str().to_owned()),
            email: email.map(|email| email.as_str().to_owned()),
            browser: identity.browser,
            expires_at: identity.expires_at.unix_micros(),
        }
    }
}

impl VerifiedJson {
    fn read(self) -> Option<VerifiedIdentity> {
        let claims = Claims {
            subject: ExternalSubject::new(&self.subject).ok()?,
            name: self.name.map(|name| UserName::new(&name)).transpose().ok()?,
            email: self.email.map(|email| EmailAddress::new(&email)).transpose().ok()?,
        };
        Some(VerifiedIdentity {
            provider: ProviderId::new(&self.provider).ok()?,
            claims,
            browser: self.browser,
            expires_at: Timestamp::from_unix_micros(self.expires_at),
        })
    }
}
