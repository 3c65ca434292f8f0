use async_trait::async_trait;

use crate::id::UserId;
use crate::time::Timestamp;

/// Whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PresenceOf {
    /// Whether they have a connection now.
    pub online: bool,
    /// When they last had one, if that is known; absent while they are online.
    pub last_seen_at: Option<Timestamp>,
}

/// Knows who is connected. A hint: it may forget.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Presence: Send + Sync {
    /// A connection of `user` has opened; true if it is their first.
    async fn arrived(&self, user: UserId) -> bool;

    /// A connection of `user` has closed at `now`; true if it was their last.
    async fn left(&self, user: UserId, now: Timestamp) -> bool;

    /// Who of `users` is there: one answer for each, in the same order.
    async fn of(&self, users: &[UserId]) -> Vec<PresenceOf>;
}
