use std::time::{Duration, Instant};

use async_trait::async_trait;
use chatchat_domain::account::User;
use chatchat_domain::identity::IdentityKey;
use chatchat_domain::ports::{Cache, Random as _, SessionState};
use chatchat_domain::{Error, SessionId, Timestamp, UserId};
use fred::interfaces::KeysInterface as _;
use fred::types::Expiration;
use fred::types::scripts::Script;
use moka::Expiry;
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Moka;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Redis;
use super::json::Profile;
use crate::system::SystemRandom;

/// How many sessions a node remembers by itself: about 20 MB.
const SESSIONS: u64 = 100_000;
/// How long a node believes that a session lives without asking Redis, which may take half a second to answer: it
/// hears within a second that the session has ended.
const BELIEVED_FOR: Duration = Duration::from_millis(400);
/// How long Redis remembers that a session lives. Should nobody be able to tell Redis that it has ended, the store
/// is asked after this.
const LIVE_SECONDS: i64 = 60;
/// How long Redis remembers that one has ended: much longer than that it has lived.
const ENDED_SECONDS: i64 = 3600;
/// How many ended sessions may wait for Redis to come back.
const UNTOLD: usize = 1024;
const TELL_AGAIN_AFTER: Duration = Duration::from_millis(500);
/// A profile or a binding that was read while it changed is wrong no longer than this; a little less, so that those that were
/// read together are not all forgotten together.
const SECONDS: i64 = 60;
const JITTER_SECONDS: i64 = 16;

const ENDED: &str = "ended";

/// Unless it has ended, the session (`KEYS[1]`) is as `ARGV[1]` says, for `ARGV[2]` seconds. Returns how it is.
const REMEMBER: &str = "
    if redis.call('GET', KEYS[1]) == 'ended' and ARGV[1] ~= 'ended' then
        return 'ended'
    end
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
    return ARGV[1]";

/// Remembers sessions, profiles and bindings for all nodes. What was asked a moment ago is not asked again.
pub struct RedisCache {
    sessions: Sessions,
    nearby: Moka<SessionId, SessionState>,
    /// The sessions that have ended, and Redis does not know.
    untold: mpsc::Sender<SessionId>,
    _telling: JoinSet<()>,
}

impl RedisCache {
    pub(super) fn new(redis: Redis) -> Self {
        let nearby = Moka::builder()
            .max_capacity(SESSIONS)
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(Belief)
            .build();
        let sessions = Sessions { redis, remember: Script::from_lua(REMEMBER) };
        let (untold, waiting) = mpsc::channel(UNTOLD);
        let mut telling = JoinSet::new();
        telling.spawn(tell(sessions.clone(), waiting));
        Self { sessions, nearby, untold, _telling: telling }
    }

    /// Believes it for a while; whoever knows better stays with that.
    fn believe(&self, session: SessionId, state: SessionState) {
        self.nearby.entry(session).and_compute_with(|known| match known {
            Some(known) if *known.value() == SessionState::Ended => Op::Nop,
            _ => Op::Put(state),
        });
    }

    fn redis(&self) -> &Redis {
        &self.sessions.redis
    }

    fn profile_key(&self, user: UserId) -> String {
        self.redis().key(&format!("profile:{user}"))
    }

    fn binding_key(&self, identity: &IdentityKey) -> String {
        self.redis().veiled_key("binding", &[identity.provider.as_str(), identity.subject.as_str()])
    }

    /// Remembers it for about a minute.
    async fn remember(&self, key: String, value: String) {
        let Ok(line) = self.redis().commands().line() else { return };
        let mut die = [0];
        SystemRandom.fill(&mut die);
        let seconds = SECONDS - i64::from(die[0]) % JITTER_SECONDS;
        let set = line.set::<(), _, _>(key, value, Some(Expiration::EX(seconds)), None, false);
        let _forgotten_at_worst = line.answer("SET", set).await;
    }

    async fn forget(&self, key: String) {
        let Ok(line) = self.redis().commands().line() else { return };
        let _gone_in_a_minute_at_worst = line.answer("DEL", line.del::<(), _>(key)).await;
    }
}

/// An end is for good, a life is to be asked for again.
struct Belief;

impl Expiry<SessionId, SessionState> for Belief {
    fn expire_after_create(&self, _: &SessionId, state: &SessionState, _: Instant) -> Option<Duration> {
        (*state != SessionState::Ended).then_some(BELIEVED_FOR)
    }

    fn expire_after_update(
        &self,
        _: &SessionId,
        state: &SessionState,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        (*state != SessionState::Ended).then_some(BELIEVED_FOR)
    }
}

/// What Redis knows of sessions.
#[derive(Clone)]
struct Sessions {
    redis: Redis,
    remember: Script,
}

impl Sessions {
    fn key(&self, session: SessionId) -> String {
        self.redis.key(&format!("session:{session}"))
    }

    async fn get(&self, session: SessionId) -> Result<Option<SessionState>, Error> {
        let line = self.redis.commands().line()?;
        let text: Option<String> = line.answer("GET", line.get(self.key(session))).await?;
        Ok(text.and_then(|text| read(&text)))
    }

    /// How the session is from now on.
    async fn remember(&self, session: SessionId, state: SessionState) -> Result<SessionState, Error> {
        let (text, seconds) = match state {
            SessionState::Live { seen_at } => (seen_at.unix_micros().to_string(), LIVE_SECONDS),
            SessionState::Ended => (ENDED.to_owned(), ENDED_SECONDS),
        };
        let args = vec![text.into(), seconds.into()];
        let text: String = self.redis.commands().run(&self.remember, vec![self.key(session)], args).await?;
        Ok(read(&text).unwrap_or(state))
    }
}

fn read(text: &str) -> Option<SessionState> {
    if text == ENDED {
        return Some(SessionState::Ended);
    }
    Some(SessionState::Live { seen_at: Timestamp::from_unix_micros(text.parse().ok()?) })
}

/// Tells Redis, as soon as it is back, that these have ended.
async fn tell(sessions: Sessions, mut ended: mpsc::Receiver<SessionId>) {
    while let Some(session) = ended.recv().await {
        while sessions.remember(session, SessionState::Ended).await.is_err() {
            tokio::time::sleep(TELL_AGAIN_AFTER).await;
        }
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn session(&self, session: SessionId) -> Option<SessionState> {
        if let Some(state) = self.nearby.get(&session) {
            return Some(state);
        }
        let state = self.sessions.get(session).await.ok()??;
        self.believe(session, state);
        self.nearby.get(&session).or(Some(state))
    }

    async fn remember_session(&self, session: SessionId, state: SessionState) {
        if state == SessionState::Ended {
            self.believe(session, state);
        }
        match self.sessions.remember(session, state).await {
            Ok(state) => self.believe(session, state),
            Err(_) if state == SessionState::Ended => {
                if self.untold.try_send(session).is_err() {
                    tracing::warn!(%session, "Redis cannot be told that a session has ended");
                }
            }
            Err(_) => self.believe(session, state),
        }
    }

    async fn profile(&self, user: UserId) -> Option<User> {
        let line = self.redis().commands().line().ok()?;
        let json: Option<String> = line.answer("GET", line.get(self.profile_key(user))).await.ok()?;
        let Profile(profile) = serde_json::from_str(&json?).ok()?;
        Some(profile)
    }

    async fn remember_profile(&self, user: User) {
        let key = self.profile_key(user.id);
        let Ok(json) = serde_json::to_string(&Profile(user)) else { return };
        self.remember(key, json).await;
    }

    async fn forget_profile(&self, user: UserId) {
        self.forget(self.profile_key(user)).await;
    }

    async fn binding(&self, identity: &IdentityKey) -> Option<UserId> {
        let line = self.redis().commands().line().ok()?;
        let user: Option<String> = line.answer("GET", line.get(self.binding_key(identity))).await.ok()?;
        user?.parse().ok()
    }

    async fn remember_binding(&self, identity: IdentityKey, user: UserId) {
        self.remember(self.binding_key(&identity), user.to_string()).await;
    }

    async fn forget_binding(&self, identity: &IdentityKey) {
        self.forget(self.binding_key(identity)).await;
    }
}
