use async_trait::async_trait;
use chatchat_domain::ports::{Presence, PresenceOf};
use chatchat_domain::{Timestamp, UserId};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Moka;

/// Of how many people the last visit is remembered: about 10 MB.
const LAST_SEEN: u64 = 100_000;

/// Counts the connections to this process.
#[derive(Debug)]
pub struct MemoryPresence {
    /// How many connections those who are there have, at least one each.
    connections: DashMap<UserId, u32>,
    last_seen: Moka<UserId, Timestamp>,
}

impl MemoryPresence {
    /// Nobody is there.
    pub fn new() -> Self {
        let last_seen =
            Moka::builder().max_capacity(LAST_SEEN).eviction_policy(EvictionPolicy::lru()).build();
        Self { connections: DashMap::new(), last_seen }
    }

    fn one(&self, user: UserId) -> PresenceOf {
        if self.connections.contains_key(&user) {
            PresenceOf { online: true, last_seen_at: None }
        } else {
            PresenceOf { online: false, last_seen_at: self.last_seen.get(&user) }
        }
    }
}

impl Default for MemoryPresence {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Presence for MemoryPresence {
    async fn arrived(&self, user: UserId) -> bool {
        let mut count = self.connections.entry(user).or_insert(0);
        *count = count.saturating_add(1);
        *count == 1
    }

    async fn left(&self, user: UserId, now: Timestamp) -> bool {
        let Entry::Occupied(mut count) = self.connections.entry(user) else { return false };
        if *count.get() > 1 {
            *count.get_mut() -= 1;
            return false;
        }
        // Before the entry goes, so that nobody finds them neither there nor seen.
        self.last_seen.insert(user, now);
        count.remove();
        true
    }

    async fn of(&self, users: &[UserId]) -> Vec<PresenceOf> {
        users.iter().map(|user| self.one(*user)).collect()
    }
}
