use chatchat_domain::Error;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;

use crate::keys::pkcs8;

/// A key that signs JWTs of one type, and knows its own.
pub(super) struct Signer {
    pub(super) signing: EncodingKey,
    pub(super) header: Header,
    kid: String,
    jwk: Jwk,
    verifying: DecodingKey,
}

impl Signer {
    /// The key of this seed (RFC 8032), for tokens of this type (`typ`).
    pub(super) fn new(seed: &[u8; 32], typ: &str) -> Result<Self, Error> {
        Self::of(EncodingKey::from_ed_der(&pkcs8(seed)), typ)
            .map_err(|error| Error::Internal(format!("not an Ed25519 key: {error}")))
    }

    fn of(signing: EncodingKey, typ: &str) -> jsonwebtoken::errors::Result<Self> {
        let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::EdDSA)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_id = Some(kid.clone());
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(kid.clone());
        Ok(Self { verifying: DecodingKey::from_jwk(&jwk)?, signing, header, kid, jwk })
    }

    /// What tokens call it (`kid`): its thumbprint (RFC 7638).
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, Error> {
        jsonwebtoken::encode(&self.header, claims, &self.signing)
            .map_err(|error| Error::Internal(format!("cannot sign a token: {error}")))
    }
}

/// The key that a token names, if it is one of these and the token of its type.
pub(super) fn key_of<'a>(
    token: &str,
    mut signers: impl Iterator<Item = &'a Signer>,
) -> Option<&'a DecodingKey> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    let kid = header.kid.filter(|_| header.crit.is_none())?;
    let signer = signers.find(|signer| signer.kid == kid)?;
    (header.typ == signer.header.typ).then_some(&signer.verifying)
}

/// The public keys of these (RFC 7517).
pub(super) fn jwks<'a>(signers: impl Iterator<Item = &'a Signer>) -> serde_json::Value {
    let set = JwkSet { keys: signers.map(|signer| signer.jwk.clone()).collect() };
    serde_json::to_value(set).unwrap_or_default()
}
