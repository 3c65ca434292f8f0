//! Access tokens: JWTs (RFC 9068) signed with Ed25519 (RFC 8037).

use std::time::Duration;

use chatchat_domain::ports::{AccessClaims, TokenIssuer};
use chatchat_domain::{Error, Refusal, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::keys::pkcs8;

/// What our tokens are for (`aud`).
const AUDIENCE: &str = "chatchat";
/// What kind of JWT they are (`typ`).
const TYPE: &str = "at+jwt";
/// Signs with the newest of its keys, knows the tokens of all of them.
pub struct Ed25519Tokens {
    issuer: String,
    signing: EncodingKey,
    header: Header,
    keys: Vec<PublicKey>,
    validation: Validation,
}

/// A key that verifies.
struct PublicKey {
    kid: String,
    jwk: Jwk,
    verifying: DecodingKey,
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
    /// Tokens of `issuer`, signed with the keys of these seeds (RFC 8032), the newest last.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is none.
    pub fn new(seeds: &[[u8; 32]], issuer: String) -> Result<Self, Error> {
        let private: Vec<_> = seeds.iter().map(|seed| EncodingKey::from_ed_der(&pkcs8(seed))).collect();
        let keys = private.iter().map(PublicKey::of).collect::<Result<Vec<_>, _>>().map_err(invalid)?;
        let (Some(signing), Some(newest)) = (private.into_iter().next_back(), keys.last()) else {
            return Err(Error::Internal("no key to sign with".to_owned()));
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(newest.kid.clone());
        let validation = validation(&issuer);
        Ok(Self { issuer, signing, header, keys, validation })
    }

    /// The public keys, for `/.well-known/jwks.json` (RFC 7517).
    pub fn jwks(&self) -> serde_json::Value {
        let set = JwkSet { keys: self.keys.iter().map(|key| key.jwk.clone()).collect() };
        serde_json::to_value(set).unwrap_or_default()
    }

    fn read(&self, token: &str) -> Option<AccessClaims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let kid = header.kid.filter(|_| header.typ.as_deref() == Some(TYPE) && header.crit.is_none())?;
        let key = self.keys.iter().find(|key| key.kid == kid)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &self.validation).ok()?.claims;
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
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: claims.user.to_string(),
            sid: claims.session.to_string(),
            iat: claims.issued_at.unix_seconds(),
            exp: claims.expires_at.unix_seconds(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.signing)
            .map_err(|error| Error::Internal(format!("cannot sign a token: {error}")))
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, Error> {
        self.read(token).ok_or_else(|| Refusal::Unauthenticated.into())
    }
}

impl PublicKey {
    fn of(private: &EncodingKey) -> jsonwebtoken::errors::Result<Self> {
        let mut jwk = Jwk::from_encoding_key(private, Algorithm::EdDSA)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_id = Some(kid.clone());
        Ok(Self { kid, verifying: DecodingKey::from_jwk(&jwk)?, jwk })
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

fn invalid(error: jsonwebtoken::errors::Error) -> Error {
    Error::Internal(format!("not an Ed25519 key: {error}"))
}

fn from_seconds(seconds: u64) -> Timestamp {
    Timestamp::from_unix_micros(0).after(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
