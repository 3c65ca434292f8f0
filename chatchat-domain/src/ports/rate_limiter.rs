use std::time::Duration;

use async_trait::async_trait;

use crate::error::Error;

/// How often something may happen: `quota` times in a `window`, at once or spread (GCRA).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Its name, unique in the product.
    pub name: &'static str,
    /// How many are allowed in a window, at least 1.
    pub quota: u32,
    /// The window.
    pub window: Duration,
}

/// Counts how often things happen.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Counts one more for `key` under `policy`.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when that is too often; it is then not counted.
    async fn check(&self, policy: Policy, key: &str) -> Result<(), Error>;

    /// Forgets what was counted for `key` under `policy`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it is counted elsewhere, and that cannot be asked.
    async fn forget(&self, policy: Policy, key: &str) -> Result<(), Error>;
}
