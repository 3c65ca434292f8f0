use std::time::Duration;

use async_trait::async_trait;
use chatchat_domain::account::User;
use chatchat_domain::identity::IdentityKey;
use chatchat_domain::ports::{Cache, SessionState};
use chatchat_domain::{SessionId, UserId};
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Moka;

/// About 20 MB.
const SESSIONS: u64 = 100_000;
/// About 50 MB if everybody writes 500 characters of themselves.
const PROFILES: u64 = 20_000;
/// About 10 MB.
const BINDINGS: u64 = 20_000;
/// A profile or a binding that was read while it changed is wrong no longer than this.
const LIFETIME: Duration = Duration::from_secs(60);

/// Remembers sessions, profiles and bindings in this process.
#[derive(Debug)]
pub struct MemoryCache {
    sessions: Moka<SessionId, SessionState>,
    profiles: Moka<UserId, User>,
    bindings: Moka<IdentityKey, UserId>,
}

impl MemoryCache {
    /// A cache that remembers nothing yet.
    pub fn new() -> Self {
        let sessions = Moka::builder().max_capacity(SESSIONS).eviction_policy(EvictionPolicy::lru()).build();
        let profiles = Moka::builder().max_capacity(PROFILES).time_to_live(LIFETIME).build();
        let bindings = Moka::builder().max_capacity(BINDINGS).time_to_live(LIFETIME).build();
        Self { sessions, profiles, bindings }
    }
}

impl Default for MemoryCache {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn session(&self, session: SessionId) -> Option<SessionState> {
        self.sessions.get(&session)
    }

    async fn remember_session(&self, session: SessionId, state: SessionState) {
        self.sessions.entry(session).and_compute_with(|known| match known {
            Some(known) if *known.value() == SessionState::Ended => Op::Nop,
            _ => Op::Put(state),
        });
    }

    async fn profile(&self, user: UserId) -> Option<User> {
        self.profiles.get(&user)
    }

    async fn remember_profile(&self, user: User) {
        self.profiles.insert(user.id, user);
    }

    async fn forget_profile(&self, user: UserId) {
        self.profiles.invalidate(&user);
    }

    async fn binding(&self, identity: &IdentityKey) -> Option<UserId> {
        self.bindings.get(identity)
    }

    async fn remember_binding(&self, identity: IdentityKey, user: UserId) {
        self.bindings.insert(identity, user);
    }

    async fn forget_binding(&self, identity: &IdentityKey) {
        self.bindings.invalidate(identity);
    }
}
