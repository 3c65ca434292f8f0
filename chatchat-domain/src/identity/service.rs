use std::sync::Arc;
use std::time::Duration;

use super::{
    IdentityKey, IdentityProvider, IdentityRepository, LoginStore, OpaqueToken, ProviderInfo, ReturnPlaces,
    ReturnTo, VerifiedIdentity,
};
use crate::account::{Account, AccountService, EmailAddress, UserName};
use crate::error::{Error, Refusal, Violation};
use crate::id::UserId;
use crate::ports::{Cache, Clock, Random};
use crate::secret::{ServerSecret, sha256};
use crate::session::{Client, SessionService, Tokens};
use crate::time::Timestamp;

/// How long somebody may take at a provider.
pub const PENDING_LIFETIME: Duration = Duration::from_secs(600);
/// How long a page may take to use its login code.
pub const LOGIN_CODE_LIFETIME: Duration = Duration::from_secs(60);
/// How long somebody may take to prove an address.
pub const BINDING_LIFETIME: Duration = Duration::from_secs(600);

/// What comes of a log-in elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginOutcome {
    /// It is bound to an account, which is now logged in.
    LoggedIn(Box<Account>, Tokens),
    /// It is bound to none: an address is to be proven.
    BindingRequired {
        /// Says whom to bind, for [`BINDING_LIFETIME`].
        binding_token: OpaqueToken,
        /// What they may want to be called.
        name: Option<UserName>,
        /// What their address may be.
        email: Option<EmailAddress>,
    },
}

/// Log-in with an account elsewhere.
pub struct IdentityService {
    pub(crate) providers: Vec<Arc<dyn IdentityProvider>>,
    pub(crate) identities: Arc<dyn IdentityRepository>,
    pub(crate) logins: Arc<dyn LoginStore>,
    pub(crate) accounts: Arc<AccountService>,
    pub(crate) sessions: Arc<SessionService>,
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) secret: ServerSecret,
    pub(crate) places: ReturnPlaces,
}

/// What a token is good for; none is good for two things.
#[derive(Clone, Copy)]
pub(super) enum Use {
    State,
    LoginCode,
    Binding,
}

impl IdentityService {
    /// The providers, in the order of the configuration.
    pub fn providers(&self) -> impl Iterator<Item = &ProviderInfo> {
        self.providers.iter().map(|provider| provider.info())
    }

    /// A place that a page names; see [`ReturnPlaces::parse`].
    ///
    /// # Errors
    /// A violation of `return_to`.
    pub fn return_to(&self, text: &str) -> Result<ReturnTo, Violation> {
        self.places.parse(text)
    }

    /// A secret for a browser that has none yet.
    pub fn new_browser(&self) -> OpaqueToken {
        OpaqueToken::generate(&*self.random)
    }

    /// Logs in whoever the identity is bound to, or asks for an address.
    pub(super) async fn conclude(
        &self,
        identity: VerifiedIdentity,
        client: Client,
    ) -> Result<LoginOutcome, Error> {
        let VerifiedIdentity { provider, claims, .. } = &identity;
        let key = IdentityKey { provider: provider.clone(), subject: claims.subject.clone() };
        if let Some((account, tokens)) = self.log_in_bound(&key, client).await? {
            return Ok(LoginOutcome::LoggedIn(Box::new(account), tokens));
        }
        let (name, email) = (claims.name.clone(), claims.email.clone());
        let binding_token = self.new_token();
        let expires_at = self.clock.now().after(BINDING_LIFETIME);
        let key = self.key(Use::Binding, &binding_token);
        self.logins.keep_verified(key, VerifiedIdentity { expires_at, ..identity }).await?;
        Ok(LoginOutcome::BindingRequired { binding_token, name, email })
    }

    /// What is remembered of a binding may be outdated: whether it still is one, the store says as it opens the session.
    async fn log_in_bound(
        &self,
        identity: &IdentityKey,
        client: Client,
    ) -> Result<Option<(Account, Tokens)>, Error> {
        if let Some(user) = self.cache.binding(identity).await {
            if let Some(opened) = self.open(identity, user, client.clone()).await? {
                return Ok(Some(opened));
            }
            self.cache.forget_binding(identity).await;
        }
        let Some(user) = self.identities.owner(identity).await? else { return Ok(None) };
        let opened = self.open(identity, user, client).await?;
        if opened.is_some() {
            self.cache.remember_binding(identity.clone(), user).await;
        }
        Ok(opened)
    }

    async fn open(
        &self,
        identity: &IdentityKey,
        user: UserId,
        client: Client,
    ) -> Result<Option<(Account, Tokens)>, Error> {
        let (session, tokens) = self.sessions.prepare(user, client)?;
        if !self.identities.log_in(identity.clone(), session).await? {
            return Ok(None);
        }
        Ok(Some((self.accounts.accounts.account(user).await?, tokens)))
    }

    pub(super) fn provider(&self, id: &str) -> Result<&dyn IdentityProvider, Error> {
        let known = self.providers.iter().find(|provider| provider.info().id.as_str() == id);
        known.map(|provider| &**provider).ok_or_else(|| Refusal::NotFound.into())
    }

    pub(super) fn new_token(&self) -> OpaqueToken {
        OpaqueToken::generate(&*self.random)
    }

    /// Where what the token is good for is kept.
    pub(super) fn key(&self, purpose: Use, token: &OpaqueToken) -> [u8; 32] {
        let purpose = match purpose {
            Use::State => "login-state",
            Use::LoginCode => "login-code",
            Use::Binding => "binding-token",
        };
        self.secret.keyed_hash(purpose, &[token.expose()])
    }
}

/// What is kept of a browser's secret.
pub(super) fn hash_of(browser: &OpaqueToken) -> [u8; 32] {
    sha256(browser.expose().as_bytes())
}

impl VerifiedIdentity {
    /// Whether this browser may use it now. What was not begun by a browser belongs to whoever holds its token.
    pub(super) fn is_for(&self, browser: Option<&OpaqueToken>, now: Timestamp) -> bool {
        self.expires_at > now && self.browser.is_none_or(|known| browser.map(hash_of) == Some(known))
    }
}
