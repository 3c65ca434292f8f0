use std::sync::Arc;

use async_trait::async_trait;
use chatchat_domain::Error;
use chatchat_domain::ports::{Policy, RateLimiter};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Counts what a limiter refuses.
pub(crate) struct CountedLimiter {
    limiter: Arc<dyn RateLimiter>,
    refused: Family<[(&'static str, &'static str); 1], Counter>,
}

impl CountedLimiter {
    pub(crate) fn new(limiter: Arc<dyn RateLimiter>) -> Self {
        Self { limiter, refused: Family::default() }
    }

    /// Lets the counts be shown.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let help = "What was refused because it came too often, by the limit";
        registry.register("limited", help, self.refused.clone());
    }
}

#[async_trait]
impl RateLimiter for CountedLimiter {
    async fn check(&self, policy: Policy, key: &str) -> Result<(), Error> {
        let checked = self.limiter.check(policy, key).await;
        if let Err(Error::RateLimited(_)) = checked {
            self.refused.get_or_create(&[("limit", policy.name)]).inc();
        }
        checked
    }

    async fn forget(&self, policy: Policy, key: &str) -> Result<(), Error> {
        self.limiter.forget(policy, key).await
    }
}
