use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chatchat_domain::{SessionId, UserId};
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://chat.example";
const REFUSED: Result<AccessClaims, Error> = Err(Error::Refused(Refusal::Unauthenticated));

fn tokens() -> Ed25519Tokens {
    let keys = tempfile::tempdir().unwrap();
    Ed25519Tokens::open(keys.path(), ISSUER.to_owned()).unwrap()
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
    jsonwebtoken::encode(header, payload, &tokens.signing).unwrap()
}

#[test]
fn the_token_this_suite_starts_from_is_good() {
    let tokens = tokens();
    assert_eq!(tokens.verify(&signed(&tokens, &tokens.header, &good_payload())), Ok(claims()));
}

#[test]
fn a_token_without_a_signature_is_refused() {
    let tokens = tokens();
    for alg in ["none", "None", "nOnE"] {
        let header = json!({"alg": alg, "typ": TYPE, "kid": tokens.keys[0].kid});
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
        let header = Header { alg: Algorithm::HS256, ..tokens.header.clone() };
        let forged =
            jsonwebtoken::encode(&header, &good_payload(), &EncodingKey::from_secret(&secret)).unwrap();
        assert_eq!(tokens.verify(&forged), REFUSED);
    }
}

#[test]
fn another_kind_of_jwt_is_refused() {
    let tokens = tokens();
    for typ in [None, Some("JWT"), Some("rt+jwt"), Some("application/at+jwt")] {
        let header = Header { typ: typ.map(str::to_owned), ..tokens.header.clone() };
        assert_eq!(tokens.verify(&signed(&tokens, &header, &good_payload())), REFUSED, "{typ:?}");
    }
}

#[test]
fn an_extension_we_do_not_know_is_refused() {
    let tokens = tokens();
    let header = Header { crit: Some(vec!["x".into()]), ..tokens.header.clone() };
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
    assert_eq!(ours.verify(&signed(&theirs, &ours.header, &good_payload())), REFUSED);
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
        assert_eq!(tokens.verify(&signed(&tokens, &tokens.header, &payload)), REFUSED, "{payload}");
    }
}

#[test]
fn a_token_without_a_known_kid_is_refused() {
    let tokens = tokens();
    for kid in [None, Some("another".to_owned())] {
        let header = Header { kid, ..tokens.header.clone() };
        assert_eq!(tokens.verify(&signed(&tokens, &header, &good_payload())), REFUSED);
    }
}

#[test]
fn the_kid_is_the_thumbprint_of_rfc_7638() {
    // The key and its thumbprint in RFC 8037, appendix A.
    let seed = BASE64.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let der = [&PKCS8_HEAD[..], &seed].concat();
    let key = PublicKey::of(&EncodingKey::from_ed_der(&der)).unwrap();
    assert_eq!(key.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn the_key_set_shows_public_keys_alone() {
    let tokens = tokens();
    let jwks = tokens.jwks();
    let key = jwks["keys"][0].as_object().unwrap();
    for (member, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("use", "sig"), ("alg", "EdDSA")] {
        assert_eq!(key[member], value);
    }
    assert_eq!(key["kid"], tokens.keys[0].kid.as_str());
    assert!(!key.contains_key("d"));
}

#[test]
fn tokens_outlive_a_restart() {
    let keys = tempfile::tempdir().unwrap();
    let open = || Ed25519Tokens::open(keys.path(), ISSUER.to_owned()).unwrap();
    let token = open().issue(&claims()).unwrap();
    assert_eq!(open().verify(&token), Ok(claims()));
}

#[test]
fn the_newest_key_signs_and_the_old_one_still_verifies() {
    let keys = tempfile::tempdir().unwrap();
    let open = || Ed25519Tokens::open(keys.path(), ISSUER.to_owned()).unwrap();
    let before = open();
    let old = before.issue(&claims()).unwrap();
    fs::write(keys.path().join("token-0002.pk8"), new_key().unwrap()).unwrap();
    let both = open();
    assert_eq!(both.verify(&old), Ok(claims()));
    assert_eq!(before.verify(&both.issue(&claims()).unwrap()), REFUSED);
    fs::remove_file(keys.path().join(FIRST_KEY)).unwrap();
    assert_eq!(open().verify(&old), REFUSED);
}

#[test]
fn starters_at_once_end_with_one_key() {
    let keys = tempfile::tempdir().unwrap();
    let start = || Ed25519Tokens::open(keys.path(), ISSUER.to_owned()).unwrap().jwks();
    let sets: Vec<_> = std::thread::scope(|scope| {
        let starters: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        starters.into_iter().map(|starter| starter.join().unwrap()).collect()
    });
    assert!(sets.iter().all(|set| *set == sets[0]));
}

#[test]
fn what_is_no_key_is_refused_at_the_start() {
    for bytes in [&b"short"[..], &[0; 48]] {
        let keys = tempfile::tempdir().unwrap();
        fs::write(keys.path().join(FIRST_KEY), bytes).unwrap();
        let error = Ed25519Tokens::open(keys.path(), ISSUER.to_owned()).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
