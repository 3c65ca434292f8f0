//! Access tokens: JWTs (RFC 9068) signed with Ed25519 (RFC 8037).

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use chatchat_domain::ports::{AccessClaims, TokenIssuer};
use chatchat_domain::{Error, Refusal, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};

use crate::files;

/// What our tokens are for (`aud`).
const AUDIENCE: &str = "chatchat";
/// What kind of JWT they are (`typ`).
const TYPE: &str = "at+jwt";
/// The key that is made at the first start.
const FIRST_KEY: &str = "token-0001.pk8";
/// PKCS#8 v1 (RFC 8410, section 7) of an Ed25519 key, up to its 32 bytes.
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Signs with the newest of its keys, knows the tokens of all of them.
///
/// The keys are the files `token-<name>.pk8` of a folder, the newest the one whose name sorts last. To change
/// keys, add `token-0002.pk8` (`openssl genpkey -algorithm ed25519 -outform DER`), restart, and remove the old
/// one when its last token has ended.
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
    /// Tokens of `issuer`, signed with the keys in `keys_dir`; one is made if there is none. Of two starters
    /// at once both get the same.
    ///
    /// # Errors
    /// When the folder cannot be used, or holds something that is no key.
    pub fn open(keys_dir: &Path, issuer: String) -> io::Result<Self> {
        files::private_folder(keys_dir)?;
        Self::new(files::locked(keys_dir, || load_or_create(keys_dir))?, issuer)
    }

    /// Tokens of `issuer`, signed with the keys of these seeds, the newest last, at least one.
    ///
    /// # Errors
    /// When there is none.
    pub fn from_seeds(seeds: &[[u8; 32]], issuer: String) -> io::Result<Self> {
        Self::new(seeds.iter().map(|seed| EncodingKey::from_ed_der(&pkcs8(*seed))).collect(), issuer)
    }

    fn new(private: Vec<EncodingKey>, issuer: String) -> io::Result<Self> {
        let keys = private.iter().map(PublicKey::of).collect::<Result<Vec<_>, _>>().map_err(invalid)?;
        let (Some(signing), Some(newest)) = (private.into_iter().next_back(), keys.last()) else {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no key to sign with"));
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

/// The keys in the folder, the newest last, at least one.
fn load_or_create(folder: &Path) -> io::Result<Vec<EncodingKey>> {
    let mut paths = key_files(folder)?;
    if paths.is_empty() {
        let first = folder.join(FIRST_KEY);
        files::write_durably(&first, &new_key()?)?;
        paths.push(first);
    }
    paths.iter().map(|path| fs::read(path).map(|der| EncodingKey::from_ed_der(&der))).collect()
}

fn key_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("token-") && name.ends_with(".pk8")
    });
    paths.sort();
    Ok(paths)
}

fn new_key() -> io::Result<Vec<u8>> {
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed).map_err(io::Error::other)?;
    Ok(pkcs8(seed))
}

fn pkcs8(seed: [u8; 32]) -> Vec<u8> {
    [&PKCS8_HEAD[..], &seed].concat()
}

fn invalid(error: jsonwebtoken::errors::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not an Ed25519 key in PKCS#8 v1: {error}"))
}

fn from_seconds(seconds: u64) -> Timestamp {
    Timestamp::from_unix_micros(0).after(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
