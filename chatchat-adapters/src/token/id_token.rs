//! ID tokens of the third party that the service ships: JWTs (OpenID Connect Core, section 2) signed with Ed25519.

use chatchat_domain::Error;
use chatchat_domain::provider::{IdClaims, IdTokenIssuer};
use serde::Serialize;

use super::signer::{self, Signer};

/// Signs with a key of its own, so that no ID token can be taken for an access token.
pub struct Ed25519IdTokens {
    issuer: String,
    signer: Signer,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    auth_time: u64,
    iat: u64,
    exp: u64,
}

impl Ed25519IdTokens {
    /// Tokens of `issuer`, signed with the key of this seed (RFC 8032).
    ///
    /// # Errors
    /// [`Error::Internal`] when it is none.
    pub fn new(seed: &[u8; 32], issuer: String) -> Result<Self, Error> {
        Ok(Self { issuer, signer: Signer::new(seed, "JWT")? })
    }

    /// The public key, for `/oauth/jwks.json` (RFC 7517).
    pub fn jwks(&self) -> serde_json::Value {
        signer::jwks(std::iter::once(&self.signer))
    }
}

impl IdTokenIssuer for Ed25519IdTokens {
    fn issue(&self, claims: &IdClaims) -> Result<String, Error> {
        self.signer.sign(&Claims {
            iss: &self.issuer,
            aud: &claims.client,
            sub: claims.subject.to_string(),
            nonce: claims.nonce.as_deref(),
            auth_time: claims.authenticated_at.unix_seconds(),
            iat: claims.issued_at.unix_seconds(),
            exp: claims.expires_at.unix_seconds(),
        })
    }
}
