use std::fmt;
use std::time::Duration;

use tracing::instrument;

use super::credential::Credential;
use super::error::fault;
use super::{
    Authentication, Client, CodeChallenge, ErrorCode, Fault, GrantType, IdClaims, IssuedTokens, NewGrant,
    ProviderService, Redeemed, Redemption, Renewal, Renewed, Scope, Subject, TokenOwner,
};
use crate::error::Error;
use crate::id::GrantId;
use crate::time::Timestamp;

/// How long access tokens live, and ID tokens.
const ACCESS_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long refresh tokens live, unless they are used.
const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// What a client asks tokens for.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the standards have named them")]
pub enum TokenRequest {
    /// RFC 6749, section 4.1.3, and RFC 7636, section 4.5.
    AuthorizationCode { code: String, redirect_uri: Option<String>, code_verifier: Option<String> },
    /// Section 6.
    RefreshToken { refresh_token: String, scope: Option<String> },
    /// Section 4.3.2.
    Password { username: String, password: String, scope: Option<String> },
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenRequest({})", self.grant_type().as_str())
    }
}

impl TokenRequest {
    const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
            Self::Password { .. } => GrantType::Password,
        }
    }
}

/// What a client gets.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenResponse {
    /// Opens [`ProviderService::user_info`].
    pub access_token: String,
    /// How long it does.
    pub expires_in: Duration,
    /// Gets the next ones, once; for clients that may use it.
    pub refresh_token: Option<String>,
    /// What they are good for.
    pub scope: Scope,
    /// Who has logged in, if the scope has `openid`.
    pub id_token: Option<String>,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenResponse(…)")
    }
}

/// What a token is (RFC 7662).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introspection {
    /// Who it speaks for.
    pub owner: TokenOwner,
    /// Their username.
    pub username: String,
    /// Whether it is an access token; else it is a refresh token.
    pub is_access: bool,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What a client may know of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInfo {
    /// The account.
    pub subject: Subject,
    /// How much of it.
    pub scope: Scope,
}

/// Tokens as they go out, and as they are stored.
struct Fresh {
    access: Credential,
    refresh: Option<Credential>,
    stored: IssuedTokens,
}

impl ProviderService {
    /// Tokens for what the client brings.
    ///
    /// # Errors
    /// [`Fault`]: what is wrong with the client or with what it brings.
    #[instrument(level = "debug", name = "provider.token", skip_all)]
    pub async fn token(
        &self,
        client: &Authentication,
        request: TokenRequest,
    ) -> Result<TokenResponse, Fault> {
        let client = client.prove(&self.clients)?;
        if !client.may_use(request.grant_type()) {
            return Err(fault(ErrorCode::UnauthorizedClient, "this client may not use this grant type"));
        }
        match request {
            TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier } => {
                self.redeem(client, &code, redirect_uri, code_verifier.as_deref()).await
            }
            TokenRequest::RefreshToken { refresh_token, scope } => {
                self.renew(client, &refresh_token, scope.as_deref()).await
            }
            TokenRequest::Password { username, password, scope } => {
                self.trust(client, &username, &password, &scope.unwrap_or_default()).await
            }
        }
    }

    async fn redeem(
        &self,
        client: &Client,
        code: &str,
        redirect_uri: Option<String>,
        verifier: Option<&str>,
    ) -> Result<TokenResponse, Fault> {
        let wrong =
            || fault(ErrorCode::InvalidGrant, "the code, its redirect_uri or its code_verifier is wrong");
        let code = Credential::parse(code).ok_or_else(wrong)?;
        let challenge = match verifier {
            Some(verifier) => Some(CodeChallenge::of_verifier(verifier).ok_or_else(wrong)?),
            None => None,
        };
        let fresh = self.fresh(client, code.grant);
        let redemption = Redemption {
            grant: code.grant,
            client: client.id().to_owned(),
            code_hash: code.hash(),
            redirect_uri,
            challenge,
            tokens: fresh.stored.clone(),
            now: self.clock.now(),
        };
        match self.store.redeem(redemption).await? {
            Redeemed::Granted(owner) => Ok(self.answer(&fresh, &owner)?),
            Redeemed::Reused | Redeemed::Unknown => Err(wrong()),
        }
    }

    async fn renew(&self, client: &Client, token: &str, scope: Option<&str>) -> Result<TokenResponse, Fault> {
        let wrong = || fault(ErrorCode::InvalidGrant, "the refresh token is not good any more");
        let narrower = scope.map(Scope::parse).transpose()?;
        let presented = Credential::parse(token).ok_or_else(wrong)?;
        let now = self.clock.now();
        if let Some(narrower) = &narrower {
            let known = self.store.refresh(presented.grant, presented.hash(), now).await?;
            if known.is_some_and(|(owner, _)| owner.client == client.id() && *narrower != owner.scope) {
                return Err(fault(ErrorCode::InvalidScope, "the scope stays as it was granted"));
            }
        }
        let fresh = self.fresh(client, presented.grant);
        let renewal = Renewal {
            grant: presented.grant,
            client: client.id().to_owned(),
            presented: presented.hash(),
            tokens: fresh.stored.clone(),
            now,
        };
        match self.store.renew(renewal).await? {
            Renewed::Granted(owner) => Ok(self.answer(&fresh, &owner)?),
            Renewed::Reused | Renewed::Unknown => Err(wrong()),
        }
    }

    /// The client brings somebody's password.
    async fn trust(
        &self,
        client: &Client,
        username: &str,
        password: &str,
        scope: &str,
    ) -> Result<TokenResponse, Fault> {
        let scope = Scope::parse(scope)?;
        let subject = match self.log_in(username, password).await {
            Err(Fault::Oauth(_)) => {
                return Err(fault(ErrorCode::InvalidGrant, "the username or the password is wrong"));
            }
            logged_in => logged_in?,
        };
        let (now, id) = (self.clock.now(), GrantId::generate(&*self.clock, &*self.random));
        let fresh = self.fresh(client, id);
        let owner =
            TokenOwner { subject, client: client.id().to_owned(), scope, nonce: None, authenticated_at: now };
        let grant = NewGrant {
            id,
            owner: owner.clone(),
            code: None,
            tokens: Some(fresh.stored.clone()),
            created_at: now,
            expires_at: fresh.stored.expires_at,
        };
        self.store.grant(grant).await?;
        Ok(self.answer(&fresh, &owner)?)
    }

    fn fresh(&self, client: &Client, grant: GrantId) -> Fresh {
        let now = self.clock.now();
        let access = Credential::generate(grant, &*self.random);
        let refresh =
            client.may_use(GrantType::RefreshToken).then(|| Credential::generate(grant, &*self.random));
        let access_expires_at = now.after(ACCESS_LIFETIME);
        let stored = IssuedTokens {
            access_hash: access.hash(),
            access_expires_at,
            refresh_hash: refresh.as_ref().map(Credential::hash),
            expires_at: if refresh.is_some() { now.after(REFRESH_LIFETIME) } else { access_expires_at },
        };
        Fresh { access, refresh, stored }
    }

    fn answer(&self, fresh: &Fresh, owner: &TokenOwner) -> Result<TokenResponse, Error> {
        let now = self.clock.now();
        let claims = || IdClaims {
            subject: owner.subject,
            client: owner.client.clone(),
            nonce: owner.nonce.clone(),
            authenticated_at: owner.authenticated_at,
            issued_at: now,
            expires_at: now.after(ACCESS_LIFETIME),
        };
        let id_token = owner.scope.has("openid").then(|| self.id_tokens.issue(&claims())).transpose()?;
        Ok(TokenResponse {
            access_token: fresh.access.encode(),
            expires_in: ACCESS_LIFETIME,
            refresh_token: fresh.refresh.as_ref().map(Credential::encode),
            scope: owner.scope.clone(),
            id_token,
        })
    }

    /// Ends a token of the client, and all that were given with it (RFC 7009). One that is not good, or another's, is
    /// no error.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidClient`]; [`Error::Unavailable`].
    #[instrument(level = "debug", name = "provider.revoke", skip_all)]
    pub async fn revoke(&self, client: &Authentication, token: &str) -> Result<(), Fault> {
        let client = client.prove(&self.clients)?;
        if self.look_up(token).await?.is_some_and(|(owner, ..)| owner.client == client.id())
            && let Some(token) = Credential::parse(token)
        {
            self.store.end(token.grant, client.id()).await?;
        }
        Ok(())
    }

    /// What a token of the client is; none if it is not good, or another's (RFC 7662). Public clients are told nothing,
    /// as anybody could be one.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidClient`]; [`Error::Unavailable`].
    #[instrument(level = "debug", name = "provider.introspect", skip_all)]
    pub async fn introspect(
        &self,
        client: &Authentication,
        token: &str,
    ) -> Result<Option<Introspection>, Fault> {
        let client = client.prove(&self.clients)?;
        if client.is_public() {
            return Err(fault(ErrorCode::InvalidClient, "a client without a secret cannot ask"));
        }
        let Some((owner, expires_at, is_access)) = self.look_up(token).await? else { return Ok(None) };
        if owner.client != client.id() {
            return Ok(None);
        }
        let subject = self.store.subject(owner.subject).await?;
        Ok(subject.map(|subject| Introspection {
            username: subject.username.as_str().to_owned(),
            owner,
            is_access,
            expires_at,
        }))
    }

    /// Who the token speaks for, until when, and whether it is an access token; none if it is not good.
    async fn look_up(&self, token: &str) -> Result<Option<(TokenOwner, Timestamp, bool)>, Error> {
        let Some(token) = Credential::parse(token) else { return Ok(None) };
        let now = self.clock.now();
        if let Some((owner, expires_at)) = self.store.access(token.hash(), now).await? {
            return Ok(Some((owner, expires_at, true)));
        }
        let refresh = self.store.refresh(token.grant, token.hash(), now).await?;
        Ok(refresh.map(|(owner, expires_at)| (owner, expires_at, false)))
    }

    /// Whom an access token speaks for (OpenID Connect Core, section 5.3).
    ///
    /// # Errors
    /// [`ErrorCode::InvalidToken`]; [`Error::Unavailable`].
    #[instrument(level = "debug", name = "provider.user_info", skip_all)]
    pub async fn user_info(&self, access_token: &str) -> Result<UserInfo, Fault> {
        let invalid = || fault(ErrorCode::InvalidToken, "the access token is not good any more");
        let token = Credential::parse(access_token).ok_or_else(invalid)?;
        let (owner, _) = self.store.access(token.hash(), self.clock.now()).await?.ok_or_else(invalid)?;
        let subject = self.store.subject(owner.subject).await?.ok_or_else(invalid)?;
        Ok(UserInfo { subject, scope: owner.scope })
    }
}
