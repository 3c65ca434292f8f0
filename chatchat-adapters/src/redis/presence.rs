use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chatchat_domain::ports::{Presence, PresenceOf};
use chatchat_domain::{Error, Timestamp, UserId};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use fred::types::scripts::Script;
use futures_util::future::try_join_all;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::{NodeId, Redis};

/// How long a node that is not heard of any more keeps its people.
const LEASE: Duration = Duration::from_secs(30);
/// How often a node says who is still there.
const RENEWED_EVERY: Duration = Duration::from_secs(10);
/// How many people are asked or said something of at a time.
const AT_A_TIME: usize = 256;
/// How long it is remembered when somebody was there last: 90 days.
const SEEN_SECONDS: i64 = 90 * 24 * 3600;

const ONLINE: &str = "online";

/// The node `ARGV[1]` has the person of `KEYS[1]` for `ARGV[2]` milliseconds. 1 if no other node has them, and this
/// one had not. By Redis's clock: those of the nodes may differ.
const LEASED: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
    local is_first = redis.call('ZCARD', KEYS[1]) == 0
    redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return is_first and 1 or 0";

/// The node `ARGV[1]` has the person of `KEYS[1]` no more. 1 if no other node has them; that they were seen at
/// `ARGV[2]` is then kept in `KEYS[2]` for `ARGV[3]` seconds.
const RELEASED: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
    redis.call('ZREM', KEYS[1], ARGV[1])
    if redis.call('ZCARD', KEYS[1]) > 0 then
        return 0
    end
    redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
    return 1";

/// That the person of `KEYS[1]` is there, or when they were last, which `KEYS[2]` knows.
const LOOKED_UP: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    if redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now), '+inf') > 0 then
        return 'online'
    end
    return redis.call('GET', KEYS[2])";

/// Knows who is connected to any node. Each node holds a lease of its people: one that dies loses them with it.
/// Without Redis a node knows its own people.
pub struct RedisPresence {
    leases: Leases,
    here: Arc<Here>,
    _renewal: JoinSet<()>,
}

/// How many connections to this node those who are here have, at least one each.
type Here = DashMap<UserId, u32>;

impl RedisPresence {
    pub(super) fn new(redis: Redis) -> Self {
        let leases = Leases {
            redis,
            node: NodeId::fresh(),
            leased: Script::from_lua(LEASED),
            released: Script::from_lua(RELEASED),
            looked_up: Script::from_lua(LOOKED_UP),
        };
        let here = Arc::<Here>::default();
        let mut renewal = JoinSet::new();
        renewal.spawn(renew(leases.clone(), Arc::clone(&here)));
        Self { leases, here, _renewal: renewal }
    }

    /// What this node knows by itself.
    fn nearby(&self, user: UserId) -> PresenceOf {
        PresenceOf { online: self.here.contains_key(&user), last_seen_at: None }
    }
}

#[async_trait]
impl Presence for RedisPresence {
    async fn arrived(&self, user: UserId) -> bool {
        let is_first_here = {
            let mut count = self.here.entry(user).or_insert(0);
            *count = count.saturating_add(1);
            *count == 1
        };
        is_first_here && self.leases.take(user).await.unwrap_or(true)
    }

    async fn left(&self, user: UserId, now: Timestamp) -> bool {
        if let Entry::Occupied(mut count) = self.here.entry(user) {
            if *count.get() > 1 {
                *count.get_mut() -= 1;
                return false;
            }
            count.remove();
        } else {
            return false;
        }
        self.leases.give_up(user, now).await.unwrap_or(true)
    }

    async fn of(&self, users: &[UserId]) -> Vec<PresenceOf> {
        let mut found = Vec::with_capacity(users.len());
        for some in users.chunks(AT_A_TIME) {
            match try_join_all(some.iter().map(|user| self.leases.look_up(*user))).await {
                Ok(some) => found.extend(some),
                Err(_) => break,
            }
        }
        found.extend(users.iter().skip(found.len()).map(|user| self.nearby(*user)).collect::<Vec<_>>());
        found
    }
}

/// What the nodes know of each other's people.
#[derive(Clone)]
struct Leases {
    redis: Redis,
    node: NodeId,
    leased: Script,
    released: Script,
    looked_up: Script,
}

impl Leases {
    /// Whose nodes, and when they were seen last: side by side, as a script sees both.
    fn keys(&self, user: UserId) -> [String; 2] {
        [self.redis.key(&format!("{{{user}}}:nodes")), self.redis.key(&format!("{{{user}}}:seen"))]
    }

    async fn take(&self, user: UserId) -> Result<bool, Error> {
        let [nodes, _] = self.keys(user);
        let lease = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
        let args = vec![self.node.as_str().into(), lease.into()];
        let is_first: i64 = self.redis.commands().run(&self.leased, vec![nodes], args).await?;
        Ok(is_first == 1)
    }

    async fn give_up(&self, user: UserId, now: Timestamp) -> Result<bool, Error> {
        let args = vec![self.node.as_str().into(), now.unix_micros().into(), SEEN_SECONDS.into()];
        let was_last: i64 = self.redis.commands().run(&self.released, self.keys(user).into(), args).await?;
        Ok(was_last == 1)
    }

    async fn look_up(&self, user: UserId) -> Result<PresenceOf, Error> {
        let found: Option<String> =
            self.redis.commands().run(&self.looked_up, self.keys(user).into(), vec![]).await?;
        let online = found.as_deref() == Some(ONLINE);
        let seen = found.and_then(|micros| micros.parse().ok()).map(Timestamp::from_unix_micros);
        Ok(PresenceOf { online, last_seen_at: seen })
    }
}

/// Says again and again who is still here, also to a Redis that has forgotten it.
async fn renew(leases: Leases, here: Arc<Here>) {
    let mut ticks = tokio::time::interval_at(Instant::now() + RENEWED_EVERY, RENEWED_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let people: Vec<UserId> = here.iter().map(|entry| *entry.key()).collect();
        for some in people.chunks(AT_A_TIME) {
            let still_here = some.iter().filter(|user| here.contains_key(user));
            if try_join_all(still_here.map(|user| leases.take(*user))).await.is_err() {
                break;
            }
        }
    }
}
