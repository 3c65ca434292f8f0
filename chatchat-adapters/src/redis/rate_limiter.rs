use std::time::Duration;

use async_trait::async_trait;
use chatchat_domain::ports::{Policy, RateLimiter};
use chatchat_domain::{Error, Exceeded};
use fred::types::scripts::Script;

use super::Redis;
use crate::memory::MemoryRateLimiter;

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

/// Counts on all nodes together; without Redis each node counts by itself.
pub struct RedisRateLimiter {
    redis: Redis,
    count: Script,
    alone: MemoryRateLimiter,
}

impl RedisRateLimiter {
    pub(super) fn new(redis: Redis) -> Self {
        Self { redis, count: Script::from_lua(COUNT), alone: MemoryRateLimiter::new() }
    }

    /// How long one has to wait before it is counted.
    async fn count(&self, policy: Policy, key: &str) -> Result<Duration, Error> {
        let share = policy.window.checked_div(policy.quota);
        let share = share.ok_or_else(|| Error::Internal(format!("not a rate: {policy:?}")))?;
        let key = self.redis.veiled_key("rate", &[policy.name, key]);
        let args = vec![micros(share).into(), micros(policy.window).into()];
        let wait: i64 = self.redis.commands().run(&self.count, vec![key], args).await?;
        Ok(Duration::from_micros(u64::try_from(wait).unwrap_or_default()))
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn check(&self, policy: Policy, key: &str) -> Result<(), Error> {
        match self.count(policy, key).await {
            Ok(Duration::ZERO) => Ok(()),
            Ok(retry_after) => Err(Error::RateLimited(Exceeded {
                policy: policy.name,
                quota: policy.quota,
                window: policy.window,
                retry_after,
            })),
            Err(Error::Unavailable(_)) => self.alone.check(policy, key).await,
            Err(error) => Err(error),
        }
    }
}
