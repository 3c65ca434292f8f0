use std::time::Duration;

use async_trait::async_trait;

use crate::error::Error;
use crate::event::Committed;
use crate::id::{SessionId, UserId};
use crate::page::{Page, PageRequest};
use crate::session::{NewSession, Session};
use crate::time::Timestamp;

/// A refresh token that was presented, and the one to put in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The session the token names.
    pub session: SessionId,
    /// The hash of the presented token.
    pub presented: [u8; 32],
    /// The hash of its successor.
    pub successor: [u8; 32],
    /// Where it was presented from.
    pub ip: String,
    /// The moment.
    pub now: Timestamp,
    /// How long the last token may be presented again, by the same client.
    pub grace: Duration,
    /// When the session ends unless it is refreshed again.
    pub expires_at: Timestamp,
}

/// What came of a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// The successor is now the session's token (or was already, for a retry within the grace).
    Rotated {
        /// Whose session it is.
        user: UserId,
    },
    /// The token had been used before: the session has ended.
    Reused,
    /// No living session has such a token.
    Unknown,
}

/// Keeps sessions. Every method returns [`Error::Unavailable`] when the store does not answer in time.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait SessionRepository: Send + Sync {
    /// Opens the session, unless its person may not log in.
    ///
    /// # Errors
    /// [`crate::Refusal::Suspended`]; [`crate::Refusal::InvalidCredentials`] when the account is closed.
    async fn open(&self, session: NewSession) -> Result<(), Error>;

    /// When the session was last seen in use, if it lives at `now`.
    async fn last_seen(&self, session: SessionId, now: Timestamp) -> Result<Option<Timestamp>, Error>;

    /// Puts the successor in the place of the presented token, in one transaction:
    /// - the presented token is the current one: it becomes the last one, the successor the current one;
    /// - it is the last one, was replaced less than `grace` ago, and comes from the `ip` that replaced it:
    ///   nothing changes, the answer is the same;
    /// - it is any other: if the session exists it ends, and the events hold its owner's `session_ended`.
    ///
    /// Of two at once, one rotates and the other is the retry or the reuse.
    async fn rotate(&self, rotation: Rotation) -> Result<Committed<Refreshed>, Error>;

    /// Ends the session if it is `owner`'s. False if there is no such session; otherwise the events hold
    /// the owner's `session_ended`.
    async fn end(&self, owner: UserId, session: SessionId) -> Result<Committed<bool>, Error>;

    /// The person's living sessions at `now`, the newest first.
    async fn list(&self, owner: UserId, now: Timestamp, page: PageRequest) -> Result<Page<Session>, Error>;

    /// Those of the sessions that live at `now`, in any order.
    async fn living(&self, sessions: &[SessionId], now: Timestamp) -> Result<Vec<SessionId>, Error>;

    /// Forgets sessions that have expired at `now`, at most `limit`. Returns how many.
    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u32, Error>;

    /// Notes that the session was in use at `now`.
    async fn touch(&self, session: SessionId, now: Timestamp) -> Result<(), Error>;
}
