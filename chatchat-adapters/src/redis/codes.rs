use async_trait::async_trait;
use chatchat_domain::account::{CODE_LIFETIME, CodePurpose, CodeStore, EmailAddress, StoredCode};
use chatchat_domain::{Error, Timestamp};
use fred::types::scripts::Script;

use super::Redis;

/// `KEYS[1]` holds the code with the hash `ARGV[1]`, made at `ARGV[2]`, for `ARGV[3]` seconds.
const KEEP: &str = "
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], 'hash', ARGV[1], 'made', ARGV[2], 'wrong', 0)
    redis.call('EXPIRE', KEYS[1], ARGV[3])";

/// 1 if `ARGV[1]` is the hash of the code in `KEYS[1]`, which is then used up; 0 if not, which counts as one of
/// `ARGV[2]` tries. Now it is `ARGV[3]`, and a code lives for `ARGV[4]` microseconds.
const REDEEM: &str = "
    local kept = redis.call('HMGET', KEYS[1], 'hash', 'made', 'wrong')
    if not kept[1] then
        return 0
    end
    local age = tonumber(ARGV[3]) - tonumber(kept[2])
    if tonumber(kept[3]) >= tonumber(ARGV[2]) or age >= tonumber(ARGV[4]) then
        redis.call('DEL', KEYS[1])
        return 0
    end
    if kept[1] == ARGV[1] then
        redis.call('DEL', KEYS[1])
        return 1
    end
    redis.call('HINCRBY', KEYS[1], 'wrong', 1)
    return 0";

/// Keeps codes for all nodes. Without Redis no code can be kept or used.
pub struct RedisCodes {
    redis: Redis,
    keep: Script,
    redeem: Script,
}

impl RedisCodes {
    pub(super) fn new(redis: Redis) -> Self {
        Self { redis, keep: Script::from_lua(KEEP), redeem: Script::from_lua(REDEEM) }
    }

    fn key(&self, email: &EmailAddress, purpose: CodePurpose) -> String {
        self.redis.veiled_key("code", &[purpose.as_str(), &email.key()])
    }
}

#[async_trait]
impl CodeStore for RedisCodes {
    async fn keep(&self, email: &EmailAddress, purpose: CodePurpose, code: StoredCode) -> Result<(), Error> {
        let made = code.created_at.unix_micros();
        let args = vec![code.hash.as_slice().into(), made.into(), seconds().into()];
        self.redis.commands().run(&self.keep, vec![self.key(email, purpose)], args).await
    }

    async fn redeem(
        &self,
        email: &EmailAddress,
        purpose: CodePurpose,
        hash: [u8; 32],
        tries: u32,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let lifetime = seconds().saturating_mul(1_000_000);
        let args = vec![hash.as_slice().into(), tries.into(), now.unix_micros().into(), lifetime.into()];
        let redeemed: i64 =
            self.redis.commands().run(&self.redeem, vec![self.key(email, purpose)], args).await?;
        Ok(redeemed == 1)
    }

    async fn forget(&self, email: &EmailAddress) -> Result<(), Error> {
        for purpose in CodePurpose::ALL {
            self.redis.commands().delete(self.key(email, purpose)).await?;
        }
        Ok(())
    }
}

fn seconds() -> i64 {
    i64::try_from(CODE_LIFETIME.as_secs()).unwrap_or(i64::MAX)
}
