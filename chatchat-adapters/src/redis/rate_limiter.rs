//! GCRA in Redis, for all nodes together.
//!
//! Where little is allowed, Redis is asked each time. Where much is, asking would cost more than what is counted: a node
//! then counts by itself, tells Redis of it in packets, and holds a key back when Redis says that all nodes together
//! have had enough. So it never waits, and what is allowed too much is a packet for each node.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chatchat_domain::ports::{Policy, RateLimiter};
use chatchat_domain::{Error, Exceeded};
use fred::types::scripts::Script;
use moka::sync::Cache;

use super::Redis;
use crate::memory::MemoryRateLimiter;

/// From this quota on, Redis is told in packets.
const MUCH: u32 = 64;
/// Into how many packets a quota goes.
const PACKETS: u32 = 32;
/// How many keys' ledgers a node keeps, about 10 MB. Who is forgotten has had a packet for free.
const LEDGERS: u64 = 50_000;

/// GCRA: `KEYS[1]` holds when all that was counted will have worn off, of which one takes `ARGV[1]` microseconds, and
/// which may lie `ARGV[2]` ahead. Returns 0 if one more is counted, otherwise in how many microseconds it can be.
/// By Redis's clock: those of the nodes may differ.
const COUNT: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local worn_off = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + ARGV[1]
    local early = worn_off - ARGV[2] - now
    if early > 0 then
        return early
    end
    redis.call('SET', KEYS[1], string.format('%.0f', worn_off), 'PX', math.ceil((worn_off - now) / 1000))
    return 0";

/// The same for what has happened already: it is counted in any case. Returns how long until one more would be allowed.
const SETTLE: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local worn_off = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + ARGV[1]
    redis.call('SET', KEYS[1], string.format('%.0f', worn_off), 'PX', math.ceil((worn_off - now) / 1000))
    return math.max(worn_off - ARGV[2] - now, 0)";

/// Counts on all nodes together; without Redis each node counts by itself.
pub struct RedisRateLimiter {
    counter: Counter,
    alone: MemoryRateLimiter,
    ledgers: Cache<(Policy, String), Arc<Ledger>>,
}

/// What counts in Redis.
#[derive(Clone)]
struct Counter {
    redis: Redis,
    count: Script,
    settle: Script,
}

/// What a node has let through for a key, and Redis does not know of.
#[derive(Default)]
struct Ledger {
    unsettled: AtomicU32,
    held_back_until: Mutex<Option<Instant>>,
}

impl RedisRateLimiter {
    pub(super) fn new(redis: Redis) -> Self {
        let (count, settle) = (Script::from_lua(COUNT), Script::from_lua(SETTLE));
        let ledgers = Cache::builder().max_capacity(LEDGERS).time_to_idle(Duration::from_secs(600)).build();
        Self { counter: Counter { redis, count, settle }, alone: MemoryRateLimiter::new(), ledgers }
    }

    async fn check_together(&self, policy: Policy, key: &str) -> Result<(), Error> {
        match self.counter.count(policy, key).await {
            Ok(Duration::ZERO) => Ok(()),
            Ok(retry_after) => Err(exceeded(policy, retry_after)),
            Err(Error::Unavailable(_)) => self.alone.check(policy, key).await,
            Err(error) => Err(error),
        }
    }

    async fn check_here(&self, policy: Policy, key: &str) -> Result<(), Error> {
        let ledger = self.ledgers.get_with((policy, key.to_owned()), Arc::default);
        if let Some(retry_after) = ledger.held_back() {
            return Err(exceeded(policy, retry_after));
        }
        self.alone.check(policy, key).await?;
        if let Some(packet) = ledger.packet(policy.quota / PACKETS) {
            let (counter, key) = (self.counter.clone(), key.to_owned());
            tokio::spawn(async move {
                if let Ok(wait) = counter.settle(policy, &key, packet).await {
                    ledger.hold_back(wait);
                }
            });
        }
        Ok(())
    }
}

impl Ledger {
    fn held_back(&self) -> Option<Duration> {
        let until = *self.held_back_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.map(|until| until.saturating_duration_since(Instant::now())).filter(|wait| !wait.is_zero())
    }

    fn hold_back(&self, wait: Duration) {
        let until = (!wait.is_zero()).then(|| Instant::now() + wait);
        *self.held_back_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Notes one more; what is to be told, if that has become a packet.
    fn packet(&self, size: u32) -> Option<u32> {
        let unsettled = self.unsettled.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        (unsettled >= size).then(|| self.unsettled.swap(0, Ordering::Relaxed)).filter(|packet| *packet > 0)
    }
}

impl Counter {
    /// How long one has to wait before it is counted.
    async fn count(&self, policy: Policy, key: &str) -> Result<Duration, Error> {
        self.run(&self.count, policy, key, 1).await
    }

    /// Counts a packet; gives how long one has to wait before one more is allowed.
    async fn settle(&self, policy: Policy, key: &str, packet: u32) -> Result<Duration, Error> {
        self.run(&self.settle, policy, key, packet).await
    }

    async fn forget(&self, policy: Policy, key: &str) -> Result<(), Error> {
        self.redis.commands().delete(self.key(policy, key)).await
    }

    fn key(&self, policy: Policy, key: &str) -> String {
        self.redis.veiled_key("rate", &[policy.name, key])
    }

    async fn run(&self, script: &Script, policy: Policy, key: &str, amount: u32) -> Result<Duration, Error> {
        let share = policy.window.checked_div(policy.quota);
        let share = share.ok_or_else(|| Error::Internal(format!("not a rate: {policy:?}")))?;
        let key = self.key(policy, key);
        let args = vec![micros(share.saturating_mul(amount)).into(), micros(policy.window).into()];
        let wait: i64 = self.redis.commands().run(script, vec![key], args).await?;
        Ok(Duration::from_micros(u64::try_from(wait).unwrap_or_default()))
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

fn exceeded(policy: Policy, retry_after: Duration) -> Error {
    Error::RateLimited(Exceeded {
        policy: policy.name,
        quota: policy.quota,
        window: policy.window,
        retry_after,
    })
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn check(&self, policy: Policy, key: &str) -> Result<(), Error> {
        if policy.quota >= MUCH {
            self.check_here(policy, key).await
        } else {
            self.check_together(policy, key).await
        }
    }

    async fn forget(&self, policy: Policy, key: &str) -> Result<(), Error> {
        self.ledgers.invalidate(&(policy, key.to_owned()));
        self.alone.forget(policy, key).await?;
        self.counter.forget(policy, key).await
    }
}
