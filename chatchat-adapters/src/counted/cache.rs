use std::sync::Arc;

use async_trait::async_trait;
use chatchat_domain::account::User;
use chatchat_domain::identity::IdentityKey;
use chatchat_domain::ports::{Cache, SessionState};
use chatchat_domain::{SessionId, UserId};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// What was asked for, and whether it was known.
type Labels = [(&'static str, &'static str); 2];

/// Counts how often a cache knew.
pub(crate) struct CountedCache {
    cache: Arc<dyn Cache>,
    asked: Family<Labels, Counter>,
}

impl CountedCache {
    pub(crate) fn new(cache: Arc<dyn Cache>) -> Self {
        Self { cache, asked: Family::default() }
    }

    /// Lets the counts be shown.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let help = "What was asked of the caches, and whether they knew";
        registry.register("cache_requests", help, self.asked.clone());
    }

    fn count<T>(&self, what: &'static str, found: Option<T>) -> Option<T> {
        let outcome = if found.is_some() { "hit" } else { "miss" };
        self.asked.get_or_create(&[("cache", what), ("outcome", outcome)]).inc();
        found
    }
}

#[async_trait]
impl Cache for CountedCache {
    async fn session(&self, session: SessionId) -> Option<SessionState> {
        self.count("session", self.cache.session(session).await)
    }

    async fn remember_session(&self, session: SessionId, state: SessionState) {
        self.cache.remember_session(session, state).await;
    }

    async fn profile(&self, user: UserId) -> Option<User> {
        self.count("profile", self.cache.profile(user).await)
    }

    async fn remember_profile(&self, user: User) {
        self.cache.remember_profile(user).await;
    }

    async fn forget_profile(&self, user: UserId) {
        self.cache.forget_profile(user).await;
    }

    async fn binding(&self, identity: &IdentityKey) -> Option<UserId> {
        self.count("binding", self.cache.binding(identity).await)
    }

    async fn remember_binding(&self, identity: IdentityKey, user: UserId) {
        self.cache.remember_binding(identity, user).await;
    }

    async fn forget_binding(&self, identity: &IdentityKey) {
        self.cache.forget_binding(identity).await;
    }
}
