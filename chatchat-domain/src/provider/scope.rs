use super::{ErrorCode, OauthError};

/// What there is to ask for: that one logs in with OpenID Connect, the name, the address.
const KNOWN: [&str; 3] = ["openid", "profile", "email"];

/// What a client may know of somebody: some of `openid`, `profile` and `email` (RFC 6749, section 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope(Vec<&'static str>);

impl Scope {
    /// All that there is.
    pub const KNOWN: [&'static str; 3] = KNOWN;

    /// The scope that is written so, whatever the order; nothing is a scope, too.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidScope`]
    pub fn parse(text: &str) -> Result<Self, OauthError> {
        let asked: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        if asked.iter().any(|word| !KNOWN.contains(word)) {
            return Err(OauthError::new(ErrorCode::InvalidScope, "there are but openid, profile and email"));
        }
        Ok(Self(KNOWN.into_iter().filter(|known| asked.contains(known)).collect()))
    }

    /// Whether it holds this.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// Whether all of it is in the other.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|name| other.has(name))
    }

    /// As it stands in an answer.
    pub fn text(&self) -> String {
        self.0.join(" ")
    }
}
