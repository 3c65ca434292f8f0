use chatchat_domain::Error;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;

use crate::keys::pkcs8;

/// Signs JWTs of one type with the newest of its keys, and knows all of them.
pub(super) struct Signer {
    pub(super) signing: EncodingKey,
    pub(super) header: Header,
    keys: Vec<PublicKey>,
}

/// A key that verifies.
struct PublicKey {
    kid: String,
    jwk: Jwk,
    verifying: DecodingKey,
}

impl Signer {
    /// Tokens of this type (`typ`), signed with the keys of these seeds (RFC 8032), the newest last.
    pub(super) fn new(seeds: &[[u8; 32]], typ: &str) -> Result<Self, Error> {
        let private: Vec<_> = seeds.iter().map(|seed| EncodingKey::from_ed_der(&pkcs8(seed))).collect();
        let keys = private.iter().map(PublicKey::of).collect::<Result<Vec<_>, _>>().map_err(invalid)?;
        let (Some(signing), Some(newest)) = (private.into_iter().next_back(), keys.last()) else {
            return Err(Error::Internal("no key to sign with".to_owned()));
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(newest.kid.clone());
        Ok(Self { signing, header, keys })
    }

    /// The public keys (RFC 7517).
    pub(super) fn jwks(&self) -> serde_json::Value {
        let set = JwkSet { keys: self.keys.iter().map(|key| key.jwk.clone()).collect() };
        serde_json::to_value(set).unwrap_or_default()
    }

    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, Error> {
        jsonwebtoken::encode(&self.header, claims, &self.signing)
            .map_err(|error| Error::Internal(format!("cannot sign a token: {error}")))
    }

    /// The key that a token names, if it is one of ours and the token of our type.
    pub(super) fn key_of(&self, token: &str) -> Option<&DecodingKey> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let is_ours = header.typ == self.header.typ && header.crit.is_none();
        let kid = header.kid.filter(|_| is_ours)?;
        self.keys.iter().find(|key| key.kid == kid).map(|key| &key.verifying)
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

fn invalid(error: jsonwebtoken::errors::Error) -> Error {
    Error::Internal(format!("not an Ed25519 key: {error}"))
}
