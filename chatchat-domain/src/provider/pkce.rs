use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secret::sha256;

/// What a client keeps to itself is hashed to this (RFC 7636, method `S256`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// The challenge that is written so: 43 characters of base64url.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The challenge with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The challenge as bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The challenge that this verifier answers; none if it is no verifier (section 4.1).
    pub fn of_verifier(verifier: &str) -> Option<Self> {
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_verifier = (43..=128).contains(&verifier.len()) && verifier.bytes().all(is_unreserved);
        is_verifier.then(|| Self(sha256(verifier.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_s_example_holds() {
        let verifier = CodeChallenge::of_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(verifier, CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(verifier.is_some());
    }

    #[test]
    fn what_is_too_short_or_strange_is_neither() {
        for verifier in ["a".repeat(42), "a".repeat(129), format!("{}+", "a".repeat(50)), String::new()] {
            assert_eq!(CodeChallenge::of_verifier(&verifier), None, "{verifier}");
        }
        for challenge in ["", "abc", &"a".repeat(44), &"=".repeat(43)] {
            assert_eq!(CodeChallenge::parse(challenge), None, "{challenge}");
        }
    }
}
