use chatchat_domain::account::{EmailAddress, UserName};
use chatchat_domain::identity::{Claims, ExternalSubject, OpaqueToken};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Deserialize;
use serde_json::Value;

use super::fault::{Fault, wrong};

/// Signatures with a private key: neither none at all, nor one that whoever knows a public key can make (RFC 8725,
/// sections 3.1 and 3.2).
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
/// How far the clocks may be apart.
const LEEWAY_SECONDS: u64 = 60;

#[derive(Deserialize)]
struct Said {
    sub: String,
    /// A text, or a list of texts.
    aud: Value,
    azp: Option<String>,
    nonce: Option<String>,
    name: Option<String>,
    email: Option<String>,
}

/// The name of the key that it says it is signed with.
pub(super) fn kid(token: &str) -> Result<Option<String>, Fault> {
    Ok(header(token)?.kid)
}

/// ID tokens are of no type, or of the one that says nothing: others are for something else (RFC 8725, section 3.11).
fn header(token: &str) -> Result<Header, Fault> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| wrong("its ID token is none"))?;
    let is_plain = header.typ.as_deref().is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
    if !is_plain || header.crit.is_some() {
        return Err(wrong("its ID token is of another type"));
    }
    if !ALGORITHMS.contains(&header.alg) {
        return Err(wrong("its ID token is signed as none must be"));
    }
    Ok(header)
}

/// Whom the token speaks of, if all holds that must (OpenID Connect Core, section 3.1.3.7).
pub(super) fn verify(
    token: &str,
    key: &Jwk,
    issuer: &str,
    client_id: &str,
    nonce: Option<&OpaqueToken>,
) -> Result<Claims, Fault> {
    let algorithm = header(token)?.alg;
    if key.common.key_algorithm.is_some_and(|known| known != KeyAlgorithm::from(algorithm)) {
        return Err(wrong("its ID token is signed with a key for something else"));
    }
    let key = DecodingKey::from_jwk(key).map_err(|_| wrong("its key is none"))?;
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[client_id]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    validation.validate_nbf = true;
    validation.leeway = LEEWAY_SECONDS;
    let said = jsonwebtoken::decode::<Said>(token, &key, &validation);
    let Said { sub, aud, azp, nonce: told, name, email } =
        said.map_err(|error| does_not_hold(error.kind()))?.claims;
    let is_shared = aud.as_array().is_some_and(|all| all.iter().any(|one| one != client_id));
    if azp.as_deref().is_some_and(|azp| azp != client_id) || is_shared && azp.is_none() {
        return Err(wrong("its ID token is for somebody else"));
    }
    if nonce.is_some_and(|nonce| told.as_deref() != Some(nonce.expose())) {
        return Err(wrong("its ID token is of another log-in"));
    }
    Ok(Claims {
        subject: ExternalSubject::new(&sub).map_err(|violation| wrong(violation.to_string()))?,
        name: name.and_then(|name| UserName::new(&name).ok()),
        email: email.and_then(|email| EmailAddress::new(&email).ok()),
    })
}

/// What is wrong, without a word of what stands in the token.
fn does_not_hold(error: &ErrorKind) -> Fault {
    wrong(match error {
        ErrorKind::InvalidSignature => "its ID token is not signed by it",
        ErrorKind::InvalidIssuer => "its ID token is of another issuer",
        ErrorKind::InvalidAudience => "its ID token is for somebody else",
        ErrorKind::ExpiredSignature => "its ID token has expired",
        ErrorKind::ImmatureSignature => "its ID token is not good yet",
        _ => "its ID token does not hold",
    })
}
