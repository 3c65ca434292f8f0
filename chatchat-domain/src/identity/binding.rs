use tracing::instrument;

use super::service::Use;
use super::{Identity, IdentityService, OpaqueToken, ProviderId, VerifiedIdentity};
use crate::account::{Account, CodePurpose, EmailAddress, EmailCode, NewAccount, Password, name_from};
use crate::error::{Error, Refusal};
use crate::id::UserId;
use crate::session::{Caller, Client, Tokens};

/// Somebody who has logged in elsewhere and proves an address.
#[derive(Debug, Clone)]
pub struct EmailBinding {
    /// The token of [`super::LoginOutcome::BindingRequired`].
    pub binding_token: String,
    /// The address.
    pub email: EmailAddress,
    /// The code from the mail to it, for [`CodePurpose::BindEmail`].
    pub code: EmailCode,
    /// The password of an account that is made; one that is there keeps its own.
    pub password: Option<Password>,
}

/// To what account an identity was bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// The one that has the address.
    Found,
    /// None had it, so it was made.
    Made,
}

impl IdentityService {
    /// Binds an identity to the account that owns the address, or makes one, and logs in. A wrong code may be tried
    /// again with the same binding token.
    ///
    /// # Errors
    /// [`Refusal::InvalidToken`] for the binding token; [`Refusal::InvalidCode`] for the mail's;
    /// [`Refusal::IdentityTaken`], [`Refusal::AlreadyBound`], [`Refusal::EmailTaken`] if somebody was faster.
    #[instrument(level = "debug", name = "identities.bind_by_email", skip_all)]
    pub async fn bind_by_email(
        &self,
        binding: EmailBinding,
        browser: Option<&OpaqueToken>,
        client: Client,
    ) -> Result<(Binding, Account, Tokens), Error> {
        let EmailBinding { binding_token, email, code, password } = binding;
        let token = OpaqueToken::parse(&binding_token).ok_or(Refusal::InvalidToken)?;
        let key = self.key(Use::Binding, &token);
        let is_for = |identity: &VerifiedIdentity| identity.is_for(browser, self.clock.now());
        let known = self.logins.verified(key).await?;
        known.filter(is_for).ok_or(Refusal::InvalidToken)?;
        self.accounts.redeem(&email, CodePurpose::BindEmail, &code).await?;
        let identity = self.logins.take_verified(key).await?.filter(is_for).ok_or(Refusal::InvalidToken)?;
        match self.accounts.accounts.credentials(&email).await? {
            Some(owner) => {
                let (account, tokens) = self.bind_to(owner.user, identity, client).await?;
                Ok((Binding::Found, account, tokens))
            }
            None => {
                let (account, tokens) = self.register(identity, email, password, client).await?;
                Ok((Binding::Made, account, tokens))
            }
        }
    }

    async fn bind_to(
        &self,
        owner: UserId,
        identity: VerifiedIdentity,
        client: Client,
    ) -> Result<(Account, Tokens), Error> {
        let (session, tokens) = self.sessions.prepare(owner, client)?;
        self.identities.bind(owner, self.bound_now(identity), Some(session)).await?;
        Ok((self.accounts.accounts.account(owner).await?, tokens))
    }

    async fn register(
        &self,
        identity: VerifiedIdentity,
        email: EmailAddress,
        password: Option<Password>,
        client: Client,
    ) -> Result<(Account, Tokens), Error> {
        let password = match password {
            Some(password) => Some(self.accounts.passwords.hash(password).await?),
            None => None,
        };
        let account = NewAccount {
            id: UserId::generate(&*self.clock, &*self.random),
            name: identity.claims.name.clone().map_or_else(|| name_from(&email), Ok)?,
            password,
            created_at: self.clock.now(),
            email,
        };
        let (session, tokens) = self.sessions.prepare(account.id, client)?;
        let account = self.identities.register(account, self.bound_now(identity), session).await?;
        Ok((account, tokens))
    }

    /// Binds an identity to the caller's account.
    ///
    /// # Errors
    /// [`Refusal::InvalidCode`]; [`Refusal::IdentityTaken`] if it is somebody else's; [`Refusal::AlreadyBound`] if the
    /// caller has another one with that provider.
    #[instrument(level = "debug", name = "identities.bind", skip_all)]
    pub async fn bind(
        &self,
        caller: Caller,
        login_code: &str,
        browser: Option<&OpaqueToken>,
    ) -> Result<Identity, Error> {
        let identity = self.take_login_code(login_code, browser).await?;
        self.identities.bind(caller.user, self.bound_now(identity), None).await
    }

    /// The caller's identities, the oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "identities.list", skip_all)]
    pub async fn list(&self, caller: Caller) -> Result<Vec<Identity>, Error> {
        self.identities.list(caller.user).await
    }

    /// Takes the caller's identity with the provider from their account.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if they have none; [`Refusal::LastCredential`] if they could not log in any more.
    #[instrument(level = "debug", name = "identities.unbind", skip_all)]
    pub async fn unbind(&self, caller: Caller, provider: &str) -> Result<(), Error> {
        let provider = ProviderId::new(provider).map_err(|_| Refusal::NotFound)?;
        let others =
            self.providers().map(|other| other.id.clone()).filter(|other| *other != provider).collect();
        let unbound = self.identities.unbind(caller.user, provider, others).await?;
        self.cache.forget_binding(&unbound).await;
        Ok(())
    }

    fn bound_now(&self, identity: VerifiedIdentity) -> Identity {
        let VerifiedIdentity { provider, claims, .. } = identity;
        Identity { provider, claims, bound_at: self.clock.now() }
    }
}
