//! Operator tokens: JWTs that say who administers. Whoever knows the service's secret makes them, and each is good for a
//! minute.

use std::time::Duration;

use chatchat_domain::admin::Operator;
use chatchat_domain::{Error, Refusal, ServerSecret, Timestamp};
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};

use super::from_seconds;
use super::signer::{self, Signer};

/// What they are for (`aud`).
const AUDIENCE: &str = "chatchat-admin";
/// What kind of JWT they are (`typ`).
const TYPE: &str = "admin+jwt";
/// How long one is good.
const LIFETIME: Duration = Duration::from_secs(60);
/// How far the clock of who makes one may be ahead.
const LEEWAY: Duration = Duration::from_secs(30);

/// Signs with a key of its own, derived from the service's secret, so that no other token can be taken for one of these.
pub struct Ed25519OperatorTokens {
    signer: Signer,
    validation: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: String,
    iat: u64,
    exp: u64,
}

impl Ed25519OperatorTokens {
    /// The tokens of the service with this secret.
    ///
    /// # Errors
    /// [`Error::Internal`] when no key can be made of it.
    pub fn new(secret: &ServerSecret) -> Result<Self, Error> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["aud", "sub", "exp"]);
        validation.validate_exp = false; // by the clock that is given
        Ok(Self { signer: Signer::new(&secret.derive("operators"), TYPE)?, validation })
    }

    /// A token that says who administers, good for a minute from `now` on.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be signed.
    pub fn issue(&self, operator: &Operator, now: Timestamp) -> Result<String, Error> {
        self.signer.sign(&Claims {
            aud: AUDIENCE.to_owned(),
            sub: operator.as_str().to_owned(),
            iat: now.unix_seconds(),
            exp: now.after(LIFETIME).unix_seconds(),
        })
    }

    /// Who presents this token at `now`.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] for anything that is not such a token, in its minute.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Operator, Error> {
        self.read(token, now).ok_or_else(|| Refusal::Unauthenticated.into())
    }

    fn read(&self, token: &str, now: Timestamp) -> Option<Operator> {
        let key = signer::key_of(token, std::iter::once(&self.signer))?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation).ok()?.claims;
        let (made, ends) = (from_seconds(claims.iat), from_seconds(claims.exp));
        let is_good = made <= now.after(LEEWAY) && now < ends && ends <= made.after(LIFETIME);
        Operator::new(&claims.sub).ok().filter(|_| is_good)
    }
}

#[cfg(test)]
mod tests {
    use chatchat_domain::ports::{AccessClaims, TokenIssuer as _};
    use chatchat_domain::{SessionId, UserId};
    use jsonwebtoken::Header;
    use serde_json::{Value, json};

    use super::super::Ed25519Tokens;
    use super::*;
    use crate::keys::TokenKey;

    const NOW: Timestamp = Timestamp::from_unix_micros(1_800_000_000_000_000);
    const REFUSED: Result<Operator, Error> = Err(Error::Refused(Refusal::Unauthenticated));

    fn tokens(secret: u8) -> Ed25519OperatorTokens {
        Ed25519OperatorTokens::new(&ServerSecret::new([secret; 32])).unwrap()
    }

    fn olga() -> Operator {
        Operator::new("Olga 上海").unwrap()
    }

    fn payload() -> Value {
        json!({ "aud": AUDIENCE, "sub": "olga", "iat": NOW.unix_seconds(), "exp": NOW.unix_seconds() + 60 })
    }

    #[test]
    fn a_token_says_who_administers_for_a_minute() {
        let tokens = tokens(7);
        let token = tokens.issue(&olga(), NOW).unwrap();
        assert_eq!(tokens.verify(&token, NOW), Ok(olga()));
        assert_eq!(tokens.verify(&token, NOW.after(Duration::from_secs(59))), Ok(olga()));
        assert_eq!(tokens.verify(&token, NOW.after(Duration::from_secs(60))), REFUSED);
        assert_eq!(tokens.verify(&token, NOW.before(Duration::from_secs(20))), Ok(olga()), "a fast clock");
        assert_eq!(tokens.verify(&token, NOW.before(Duration::from_secs(31))), REFUSED);
    }

    #[test]
    fn another_service_s_token_is_refused() {
        assert_eq!(tokens(7).verify(&tokens(8).issue(&olga(), NOW).unwrap(), NOW), REFUSED);
    }

    #[test]
    fn the_right_key_does_not_excuse_a_wrong_claim_or_type() {
        let tokens = tokens(7);
        let signed = |header: &Header, payload: &Value| {
            jsonwebtoken::encode(header, payload, &tokens.signer.signing).unwrap()
        };
        let header = &tokens.signer.header;
        assert!(tokens.verify(&signed(header, &payload()), NOW).is_ok());
        for (claim, value) in [
            ("aud", json!("chatchat")),
            ("aud", Value::Null),
            ("sub", json!("")),
            ("sub", Value::Null),
            ("exp", json!(NOW.unix_seconds() + 61)), // a token for ever
            ("exp", Value::Null),
            ("iat", Value::Null),
        ] {
            let mut wrong = payload();
            wrong[claim] = value;
            assert_eq!(tokens.verify(&signed(header, &wrong), NOW), REFUSED, "{wrong}");
        }
        for typ in [None, Some("JWT"), Some("at+jwt")] {
            let header = Header { typ: typ.map(str::to_owned), ..header.clone() };
            assert_eq!(tokens.verify(&signed(&header, &payload()), NOW), REFUSED, "{typ:?}");
        }
    }

    #[test]
    fn no_access_token_is_an_operator_s_and_none_of_these_an_access_token() {
        let secret = ServerSecret::new([7; 32]);
        let operators = Ed25519OperatorTokens::new(&secret).unwrap();
        // Even with the same key.
        let key = TokenKey { name: "token-0001".to_owned(), seed: secret.derive("operators") };
        let access = Ed25519Tokens::new(vec![key], "https://chat.example".to_owned()).unwrap();
        let (user, session) = (UserId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
        let claims = AccessClaims { user, session, issued_at: NOW, expires_at: NOW.after(LIFETIME) };
        assert_eq!(operators.verify(&access.issue(&claims).unwrap(), NOW), REFUSED);
        assert!(access.verify(&operators.issue(&olga(), NOW).unwrap()).is_err());
    }
}
