//! [`TokenIssuer`]

use chatchat_adapters::keys::TokenKey;
use chatchat_adapters::token::Ed25519Tokens;
use chatchat_domain::ports::{AccessClaims, TokenIssuer};
use chatchat_domain::{Error, Refusal, SessionId, Timestamp, UserId};

contract! {
    [
        a_token_says_what_it_was_issued_for,
        moments_are_whole_seconds,
        the_end_of_a_tokens_life_is_not_judged_here,
        changing_any_part_of_a_token_makes_it_worthless,
        what_is_no_token_is_refused,
    ]
    ed25519 => Box::new(Ed25519Tokens::new(vec![key()], "https://chat.example".to_owned()).unwrap());
}

fn key() -> TokenKey {
    TokenKey { name: "token-0001".to_owned(), seed: [7; 32] }
}

const REFUSED: Result<AccessClaims, Error> = Err(Error::Refused(Refusal::Unauthenticated));

const fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(seconds * 1_000_000)
}

fn claims() -> AccessClaims {
    AccessClaims {
        user: UserId::from_bytes([1; 16]),
        session: SessionId::from_bytes([2; 16]),
        issued_at: seconds(4_000_000_000),
        expires_at: seconds(4_000_000_900),
    }
}

async fn a_token_says_what_it_was_issued_for(tokens: &dyn TokenIssuer) {
    assert_eq!(tokens.verify(&tokens.issue(&claims()).unwrap()), Ok(claims()));
}

async fn moments_are_whole_seconds(tokens: &dyn TokenIssuer) {
    let exact = AccessClaims { issued_at: Timestamp::from_unix_micros(4_000_000_000_999_999), ..claims() };
    assert_eq!(tokens.verify(&tokens.issue(&exact).unwrap()), Ok(claims()));
}

async fn the_end_of_a_tokens_life_is_not_judged_here(tokens: &dyn TokenIssuer) {
    let long_ago = AccessClaims { issued_at: seconds(1), expires_at: seconds(2), ..claims() };
    assert_eq!(tokens.verify(&tokens.issue(&long_ago).unwrap()), Ok(long_ago));
}

async fn changing_any_part_of_a_token_makes_it_worthless(tokens: &dyn TokenIssuer) {
    let token = tokens.issue(&claims()).unwrap();
    for position in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[position] = if altered[position] == b'A' { b'B' } else { b'A' };
        assert_eq!(tokens.verify(&String::from_utf8(altered).unwrap()), REFUSED, "at {position}");
    }
}

async fn what_is_no_token_is_refused(tokens: &dyn TokenIssuer) {
    for text in ["", ".", "..", "...", "e30.e30.", "Bearer x", "上海"] {
        assert_eq!(tokens.verify(text), REFUSED, "{text:?}");
    }
    let token = tokens.issue(&claims()).unwrap();
    for altered in [format!("{token}."), format!(" {token}"), format!("{token}\n"), format!("{token}A")] {
        assert_eq!(tokens.verify(&altered), REFUSED, "{altered:?}");
    }
}
