use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chatchat_domain::ports::{Policy, RateLimiter};
use chatchat_domain::{Error, Exceeded};
use dashmap::DashMap;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use moka::sync::Cache as Moka;

/// How often the size is looked at: once in so many checks.
const LOOK_EVERY: usize = 1024;
/// Below this many keys of a policy nothing is swept.
const SWEEP_FROM: usize = 10_000;
/// The most keys of a policy, about 15 MB. When so many count at once, all start afresh: an attacker who can
/// afford that many gains little by it, and nobody else is locked out.
const KEYS: usize = 100_000;

/// How many forgiven keys are known. Of those that are forgotten, what was counted before counts again.
const FORGIVEN: u64 = 10_000;
/// How long it is known that a key was forgiven: what was counted before has worn off by then.
const FORGIVEN_FOR: Duration = Duration::from_secs(24 * 3600);

/// Counts in this process (GCRA).
#[derive(Debug)]
pub struct MemoryRateLimiter {
    counters: DashMap<Policy, Arc<Counter>>,
    /// How often a key was forgiven. A single key cannot be taken out of a counter: it counts under another name then.
    forgiven: Moka<(Policy, String), u32>,
    /// Whether any was: mostly none, and each check would look for nothing.
    has_forgiven: AtomicBool,
}

/// The counts of all keys under one policy.
#[derive(Debug)]
struct Counter {
    keys: DefaultKeyedRateLimiter<String>,
    checks: AtomicUsize,
    /// Sweeping at twice the size that the last one left costs each check next to nothing.
    sweep_at: AtomicUsize,
}

impl MemoryRateLimiter {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        let forgiven = Moka::builder().max_capacity(FORGIVEN).time_to_live(FORGIVEN_FOR).build();
        Self { counters: DashMap::new(), forgiven, has_forgiven: AtomicBool::new(false) }
    }

    /// What the key is counted as.
    fn counted_as(&self, policy: Policy, key: &str) -> String {
        if !self.has_forgiven.load(Ordering::Relaxed) {
            return key.to_owned();
        }
        match self.forgiven.get(&(policy, key.to_owned())) {
            Some(times) => format!("{key}\n{times}"),
            None => key.to_owned(),
        }
    }

    fn counter(&self, policy: Policy) -> Result<Arc<Counter>, Error> {
        if let Some(counter) = self.counters.get(&policy) {
            return Ok(Arc::clone(&counter));
        }
        let quota = quota(policy).ok_or_else(|| Error::Internal(format!("not a rate: {policy:?}")))?;
        Ok(Arc::clone(&*self.counters.entry(policy).or_insert_with(|| Arc::new(Counter::new(quota)))))
    }
}

/// All at once, and then one each time that its share of the window has passed.
fn quota(policy: Policy) -> Option<Quota> {
    let burst = NonZeroU32::new(policy.quota)?;
    Quota::with_period(policy.window.checked_div(policy.quota)?).map(|quota| quota.allow_burst(burst))
}

impl Counter {
    fn new(quota: Quota) -> Self {
        Self {
            keys: DefaultKeyedRateLimiter::keyed(quota),
            checks: AtomicUsize::new(1),
            sweep_at: AtomicUsize::new(SWEEP_FROM),
        }
    }

    /// Forgets the keys that nothing is counted for any more. False when too many are left.
    fn stays_bounded(&self) -> bool {
        let looks = self.checks.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOOK_EVERY);
        if looks && self.keys.len() >= self.sweep_at.load(Ordering::Relaxed) {
            self.keys.retain_recent();
            self.keys.shrink_to_fit();
            let next = self.keys.len().saturating_mul(2).clamp(SWEEP_FROM, KEYS);
            self.sweep_at.store(next, Ordering::Relaxed);
            return self.keys.len() < KEYS;
        }
        true
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn check(&self, policy: Policy, key: &str) -> Result<(), Error> {
        let counter = self.counter(policy)?;
        if !counter.stays_bounded() {
            self.counters.remove(&policy);
        }
        counter.keys.check_key(&self.counted_as(policy, key)).map_err(|not_until| {
            Error::RateLimited(Exceeded {
                policy: policy.name,
                quota: policy.quota,
                window: policy.window,
                retry_after: not_until.wait_time_from(DefaultClock::default().now()),
            })
        })
    }

    async fn forget(&self, policy: Policy, key: &str) -> Result<(), Error> {
        let entry = self.forgiven.entry((policy, key.to_owned()));
        entry.and_upsert_with(|before| before.map_or(1, |times| times.into_value().wrapping_add(1)));
        self.has_forgiven.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Default for MemoryRateLimiter {
    fn default() -> Self {
        Self::new()
    }
}

/// Lets everything pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unlimited;

#[async_trait]
impl RateLimiter for Unlimited {
    async fn check(&self, _: Policy, _: &str) -> Result<(), Error> {
        Ok(())
    }

    async fn forget(&self, _: Policy, _: &str) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check_everybody(limiter: &MemoryRateLimiter, policy: Policy, people: usize) -> usize {
        for person in 0..people {
            limiter.check(policy, &person.to_string()).await.unwrap();
        }
        limiter.counters.get(&policy).map_or(0, |counter| counter.keys.len())
    }

    #[tokio::test]
    async fn keys_that_count_no_more_are_forgotten() {
        let brief = Policy { name: "brief", quota: 1, window: Duration::from_millis(1) };
        assert!(check_everybody(&MemoryRateLimiter::new(), brief, 50_000).await < 2 * SWEEP_FROM);
    }

    #[tokio::test]
    async fn keys_that_all_count_are_bounded_too() {
        let long = Policy { name: "long", quota: 1, window: Duration::from_secs(3600) };
        let kept = check_everybody(&MemoryRateLimiter::new(), long, 2 * KEYS).await;
        assert!(kept < KEYS + LOOK_EVERY, "{kept}");
    }

    #[tokio::test]
    async fn a_policy_that_allows_nothing_is_a_defect() {
        let nothing = Policy { name: "nothing", quota: 0, window: Duration::from_secs(1) };
        let checked = MemoryRateLimiter::new().check(nothing, "ann").await;
        assert!(matches!(checked, Err(Error::Internal(_))));
    }

    #[tokio::test]
    async fn without_limits_everything_passes() {
        let once = Policy { name: "once", quota: 1, window: Duration::from_secs(60) };
        for _ in 0..100 {
            Unlimited.check(once, "ann").await.unwrap();
        }
    }
}
