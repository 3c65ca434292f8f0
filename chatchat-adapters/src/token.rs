//! Access tokens: JWTs (RFC 9068) signed with Ed25519 (RFC 8037).

mod id_token;
mod keeper;
mod operator;
mod ring;
mod signer;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chatchat_domain::ports::{AccessClaims, TokenIssuer};
use chatchat_domain::{Error, Refusal, Timestamp};
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};

use crate::keys::TokenKey;
pub use id_token::Ed25519IdTokens;
pub use keeper::TokenKeyKeeper;
pub use operator::Ed25519OperatorTokens;
use ring::Ring;

/// What our tokens are for (`aud`).
const AUDIENCE: &str = "chatchat";
/// What kind of JWT they are (`typ`).
const TYPE: &str = "at+jwt";

/// Signs with the newest of its keys that all nodes know, knows the tokens of all of them.
pub struct Ed25519Tokens {
    issuer: String,
    ring: RwLock<Arc<Ring>>,
    validation: Validation,
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: u64,
    exp: u64,
}

impl Ed25519Tokens {
    /// Tokens of `issuer`, signed with these keys.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is none.
    pub fn new(keys: Vec<TokenKey>, issuer: String) -> Result<Self, Error> {
        let validation = validation(&issuer);
        Ok(Self { issuer, ring: RwLock::new(Arc::new(Ring::new(keys)?)), validation })
    }

    /// From now on these are the keys.
    fn sign_with(&self, keys: Vec<TokenKey>) -> Result<(), Error> {
        if !self.ring().is_of(&keys) {
            let ring = Arc::new(Ring::new(keys)?);
            *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        }
        Ok(())
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The public keys, for `/.well-known/jwks.json` (RFC 7517).
    pub fn jwks(&self) -> serde_json::Value {
        self.ring().jwks()
    }

    fn read(&self, token: &str) -> Option<AccessClaims> {
        let ring = self.ring();
        let key = ring.key_of(token)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation).ok()?.claims;
        Some(AccessClaims {
            user: claims.sub.parse().ok()?,
            session: claims.sid.parse().ok()?,
            issued_at: from_seconds(claims.iat),
            expires_at: from_seconds(claims.exp),
        })
    }
}

impl TokenIssuer for Ed25519Tokens {
    fn issue(&self, claims: &AccessClaims) -> Result<String, Error> {
        let now = claims.issued_at;
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: claims.user.to_string(),
            sid: claims.session.to_string(),
            iat: claims.issued_at.unix_seconds(),
            exp: claims.expires_at.unix_seconds(),
        };
        self.ring().signing(now)?.sign(&claims)
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, Error> {
        self.read(token).ok_or_else(|| Refusal::Unauthenticated.into())
    }
}

/// The clock is not asked here: the end of a token's life is for the caller to judge.
fn validation(issuer: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    validation.validate_exp = false;
    validation
}

fn from_seconds(seconds: u64) -> Timestamp {
    Timestamp::from_unix_micros(0).after(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
