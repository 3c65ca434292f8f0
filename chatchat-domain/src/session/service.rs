use std::sync::Arc;
use std::time::Duration;

use tracing::instrument;

use crate::account::{Account, AccountRepository, EmailAddress, Password};
use crate::error::{Error, Refusal};
use crate::event::Tell as _;
use crate::id::{SessionId, UserId};
use crate::page::{Page, PageRequest};
use crate::ports::{AccessClaims, Cache, Clock, EventBus, PasswordHasher, Random, SessionState, TokenIssuer};
use crate::secret::ServerSecret;
use crate::session::refresh_token::RefreshToken;
use crate::session::{Caller, Client, NewSession, Refreshed, Rotation, Session, SessionRepository, Tokens};
use crate::time::Timestamp;

/// How long a client may present its last refresh token again, because the answer got lost.
pub const REFRESH_GRACE: Duration = Duration::from_secs(15);
/// How exact `last_seen_at` is.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// How many expired sessions are forgotten in one go, so that whoever else writes waits for little.
const SWEPT_AT_ONCE: u32 = 500;

/// How long tokens live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLifetimes {
    /// Access tokens.
    pub access: Duration,
    /// Refresh tokens, and so sessions that nobody refreshes.
    pub refresh: Duration,
}

impl Default for SessionLifetimes {
    fn default() -> Self {
        Self { access: Duration::from_secs(15 * 60), refresh: Duration::from_secs(30 * 24 * 3600) }
    }
}

/// Log-in, log-out, and who calls.
pub struct SessionService {
    pub(crate) sessions: Arc<dyn SessionRepository>,
    pub(crate) accounts: Arc<dyn AccountRepository>,
    pub(crate) passwords: Arc<dyn PasswordHasher>,
    pub(crate) tokens: Arc<dyn TokenIssuer>,
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) bus: Arc<dyn EventBus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) secret: ServerSecret,
    pub(crate) lifetimes: SessionLifetimes,
}

impl SessionService {
    /// Logs in with address and password.
    ///
    /// # Errors
    /// [`Refusal::InvalidCredentials`], after the same time whether or not the address has an account;
    /// [`Refusal::Suspended`], to who knows the password.
    #[instrument(level = "debug", name = "sessions.log_in", skip_all)]
    pub async fn log_in(
        &self,
        email: &EmailAddress,
        password: Password,
        client: Client,
    ) -> Result<(Account, Tokens), Error> {
        let credentials = self.accounts.credentials(email).await?;
        let (user, hash) = credentials.map_or((None, None), |known| (Some(known.user), known.password));
        let right = self.passwords.verify(password, hash).await?;
        let user = user.filter(|_| right).ok_or(Refusal::InvalidCredentials)?;
        let (session, tokens) = self.prepare(user, client)?;
        self.sessions.open(session).await?;
        Ok((self.accounts.account(user).await?, tokens))
    }

    /// Changes a refresh token for the next pair of tokens.
    ///
    /// # Errors
    /// [`Refusal::InvalidToken`]; a token that was used before also ends its session.
    #[instrument(level = "debug", name = "sessions.refresh", skip_all)]
    pub async fn refresh(&self, refresh_token: &str, ip: String) -> Result<Tokens, Error> {
        let presented = RefreshToken::parse(refresh_token).ok_or(Refusal::InvalidToken)?;
        let successor = presented.successor(&self.secret);
        let now = self.clock.now();
        let rotation = Rotation {
            session: presented.session,
            presented: presented.hash(),
            successor: successor.hash(),
            ip,
            now,
            grace: REFRESH_GRACE,
            expires_at: now.after(self.lifetimes.refresh),
        };
        let refreshed = self.sessions.rotate(rotation).await?;
        if refreshed.value == Refreshed::Reused {
            self.forget(&[presented.session]).await;
        }
        match self.bus.tell(refreshed).await {
            Refreshed::Rotated { user } => self.tokens(user, &successor, now),
            Refreshed::Reused | Refreshed::Unknown => Err(Refusal::InvalidToken.into()),
        }
    }

    /// Who presents this access token.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] unless it is a token of ours, in its time, of a living session.
    #[instrument(level = "debug", name = "sessions.authenticate", skip_all)]
    pub async fn authenticate(&self, access_token: &str) -> Result<Caller, Error> {
        let claims = self.tokens.verify(access_token)?;
        let now = self.clock.now();
        if claims.expires_at <= now || !self.is_live(claims.session, now).await? {
            return Err(Refusal::Unauthenticated.into());
        }
        let AccessClaims { user, session, issued_at, expires_at } = claims;
        Ok(Caller { user, session, issued_at, expires_at })
    }

    /// Confirms that the caller's session still lives, for whoever has waited since they were authenticated.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] if it has ended.
    #[instrument(level = "debug", name = "sessions.confirm", skip_all)]
    pub async fn confirm(&self, caller: Caller) -> Result<(), Error> {
        if self.is_live(caller.session, self.clock.now()).await? {
            return Ok(());
        }
        Err(Refusal::Unauthenticated.into())
    }

    /// Those of the sessions that have ended, for whoever holds connections of theirs and may not have heard of it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "sessions.ended", skip_all)]
    pub async fn ended(&self, sessions: &[SessionId]) -> Result<Vec<SessionId>, Error> {
        let living = self.sessions.living(sessions, self.clock.now()).await?;
        let ended: Vec<SessionId> = sessions.iter().filter(|one| !living.contains(one)).copied().collect();
        self.forget(&ended).await;
        Ok(ended)
    }

    /// Ends the caller's own session.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "sessions.log_out", skip_all)]
    pub async fn log_out(&self, caller: Caller) -> Result<(), Error> {
        match self.end(caller, caller.session).await {
            Err(Error::Refused(Refusal::NotFound)) => Ok(()),
            ended => ended,
        }
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if it is not theirs.
    #[instrument(level = "debug", name = "sessions.end", skip_all)]
    pub async fn end(&self, caller: Caller, session: SessionId) -> Result<(), Error> {
        let ended = self.sessions.end(caller.user, session).await?;
        if !ended.value {
            return Err(Refusal::NotFound.into());
        }
        self.forget(&[session]).await;
        self.bus.tell(ended).await;
        Ok(())
    }

    /// The caller's sessions, the newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "sessions.list", skip_all)]
    pub async fn list(&self, caller: Caller, page: PageRequest) -> Result<Page<Session>, Error> {
        self.sessions.list(caller.user, self.clock.now(), page).await
    }

    /// Forgets the sessions that have expired, of people who have not come back: for whoever runs the product, now and
    /// then. Returns how many there were.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: what is left is left for another time.
    pub async fn sweep(&self) -> Result<u64, Error> {
        let mut swept = 0;
        loop {
            let some = self.sessions.sweep(self.clock.now(), SWEPT_AT_ONCE).await?;
            swept += u64::from(some);
            if some < SWEPT_AT_ONCE {
                return Ok(swept);
            }
        }
    }

    /// A session for `user` that is still to be stored, and the tokens that will prove it.
    pub(crate) fn prepare(&self, user: UserId, client: Client) -> Result<(NewSession, Tokens), Error> {
        let now = self.clock.now();
        let id = SessionId::generate(&*self.clock, &*self.random);
        let refresh = RefreshToken::generate(id, &*self.random);
        let session = NewSession {
            id,
            user,
            client,
            refresh_hash: refresh.hash(),
            created_at: now,
            expires_at: now.after(self.lifetimes.refresh),
        };
        Ok((session, self.tokens(user, &refresh, now)?))
    }

    /// Lets no token of these sessions pass any more, from now on.
    pub(crate) async fn forget(&self, ended: &[SessionId]) {
        for session in ended {
            self.cache.remember_session(*session, SessionState::Ended).await;
        }
    }

    fn tokens(&self, user: UserId, refresh: &RefreshToken, now: Timestamp) -> Result<Tokens, Error> {
        let claims = AccessClaims {
            user,
            session: refresh.session,
            issued_at: now,
            expires_at: now.after(self.lifetimes.access),
        };
        Ok(Tokens {
            access_token: self.tokens.issue(&claims)?,
            expires_in: self.lifetimes.access,
            refresh_token: refresh.encode(),
            refresh_expires_in: self.lifetimes.refresh,
        })
    }

    async fn is_live(&self, session: SessionId, now: Timestamp) -> Result<bool, Error> {
        match self.cache.session(session).await {
            Some(SessionState::Ended) => return Ok(false),
            Some(SessionState::Live { seen_at }) if now.since(seen_at) < SEEN_EVERY => return Ok(true),
            _ => {}
        }
        let Some(mut seen_at) = self.sessions.last_seen(session, now).await? else {
            self.cache.remember_session(session, SessionState::Ended).await;
            return Ok(false);
        };
        if now.since(seen_at) >= SEEN_EVERY {
            self.sessions.touch(session, now).await?;
            seen_at = now;
        }
        self.cache.remember_session(session, SessionState::Live { seen_at }).await;
        Ok(true)
    }
}
