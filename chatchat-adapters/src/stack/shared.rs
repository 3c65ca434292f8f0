use std::sync::Arc;

use chatchat_domain::account::CodeStore;
use chatchat_domain::identity::LoginStore;
use chatchat_domain::ports::{Cache, EventBus, EventListener, EventSource, Presence, RateLimiter};
use chatchat_domain::trail::{Witness, Witnesses};

use prometheus_client::registry::Registry;

use super::{OpenError, SharedOptions};
use crate::memory::{
    MemoryBus, MemoryCache, MemoryCodes, MemoryLogins, MemoryPresence, MemoryRateLimiter, Unlimited,
};
#[cfg(feature = "redis")]
use crate::redis::{ConnectError, Redis, RedisBus};

/// What the nodes of a service share besides the database.
pub(super) struct Shared {
    pub(super) bus: Bus,
    pub(super) cache: Arc<dyn Cache>,
    pub(super) codes: Arc<dyn CodeStore>,
    pub(super) logins: Arc<dyn LoginStore>,
    pub(super) presence: Arc<dyn Presence>,
    /// Limits abuse.
    pub(super) limiter: Arc<dyn RateLimiter>,
    /// Limits what would cost too much, whoever does it.
    pub(super) pacer: Arc<dyn RateLimiter>,
    #[cfg(feature = "redis")]
    pub(super) redis: Option<Redis>,
}

impl Shared {
    pub(super) async fn open(options: &SharedOptions, limits_enabled: bool) -> Result<Self, OpenError> {
        match options {
            SharedOptions::InProcess => Ok(Self::in_process(limits_enabled)),
            #[cfg(feature = "redis")]
            SharedOptions::Redis(url) => {
                let connect = || Redis::connect(url.expose());
                let redis = super::patiently(connect, ConnectError::may_pass).await;
                Ok(Self::in_redis(redis.map_err(wrong)?, limits_enabled))
            }
        }
    }

    /// For a service of one node.
    fn in_process(limits_enabled: bool) -> Self {
        Self {
            bus: Bus::InProcess(Arc::new(MemoryBus::new())),
            cache: Arc::new(MemoryCache::new()),
            codes: Arc::new(MemoryCodes::new()),
            logins: Arc::new(MemoryLogins::new()),
            presence: Arc::new(MemoryPresence::new()),
            limiter: if limits_enabled { Arc::new(MemoryRateLimiter::new()) } else { Arc::new(Unlimited) },
            pacer: Arc::new(MemoryRateLimiter::new()),
            #[cfg(feature = "redis")]
            redis: None,
        }
    }

    /// For a service of many nodes.
    #[cfg(feature = "redis")]
    fn in_redis(redis: Redis, limits_enabled: bool) -> Self {
        let pacer: Arc<dyn RateLimiter> = Arc::new(redis.rate_limiter());
        Self {
            bus: Bus::Redis(Arc::new(redis.bus())),
            cache: Arc::new(redis.cache()),
            codes: Arc::new(redis.codes()),
            logins: Arc::new(redis.logins()),
            presence: Arc::new(redis.presence()),
            limiter: if limits_enabled { Arc::clone(&pacer) } else { Arc::new(Unlimited) },
            pacer,
            redis: Some(redis),
        }
    }
}

/// What is known of it without starting.
pub(super) async fn look_at(options: &SharedOptions) -> Result<String, OpenError> {
    match options {
        SharedOptions::InProcess => Ok("in this process, for one node only".to_owned()),
        #[cfg(feature = "redis")]
        SharedOptions::Redis(url) => {
            let redis = Redis::connect(url.expose()).await.map_err(wrong)?;
            Ok(format!("Redis {}", redis.version()))
        }
    }
}

#[cfg(feature = "redis")]
fn wrong(error: ConnectError) -> OpenError {
    OpenError::new("redis.url", error)
}

/// Carries events.
pub(super) enum Bus {
    InProcess(Arc<MemoryBus>),
    #[cfg(feature = "redis")]
    Redis(Arc<RedisBus>),
}

impl Bus {
    pub(super) fn port(&self) -> Arc<dyn EventBus> {
        match self {
            Self::InProcess(bus) => bus.clone(),
            #[cfg(feature = "redis")]
            Self::Redis(bus) => bus.clone(),
        }
    }

    pub(super) fn source(&self) -> Arc<dyn EventSource> {
        match self {
            Self::InProcess(bus) => bus.clone(),
            #[cfg(feature = "redis")]
            Self::Redis(bus) => bus.clone(),
        }
    }

    /// Lets be shown what it carries.
    #[cfg_attr(
        not(feature = "redis"),
        allow(unused_variables, reason = "only what several nodes share is counted")
    )]
    pub(super) fn register(&self, registry: &mut Registry) {
        match self {
            Self::InProcess(_) => {}
            #[cfg(feature = "redis")]
            Self::Redis(bus) => bus.register(registry),
        }
    }

    pub(super) fn witnesses(&self) -> Arc<dyn Witnesses> {
        match self {
            Self::InProcess(bus) => bus.clone(),
            #[cfg(feature = "redis")]
            Self::Redis(bus) => bus.clone(),
        }
    }

    pub(super) fn attach_witness(&self, witness: Arc<dyn Witness>) {
        match self {
            Self::InProcess(bus) => bus.attach_witness(witness),
            #[cfg(feature = "redis")]
            Self::Redis(bus) => bus.attach_witness(witness),
        }
    }

    pub(super) fn attach(&self, listener: Arc<dyn EventListener>) {
        match self {
            Self::InProcess(bus) => bus.attach(listener),
            #[cfg(feature = "redis")]
            Self::Redis(bus) => bus.attach(listener),
        }
    }
}
