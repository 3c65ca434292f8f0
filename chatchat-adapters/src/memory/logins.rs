use async_trait::async_trait;
use chatchat_domain::Error;
use chatchat_domain::identity::{
    BINDING_LIFETIME, LoginStore, PENDING_LIFETIME, PendingLogin, VerifiedIdentity,
};
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Moka;

/// How many log-ins of each kind are kept at once; the oldest go first. About 100 MB if all are as large as they can be.
const LOGINS: u64 = 50_000;

/// Keeps log-ins that are under way in this process. A restart forgets them: people begin again.
#[derive(Debug)]
pub struct MemoryLogins {
    pending: Moka<[u8; 32], PendingLogin>,
    verified: Moka<[u8; 32], VerifiedIdentity>,
}

impl MemoryLogins {
    /// Nobody is logging in.
    pub fn new() -> Self {
        Self {
            pending: Moka::builder()
                .max_capacity(LOGINS)
                .eviction_policy(EvictionPolicy::lru())
                .time_to_live(PENDING_LIFETIME)
                .build(),
            verified: Moka::builder()
                .max_capacity(LOGINS)
                .eviction_policy(EvictionPolicy::lru())
                .time_to_live(BINDING_LIFETIME)
                .build(),
        }
    }
}

impl Default for MemoryLogins {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl LoginStore for MemoryLogins {
    async fn keep_pending(&self, key: [u8; 32], login: PendingLogin) -> Result<(), Error> {
        self.pending.insert(key, login);
        Ok(())
    }

    async fn take_pending(&self, key: [u8; 32]) -> Result<Option<PendingLogin>, Error> {
        Ok(self.pending.remove(&key))
    }

    async fn keep_verified(&self, key: [u8; 32], identity: VerifiedIdentity) -> Result<(), Error> {
        self.verified.insert(key, identity);
        Ok(())
    }

    async fn verified(&self, key: [u8; 32]) -> Result<Option<VerifiedIdentity>, Error> {
        Ok(self.verified.get(&key))
    }

    async fn take_verified(&self, key: [u8; 32]) -> Result<Option<VerifiedIdentity>, Error> {
        Ok(self.verified.remove(&key))
    }
}
