use async_trait::async_trait;

use super::{Claims, Identity, IdentityKey, OpaqueToken, ProviderId, ProviderInfo, ReturnTo};
use crate::account::{Account, NewAccount};
use crate::error::Error;
use crate::id::UserId;
use crate::ports::Random;
use crate::session::NewSession;
use crate::time::Timestamp;

/// What is made up for one question to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Comes back with the browser.
    pub state: OpaqueToken,
    /// Comes back in the ID token.
    pub nonce: OpaqueToken,
    /// Goes with the code, and as a hash before (RFC 7636).
    pub verifier: OpaqueToken,
}

impl AuthorizationRequest {
    pub(super) fn generate(random: &dyn Random) -> Self {
        let token = || OpaqueToken::generate(random);
        Self { state: token(), nonce: token(), verifier: token() }
    }
}

/// A code with which a browser has come back, and what must go with it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// The code.
    pub code: String,
    /// Who has sent the browser, as it says (RFC 9207).
    pub issuer: Option<String>,
    /// Must stand in the ID token.
    pub nonce: OpaqueToken,
    /// The secret of [`AuthorizationRequest::verifier`].
    pub verifier: OpaqueToken,
}

impl std::fmt::Debug for AuthorizationCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthorizationCode(…)")
    }
}

/// A third party that people log in with.
///
/// Every method that asks it returns [`Error::Unavailable`] when it does not answer in time or says that it cannot, and
/// [`crate::Refusal::ProviderError`] when what it says makes no sense, or cannot be trusted; the log has the reason.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// What people see of it.
    fn info(&self) -> &ProviderInfo;

    /// Where to send a browser, so that somebody logs in.
    async fn authorization_url(&self, request: &AuthorizationRequest) -> Result<String, Error>;

    /// Who has logged in.
    async fn redeem(&self, code: AuthorizationCode) -> Result<Claims, Error>;

    /// Whose name and password this is.
    ///
    /// # Errors
    /// [`crate::Refusal::InvalidCredentials`]
    async fn log_in(&self, username: &str, password: &str) -> Result<Claims, Error>;
}

/// Keeps who is who elsewhere. Every method returns [`Error::Unavailable`] when the store does not answer in time.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait IdentityRepository: Send + Sync {
    /// To whom it is bound.
    async fn owner(&self, identity: &IdentityKey) -> Result<Option<UserId>, Error>;

    /// Opens the session if the identity is bound to its owner, in one transaction. False if it is not.
    async fn log_in(&self, identity: IdentityKey, session: NewSession) -> Result<bool, Error>;

    /// Makes the account, binds the identity to it and opens its first session, in one transaction.
    ///
    /// # Errors
    /// [`crate::Refusal::EmailTaken`]; [`crate::Refusal::IdentityTaken`]
    async fn register(
        &self,
        account: NewAccount,
        identity: Identity,
        session: NewSession,
    ) -> Result<Account, Error>;

    /// Binds the identity to the person and opens the session, in one transaction. Returns it as it is bound: if it
    /// was theirs before, it stays as it was.
    ///
    /// # Errors
    /// [`crate::Refusal::IdentityTaken`] if it is somebody else's; [`crate::Refusal::AlreadyBound`] if they have
    /// another one with that provider.
    async fn bind(
        &self,
        user: UserId,
        identity: Identity,
        session: Option<NewSession>,
    ) -> Result<Identity, Error>;

    /// The person's identities, the oldest first: at most one with each provider.
    async fn list(&self, user: UserId) -> Result<Vec<Identity>, Error>;

    /// Takes the person's identity with the provider from them. Of several at once each sees what the ones before have
    /// left.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] if they have none; [`crate::Refusal::LastCredential`] if they have neither a
    /// password nor an identity with one of `others`.
    async fn unbind(
        &self,
        user: UserId,
        provider: ProviderId,
        others: Vec<ProviderId>,
    ) -> Result<IdentityKey, Error>;
}

/// A browser that was sent to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLogin {
    /// Which.
    pub provider: ProviderId,
    /// The hash of the browser's own secret.
    pub browser: [u8; 32],
    /// See [`AuthorizationRequest::nonce`].
    pub nonce: OpaqueToken,
    /// See [`AuthorizationRequest::verifier`].
    pub verifier: OpaqueToken,
    /// Where it came from.
    pub return_to: ReturnTo,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// Somebody who has logged in elsewhere, and what becomes of it here is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedIdentity {
    /// Where.
    pub provider: ProviderId,
    /// Who.
    pub claims: Claims,
    /// The hash of the browser's own secret, if it was a browser.
    pub browser: Option<[u8; 32]>,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// Keeps log-ins that are under way, each under a hash that is there once. May forget them when they have expired, and
/// the oldest when there are too many. Every method returns [`Error::Unavailable`] when that cannot be told.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait LoginStore: Send + Sync {
    /// Keeps it.
    async fn keep_pending(&self, key: [u8; 32], login: PendingLogin) -> Result<(), Error>;

    /// Takes it: of several at once, one gets it.
    async fn take_pending(&self, key: [u8; 32]) -> Result<Option<PendingLogin>, Error>;

    /// Keeps it.
    async fn keep_verified(&self, key: [u8; 32], identity: VerifiedIdentity) -> Result<(), Error>;

    /// Looks at it.
    async fn verified(&self, key: [u8; 32]) -> Result<Option<VerifiedIdentity>, Error>;

    /// Takes it: of several at once, one gets it.
    async fn take_verified(&self, key: [u8; 32]) -> Result<Option<VerifiedIdentity>, Error>;
}
