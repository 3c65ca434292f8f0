use std::sync::Arc;
use std::time::Duration;

use tracing::instrument;

use super::credential::Credential;
use super::{
    Ask, Asked, Client, Declined, ErrorCode, Fault, IdTokenIssuer, NewGrant, NewSubject, OauthError,
    ProviderRepository, StoredCode, Subject, SubjectRegistration, TokenOwner, Username,
};
use crate::account::{Password, UserName};
use crate::error::{Error, Violation};
use crate::id::{GrantId, SubjectId};
use crate::ports::{Clock, PasswordHasher, Policy, Random, RateLimiter};

/// How long a code lives.
const CODE_LIFETIME: Duration = Duration::from_secs(60);
/// How often one may guess at somebody's password, from wherever.
const GUESSES: Policy = Policy { name: "provider_log_in", quota: 10, window: Duration::from_secs(60) };
/// How many accounts one client may make.
const ACCOUNTS: Policy = Policy { name: "provider_accounts", quota: 60, window: Duration::from_secs(3600) };

/// The third party: its accounts, and what their owners grant.
pub struct ProviderService {
    pub(crate) clients: Vec<Client>,
    pub(crate) store: Arc<dyn ProviderRepository>,
    pub(crate) id_tokens: Arc<dyn IdTokenIssuer>,
    pub(crate) passwords: Arc<dyn PasswordHasher>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl ProviderService {
    /// Makes an account.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the code `taken` if the username has one; [`Error::RateLimited`] for a client at `ip`.
    #[instrument(level = "debug", name = "provider.register", skip_all)]
    pub async fn register(&self, registration: SubjectRegistration, ip: &str) -> Result<Subject, Error> {
        self.limiter.check(ACCOUNTS, ip).await?;
        let SubjectRegistration { username, password, name, email } = registration;
        let name = match name {
            Some(name) => name,
            None => UserName::new(username.as_str())?,
        };
        let id = SubjectId::generate(&*self.clock, &*self.random);
        let subject = Subject { id, username, name, email };
        let password = self.passwords.hash(password).await?;
        let new = NewSubject { subject: subject.clone(), password, created_at: self.clock.now() };
        if self.store.create(new).await? {
            return Ok(subject);
        }
        Err(Violation::new("username", "taken", "has an account already").into())
    }

    /// What a client asks somebody, if it may.
    ///
    /// # Errors
    /// [`Declined`] says who is to be told.
    pub fn ask(&self, ask: Ask) -> Result<Asked, Declined> {
        ask.check(&self.clients)
    }

    /// Somebody agrees: the code for the client, good once, for a minute.
    ///
    /// # Errors
    /// [`ErrorCode::AccessDenied`] if username or password are wrong, after the same time whichever it is;
    /// [`Error::RateLimited`] after too many tries.
    #[instrument(level = "debug", name = "provider.agree", skip_all)]
    pub async fn agree(&self, asked: Asked, username: &str, password: &str) -> Result<String, Fault> {
        let subject = self.log_in(username, password).await?;
        let now = self.clock.now();
        let id = GrantId::generate(&*self.clock, &*self.random);
        let code = Credential::generate(id, &*self.random);
        let expires_at = now.after(CODE_LIFETIME);
        let stored = StoredCode {
            hash: code.hash(),
            redirect_uri: asked.redirect_uri,
            redirect_uri_was_given: asked.redirect_uri_was_given,
            challenge: asked.challenge,
            expires_at,
        };
        let owner = TokenOwner {
            subject,
            client: asked.client,
            scope: asked.scope,
            nonce: asked.nonce,
            authenticated_at: now,
        };
        let grant = NewGrant { id, owner, code: Some(stored), tokens: None, created_at: now, expires_at };
        self.store.grant(grant).await?;
        Ok(code.encode())
    }

    /// Whose name and password these are.
    pub(super) async fn log_in(&self, username: &str, password: &str) -> Result<SubjectId, Fault> {
        let wrong = || OauthError::new(ErrorCode::AccessDenied, "the username or the password is wrong");
        let (Ok(username), Ok(password)) = (Username::new(username), Password::new(password)) else {
            return Err(wrong().into());
        };
        self.limiter.check(GUESSES, &username.key()).await?;
        let known = self.store.credentials(&username).await?;
        let (subject, hash) = known.map_or((None, None), |(subject, hash)| (Some(subject), Some(hash)));
        let is_right = self.passwords.verify(password, hash).await?;
        subject.filter(|_| is_right).ok_or_else(|| wrong().into())
    }
}
