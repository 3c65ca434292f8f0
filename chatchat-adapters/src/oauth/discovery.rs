use std::sync::Arc;
use std::time::Duration;

use chatchat_domain::identity::{Claims, OpaqueToken};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use oauth2::{AuthUrl, TokenUrl};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::fault::{Fault, wrong};
use super::http::{Http, is_safe};
use super::{ClientAuth, id_token};

/// How long is believed what a provider has said of itself.
const BELIEVED_FOR: Duration = Duration::from_secs(3600);
/// How long a key that was not there is not asked for again.
const NOT_ASKED_AGAIN_FOR: Duration = Duration::from_secs(30);
/// No provider has more keys than this.
const MOST_KEYS: usize = 100;

/// What an OpenID provider says of itself (OpenID Connect Discovery, section 3; RFC 9207, section 3).
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: AuthUrl,
    pub(super) token_endpoint: TokenUrl,
    pub(super) userinfo_endpoint: Option<Url>,
    jwks_uri: Url,
    #[serde(default, rename = "authorization_response_iss_parameter_supported")]
    pub(super) tells_issuer: bool,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Metadata {
    /// `client_secret_basic` unless it says otherwise (RFC 8414, section 2).
    pub(super) fn client_auth(&self) -> ClientAuth {
        let has = |methods: &[String], name: &str| methods.iter().any(|method| method == name);
        match self.token_endpoint_auth_methods_supported.as_deref() {
            Some(methods) if !has(methods, "client_secret_basic") && has(methods, "client_secret_post") => {
                ClientAuth::Post
            }
            _ => ClientAuth::Basic,
        }
    }

    fn check(self, issuer: &str) -> Result<Self, Fault> {
        if self.issuer != issuer {
            return Err(wrong("it calls itself something else"));
        }
        let others = [Some(&self.jwks_uri), self.userinfo_endpoint.as_ref()];
        let all = [self.authorization_endpoint.url(), self.token_endpoint.url()];
        if !all.into_iter().chain(others.into_iter().flatten()).all(is_safe) {
            return Err(wrong("not all of its endpoints have TLS"));
        }
        Ok(self)
    }
}

#[derive(Deserialize)]
struct KeySet {
    /// Some may be of kinds that nobody here knows.
    keys: Vec<Value>,
}

/// An OpenID provider, and what is known of it. Whoever asks while somebody asks waits for the same answer.
pub(super) struct Discovery {
    issuer: String,
    client_id: String,
    http: Http,
    metadata: Mutex<Option<(Instant, Arc<Metadata>)>>,
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    known: Arc<Vec<Jwk>>,
    fetched_at: Option<Instant>,
    in_vain_at: Option<Instant>,
}

impl Keys {
    fn find(&self, kid: Option<&str>) -> Option<Jwk> {
        match kid {
            Some(kid) => self.known.iter().find(|key| key.common.key_id.as_deref() == Some(kid)).cloned(),
            // Without a name it can be but one.
            None => match self.known.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
        }
    }
}

fn is_to_sign(key: &Jwk) -> bool {
    key.common.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature)
}

impl Discovery {
    pub(super) fn new(issuer: String, client_id: String, http: Http) -> Self {
        Self { issuer, client_id, http, metadata: Mutex::default(), keys: Mutex::default() }
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, Fault> {
        let mut known = self.metadata.lock().await;
        if let Some((_, metadata)) = known.as_ref().filter(|(at, _)| at.elapsed() < BELIEVED_FOR) {
            return Ok(Arc::clone(metadata));
        }
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let url = Url::parse(&url).map_err(|_| wrong("its issuer is no URL"))?;
        let metadata = Arc::new(self.http.get::<Metadata>(&url, None).await?.check(&self.issuer)?);
        *known = Some((Instant::now(), Arc::clone(&metadata)));
        Ok(metadata)
    }

    /// Whom the ID token speaks of.
    pub(super) async fn verify(&self, id_token: &str, nonce: Option<&OpaqueToken>) -> Result<Claims, Fault> {
        let kid = id_token::kid(id_token)?;
        let key = self.key(kid.as_deref()).await?;
        id_token::verify(id_token, &key, &self.issuer, &self.client_id, nonce)
    }

    /// The key of this name. Providers change their keys: one that is not known is asked for (OpenID Connect Core,
    /// section 10.1.1).
    async fn key(&self, kid: Option<&str>) -> Result<Jwk, Fault> {
        let mut keys = self.keys.lock().await;
        let is_fresh = |at: Option<Instant>, span| at.is_some_and(|at| at.elapsed() < span);
        if is_fresh(keys.fetched_at, BELIEVED_FOR)
            && let Some(key) = keys.find(kid)
        {
            return Ok(key);
        }
        let unknown = || wrong("its ID token is signed with a key that it does not have");
        if is_fresh(keys.in_vain_at, NOT_ASKED_AGAIN_FOR) {
            return Err(unknown());
        }
        let set: KeySet = self.http.get(&self.metadata().await?.jwks_uri, None).await?;
        let known = set.keys.into_iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value(key).ok());
        let known = known.filter(is_to_sign);
        *keys = Keys { known: Arc::new(known.collect()), fetched_at: Some(Instant::now()), in_vain_at: None };
        let found = keys.find(kid);
        if found.is_none() {
            keys.in_vain_at = Some(Instant::now());
        }
        found.ok_or_else(unknown)
    }
}
