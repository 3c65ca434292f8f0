use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chatchat_domain::provider::{IdClaims, IdTokenIssuer as _};
use chatchat_domain::{SessionId, SubjectId, UserId};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://chat.example";
const REFUSED: Result<AccessClaims, Error> = Err(Error::Refused(Refusal::Unauthenticated));

fn tokens() -> Ed25519Tokens {
    with_keys(&[crate::keys::new_key().unwrap()])
}

fn with_keys(seeds: &[[u8; 32]]) -> Ed25519Tokens {
    let key =
        |(number, seed): (usize, &[u8; 32])| TokenKey { name: format!("token-{number:04}"), seed: *seed };
    Ed25519Tokens::new(seeds.iter().enumerate().map(key).collect(), ISSUER.to_owned()).unwrap()
}

/// The header of the tokens that are signed now.
fn header(tokens: &Ed25519Tokens) -> Header {
    tokens.ring().signing(claims().issued_at).unwrap().header.clone()
}

fn claims() -> AccessClaims {
    AccessClaims {
        user: UserId::from_bytes([1; 16]),
        session: SessionId::from_bytes([2; 16]),
        issued_at: from_seconds(1_000),
        expires_at: from_seconds(1_900),
    }
}

fn good_payload() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "iat": 1_000, "exp": 1_900,
        "sub": claims().user.to_string(), "sid": claims().session.to_string(),
    })
}

fn without(claim: &str) -> Value {
    let mut payload = good_payload();
    payload.as_object_mut().unwrap().remove(claim);
    payload
}

fn with(claim: &str, value: Value) -> Value {
    let mut payload = good_payload();
    payload[claim] = value;
    payload
}

/// A token signed with the right key.
fn signed(tokens: &Ed25519Tokens, header: &Header, payload: &Value) -> String {
    let ring = tokens.ring();
    jsonwebtoken::encode(header, payload, &ring.signing(claims().issued_at).unwrap().signing).unwrap()
}

#[test]
fn the_token_this_suite_starts_from_is_good() {
    let tokens = tokens();
    assert_eq!(tokens.verify(&signed(&tokens, &header(&tokens), &good_payload())), Ok(claims()));
}

#[test]
fn a_token_without_a_signature_is_refused() {
    let tokens = tokens();
    for alg in ["none", "None", "nOnE"] {
        let header = json!({"alg": alg, "typ": TYPE, "kid": header(&tokens).kid});
        let part = |value: &Value| BASE64.encode(value.to_string());
        assert_eq!(tokens.verify(&format!("{}.{}.", part(&header), part(&good_payload()))), REFUSED);
    }
}

#[test]
fn the_public_key_is_no_hmac_secret() {
    let tokens = tokens();
    let x = tokens.jwks()["keys"][0]["x"].as_str().unwrap().to_owned();
    let jwk = tokens.jwks()["keys"][0].to_string();
    for secret in [BASE64.decode(&x).unwrap(), x.into_bytes(), jwk.into_bytes()] {
        let header = Header { alg: Algorithm::HS256, ..header(&tokens) };
        let forged =
            jsonwebtoken::encode(&header, &good_payload(), &EncodingKey::from_secret(&secret)).unwrap();
        assert_eq!(tokens.verify(&forged), REFUSED);
    }
}

#[test]
fn another_kind_of_jwt_is_refused() {
    let tokens = tokens();
    for typ in [None, Some("JWT"), Some("rt+jwt"), Some("application/at+jwt")] {
        let header = Header { typ: typ.map(str::to_owned), ..header(&tokens) };
        assert_eq!(tokens.verify(&signed(&tokens, &header, &good_payload())), REFUSED, "{typ:?}");
    }
}

#[test]
fn an_extension_we_do_not_know_is_refused() {
    let tokens = tokens();
    let header = Header { crit: Some(vec!["x".into()]), ..header(&tokens) };
    assert_eq!(tokens.verify(&signed(&tokens, &header, &good_payload())), REFUSED);
}

#[test]
fn an_altered_payload_is_refused() {
    let tokens = tokens();
    let token = tokens.issue(&claims()).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let payload = BASE64.encode(with("exp", json!(9_999_999_999_u64)).to_string());
    assert_eq!(tokens.verify(&format!("{}.{payload}.{}", parts[0], parts[2])), REFUSED);
}

#[test]
fn a_foreign_key_is_refused_even_under_our_kid() {
    let (ours, theirs) = (tokens(), tokens());
    assert_eq!(ours.verify(&theirs.issue(&claims()).unwrap()), REFUSED);
    assert_eq!(ours.verify(&signed(&theirs, &header(&ours), &good_payload())), REFUSED);
}

#[test]
fn the_right_key_does_not_excuse_a_wrong_claim() {
    let tokens = tokens();
    let wrong = [
        with("iss", json!("https://evil.example")),
        with("aud", json!("mail")),
        with("sub", json!("ann")),
        with("sid", json!("")),
        with("exp", json!("soon")),
        with("iat", json!(-1)),
        without("iss"),
        without("aud"),
        without("sub"),
        without("sid"),
        without("exp"),
        without("iat"),
    ];
    for payload in wrong {
        assert_eq!(tokens.verify(&signed(&tokens, &header(&tokens), &payload)), REFUSED, "{payload}");
    }
}

#[test]
fn a_token_without_a_known_kid_is_refused() {
    let tokens = tokens();
    for kid in [None, Some("another".to_owned())] {
        let header = Header { kid, ..header(&tokens) };
        assert_eq!(tokens.verify(&signed(&tokens, &header, &good_payload())), REFUSED);
    }
}

#[test]
fn the_kid_is_the_thumbprint_of_rfc_7638() {
    // The key and its thumbprint in RFC 8037, appendix A.
    let seed = BASE64.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let kid = header(&with_keys(&[seed.try_into().unwrap()])).kid;
    assert_eq!(kid.as_deref(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
}

#[test]
fn the_key_set_shows_public_keys_alone() {
    let tokens = tokens();
    let jwks = tokens.jwks();
    let key = jwks["keys"][0].as_object().unwrap();
    for (member, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("use", "sig"), ("alg", "EdDSA")] {
        assert_eq!(key[member], value);
    }
    assert_eq!(key["kid"].as_str(), header(&tokens).kid.as_deref());
    assert!(!key.contains_key("d"));
}

#[test]
fn the_newest_key_signs_and_the_old_one_still_verifies() {
    let [old, new] = [[1; 32], [2; 32]];
    let token = with_keys(&[old]).issue(&claims()).unwrap();
    let both = with_keys(&[old, new]);
    assert_eq!(both.verify(&token), Ok(claims()));
    assert_eq!(with_keys(&[old]).verify(&both.issue(&claims()).unwrap()), REFUSED);
    assert_eq!(with_keys(&[new]).verify(&token), REFUSED);
}

#[test]
fn without_a_key_there_are_no_tokens() {
    assert!(matches!(Ed25519Tokens::new(Vec::new(), ISSUER.to_owned()), Err(Error::Internal(_))));
}

#[test]
fn an_id_token_says_who_has_logged_in_for_whom_and_is_no_access_token() {
    let seed = crate::keys::new_key().unwrap();
    let id_tokens = Ed25519IdTokens::new(&seed, ISSUER.to_owned()).unwrap();
    let subject = SubjectId::from_bytes([3; 16]);
    let claims = IdClaims {
        subject,
        client: AUDIENCE.to_owned(), // should a client be called like our audience
        nonce: Some("n".to_owned()),
        authenticated_at: from_seconds(999),
        issued_at: from_seconds(1_000),
        expires_at: from_seconds(1_900),
    };
    let token = id_tokens.issue(&claims).unwrap();
    let payload: Value =
        serde_json::from_slice(&BASE64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    let expected = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": subject.to_string(), "nonce": "n",
        "auth_time": 999, "iat": 1_000, "exp": 1_900,
    });
    assert_eq!(payload, expected);
    assert_eq!(with_keys(&[seed]).verify(&token), REFUSED, "even with the same key");
}
