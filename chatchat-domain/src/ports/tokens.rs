use crate::error::Error;
use crate::id::{SessionId, UserId};
use crate::time::Timestamp;

/// What an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessClaims {
    /// Whose it is (`sub`).
    pub user: UserId,
    /// The session it belongs to (`sid`).
    pub session: SessionId,
    /// When it was made (`iat`), whole seconds.
    pub issued_at: Timestamp,
    /// When it ends (`exp`), whole seconds.
    pub expires_at: Timestamp,
}

/// Signs and checks access tokens.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait TokenIssuer: Send + Sync {
    /// A signed token that says so.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be signed.
    fn issue(&self, claims: &AccessClaims) -> Result<String, Error>;

    /// What a token of ours says. Signature, algorithm, type, issuer and audience are checked (RFC 8725);
    /// the end of its life and that of its session are for the caller to judge.
    ///
    /// # Errors
    /// [`crate::Refusal::Unauthenticated`] for anything that is not such a token.
    fn verify(&self, token: &str) -> Result<AccessClaims, Error>;
}
