use std::fmt;

use tracing::instrument;

use super::service::{Use, hash_of};
use super::{
    AuthorizationCode, AuthorizationRequest, Claims, IdentityProvider, IdentityService, LOGIN_CODE_LIFETIME,
    LoginOutcome, OpaqueToken, PENDING_LIFETIME, PendingLogin, ReturnTo, VerifiedIdentity,
};
use crate::error::{Error, Refusal};
use crate::session::Client;

/// What a provider says through the browser that it sends back (RFC 6749, sections 4.1.2 and 4.1.2.1; RFC 9207).
#[derive(Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the standards have named them")]
pub struct AuthorizationResponse {
    pub state: Option<String>,
    pub code: Option<String>,
    pub error: Option<String>,
    pub iss: Option<String>,
}

impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorizationResponse(…)")
    }
}

/// How a log-in in a browser has ended.
#[derive(Debug)]
pub struct Finished {
    /// Where the browser came from; not known if the log-in is not one that it has begun.
    pub return_to: Option<ReturnTo>,
    /// A login code, good once within [`LOGIN_CODE_LIFETIME`], or why there is none.
    pub login_code: Result<OpaqueToken, Error>,
}

impl IdentityService {
    /// Begins a log-in in a browser. Gives the URL of the provider to send it to.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is no such provider; [`Error::Unavailable`]; [`Refusal::ProviderError`].
    #[instrument(level = "debug", name = "identities.start", skip_all)]
    pub async fn start(
        &self,
        provider: &str,
        return_to: ReturnTo,
        browser: &OpaqueToken,
    ) -> Result<String, Error> {
        let provider = self.provider(provider)?;
        let request = AuthorizationRequest::generate(&*self.random);
        let url = provider.authorization_url(&request).await?;
        let pending = PendingLogin {
            provider: provider.info().id.clone(),
            browser: hash_of(browser),
            nonce: request.nonce,
            verifier: request.verifier,
            return_to,
            expires_at: self.clock.now().after(PENDING_LIFETIME),
        };
        self.logins.keep_pending(self.key(Use::State, &request.state), pending).await?;
        Ok(url)
    }

    /// Ends a log-in that has begun in this browser.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is no such provider. Whatever else goes wrong is for the page that has begun:
    /// [`Refusal::InvalidState`], [`Refusal::AccessDenied`], [`Refusal::ProviderError`], [`Error::Unavailable`].
    #[instrument(level = "debug", name = "identities.finish", skip_all)]
    pub async fn finish(
        &self,
        provider: &str,
        browser: Option<&OpaqueToken>,
        response: AuthorizationResponse,
    ) -> Result<Finished, Error> {
        let provider = self.provider(provider)?;
        Ok(match self.take_pending(provider, browser, response.state.as_deref()).await {
            Ok(pending) => Finished {
                return_to: Some(pending.return_to.clone()),
                login_code: self.exchange(provider, pending, response).await,
            },
            Err(error) => Finished { return_to: None, login_code: Err(error) },
        })
    }

    async fn take_pending(
        &self,
        provider: &dyn IdentityProvider,
        browser: Option<&OpaqueToken>,
        state: Option<&str>,
    ) -> Result<PendingLogin, Error> {
        let state = state.and_then(OpaqueToken::parse).ok_or(Refusal::InvalidState)?;
        let pending = self.logins.take_pending(self.key(Use::State, &state)).await?;
        let is_theirs = |pending: &PendingLogin| {
            pending.provider == provider.info().id
                && Some(pending.browser) == browser.map(hash_of)
                && pending.expires_at > self.clock.now()
        };
        Ok(pending.filter(is_theirs).ok_or(Refusal::InvalidState)?)
    }

    async fn exchange(
        &self,
        provider: &dyn IdentityProvider,
        pending: PendingLogin,
        response: AuthorizationResponse,
    ) -> Result<OpaqueToken, Error> {
        let AuthorizationResponse { code, error, iss: issuer, .. } = response;
        match error.as_deref() {
            Some("access_denied") => return Err(Refusal::AccessDenied.into()),
            Some(_) => return Err(Refusal::ProviderError.into()),
            None => {}
        }
        let PendingLogin { nonce, verifier, browser, .. } = pending;
        let code = code.ok_or(Refusal::ProviderError)?;
        let claims = provider.redeem(AuthorizationCode { code, issuer, nonce, verifier }).await?;
        let login_code = self.new_token();
        let identity = self.verified(provider, claims, Some(browser));
        self.logins.keep_verified(self.key(Use::LoginCode, &login_code), identity).await?;
        Ok(login_code)
    }

    /// Logs in with the name and the password of a trusted provider.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is no such provider, or none that is trusted; [`Refusal::InvalidCredentials`];
    /// [`Error::Unavailable`]; [`Refusal::ProviderError`].
    #[instrument(level = "debug", name = "identities.log_in_with_password", skip_all)]
    pub async fn log_in_with_password(
        &self,
        provider: &str,
        username: &str,
        password: &str,
        client: Client,
    ) -> Result<LoginOutcome, Error> {
        let provider = self.provider(provider)?;
        if !provider.info().is_trusted {
            return Err(Refusal::NotFound.into());
        }
        if username.is_empty() || password.is_empty() {
            return Err(Refusal::InvalidCredentials.into()); // a parameter without a value is none (RFC 6749, section 3.2)
        }
        let claims = provider.log_in(username, password).await?;
        self.conclude(self.verified(provider, claims, None), client).await
    }

    /// Uses a login code in the browser that has begun.
    ///
    /// # Errors
    /// [`Refusal::InvalidCode`]
    #[instrument(level = "debug", name = "identities.redeem_login_code", skip_all)]
    pub async fn redeem_login_code(
        &self,
        login_code: &str,
        browser: Option<&OpaqueToken>,
        client: Client,
    ) -> Result<LoginOutcome, Error> {
        let identity = self.take_login_code(login_code, browser).await?;
        self.conclude(identity, client).await
    }

    /// Who has got this login code, which is then used up.
    pub(super) async fn take_login_code(
        &self,
        login_code: &str,
        browser: Option<&OpaqueToken>,
    ) -> Result<VerifiedIdentity, Error> {
        let code = OpaqueToken::parse(login_code).ok_or(Refusal::InvalidCode)?;
        let identity = self.logins.take_verified(self.key(Use::LoginCode, &code)).await?;
        let identity = identity.filter(|identity| identity.is_for(browser, self.clock.now()));
        Ok(identity.ok_or(Refusal::InvalidCode)?)
    }

    fn verified(
        &self,
        provider: &dyn IdentityProvider,
        claims: Claims,
        browser: Option<[u8; 32]>,
    ) -> VerifiedIdentity {
        let expires_at = self.clock.now().after(LOGIN_CODE_LIFETIME);
        VerifiedIdentity { provider: provider.info().id.clone(), claims, browser, expires_at }
    }
}
