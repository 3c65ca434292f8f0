use async_trait::async_trait;

use crate::account::User;
use crate::id::{SessionId, UserId};
use crate::identity::IdentityKey;
use crate::time::Timestamp;

/// What is remembered of a session, so that a request need not ask the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// It lives; it was marked as seen at this moment.
    Live {
        /// When the store was last told that the session is in use.
        seen_at: Timestamp,
    },
    /// It has ended, and never lives again.
    Ended,
}

/// Remembers what is read often. Bounded, may forget anything at any time, is never the truth.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Cache: Send + Sync {
    /// What is remembered of the session.
    async fn session(&self, session: SessionId) -> Option<SessionState>;

    /// Remembers the session. An [`SessionState::Ended`] one MUST NOT become live again by a later call.
    async fn remember_session(&self, session: SessionId, state: SessionState);

    /// The person's profile, if remembered.
    async fn profile(&self, user: UserId) -> Option<User>;

    /// Remembers the profile.
    async fn remember_profile(&self, user: User);

    /// Forgets the person's profile, because it has changed.
    async fn forget_profile(&self, user: UserId);

    /// To whom the identity is bound, if remembered.
    async fn binding(&self, identity: &IdentityKey) -> Option<UserId>;

    /// Remembers the binding.
    async fn remember_binding(&self, identity: IdentityKey, user: UserId);

    /// Forgets the binding, because it has changed.
    async fn forget_binding(&self, identity: &IdentityKey);
}
