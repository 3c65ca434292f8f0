//! [`RateLimiter`]

use std::time::Duration;

use chatchat_adapters::memory::MemoryRateLimiter;
use chatchat_domain::ports::{Policy, RateLimiter};
use chatchat_domain::{Error, Exceeded};

use crate::services::redis::{redis, redis_cluster};

contract! {
    [
        the_quota_may_be_used_at_once_and_no_more,
        a_refusal_says_which_limit_and_when_to_come_back,
        who_waits_as_told_may_go_on,
        what_is_refused_is_not_counted,
        keys_are_counted_apart,
        policies_are_counted_apart,
        what_is_forgotten_counts_no_more,
    ]
    memory => Box::new(MemoryRateLimiter::new());
    redis => Box::new(redis().await.rate_limiter());
    redis_cluster => Box::new(redis_cluster().await.rate_limiter());
}

const THREE_AN_HOUR: Policy = Policy { name: "three_an_hour", quota: 3, window: Duration::from_secs(3600) };
const ONE_AN_HOUR: Policy = Policy { name: "one_an_hour", quota: 1, window: Duration::from_secs(3600) };
const BRIEF: Policy = Policy { name: "brief", quota: 2, window: Duration::from_millis(1000) };

/// Uses up what the policy allows at once.
async fn exhaust(limiter: &dyn RateLimiter, policy: Policy, key: &str) {
    for _ in 0..policy.quota {
        assert_eq!(limiter.check(policy, key).await, Ok(()));
    }
}

async fn refusal(limiter: &dyn RateLimiter, policy: Policy, key: &str) -> Exceeded {
    match limiter.check(policy, key).await {
        Err(Error::RateLimited(exceeded)) => exceeded,
        other => panic!("not refused: {other:?}"),
    }
}

async fn the_quota_may_be_used_at_once_and_no_more(limiter: &dyn RateLimiter) {
    exhaust(limiter, THREE_AN_HOUR, "ann").await;
    refusal(limiter, THREE_AN_HOUR, "ann").await;
}

async fn a_refusal_says_which_limit_and_when_to_come_back(limiter: &dyn RateLimiter) {
    exhaust(limiter, THREE_AN_HOUR, "ann").await;
    let exceeded = refusal(limiter, THREE_AN_HOUR, "ann").await;
    assert_eq!(
        (exceeded.policy, exceeded.quota, exceeded.window),
        (THREE_AN_HOUR.name, THREE_AN_HOUR.quota, THREE_AN_HOUR.window)
    );
    let a_third = THREE_AN_HOUR.window / 3;
    assert!(exceeded.retry_after <= a_third, "{exceeded:?}");
    assert!(exceeded.retry_after > a_third - Duration::from_secs(10), "{exceeded:?}");
}

async fn who_waits_as_told_may_go_on(limiter: &dyn RateLimiter) {
    exhaust(limiter, BRIEF, "ann").await;
    let exceeded = refusal(limiter, BRIEF, "ann").await;
    tokio::time::sleep(exceeded.retry_after).await;
    assert_eq!(limiter.check(BRIEF, "ann").await, Ok(()));
}

async fn what_is_refused_is_not_counted(limiter: &dyn RateLimiter) {
    exhaust(limiter, BRIEF, "ann").await;
    let first = refusal(limiter, BRIEF, "ann").await;
    for _ in 0..10 {
        assert!(refusal(limiter, BRIEF, "ann").await.retry_after <= first.retry_after);
    }
}

async fn keys_are_counted_apart(limiter: &dyn RateLimiter) {
    exhaust(limiter, ONE_AN_HOUR, "ann").await;
    exhaust(limiter, ONE_AN_HOUR, "bob").await;
    refusal(limiter, ONE_AN_HOUR, "ann").await;
}

async fn policies_are_counted_apart(limiter: &dyn RateLimiter) {
    exhaust(limiter, ONE_AN_HOUR, "ann").await;
    exhaust(limiter, THREE_AN_HOUR, "ann").await;
}

async fn what_is_forgotten_counts_no_more(limiter: &dyn RateLimiter) {
    for policy in [ONE_AN_HOUR, THREE_AN_HOUR] {
        for key in ["ann", "bob"] {
            exhaust(limiter, policy, key).await;
        }
    }
    for _ in 0..3 {
        limiter.forget(ONE_AN_HOUR, "ann").await.unwrap();
        exhaust(limiter, ONE_AN_HOUR, "ann").await;
        refusal(limiter, ONE_AN_HOUR, "ann").await;
    }
    refusal(limiter, ONE_AN_HOUR, "bob").await;
    refusal(limiter, THREE_AN_HOUR, "ann").await;
}
