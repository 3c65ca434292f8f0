//! What the adapters of a service know of themselves, for whoever shows it.

use std::sync::Arc;

use prometheus_client::registry::Registry;

use super::Stack;
use crate::breaker::Breaker;
use crate::live::Live;

impl Stack {
    /// Lets be shown how the adapters fare.
    pub fn register(&self, registry: &mut Registry) {
        self.database.register(registry);
        self.cache.register(registry);
        self.limiter.register(registry);
        self.bus.register(registry);
        let help = "Whether a dependency is asked: 0 by everybody, 1 by one at a time, 2 by nobody";
        let breakers = self.breakers();
        // Each connection to Redis that owes an answer rests: they are its breakers.
        #[cfg(feature = "redis")]
        let (redis, its_openings) = (self.redis.clone(), self.redis.clone());
        let levels = move || {
            #[allow(unused_mut, reason = "who has no Redis has no level of it")]
            let mut levels = by_dependency(&breakers, Breaker::level);
            #[cfg(feature = "redis")]
            levels.extend(redis.iter().map(|redis| of_redis(if redis.lines_up() == 0 { 2 } else { 0 })));
            levels
        };
        registry.register("breaker_state", help, Live::gauge("dependency", levels));
        let help = "How often a dependency began to be left alone";
        let breakers = self.breakers();
        let openings = move || {
            #[allow(unused_mut, reason = "who has no Redis has no openings of it")]
            let mut openings = by_dependency(&breakers, Breaker::opened);
            #[cfg(feature = "redis")]
            openings.extend(its_openings.iter().map(|redis| of_redis(redis.rests())));
            openings
        };
        registry.register("breaker_openings", help, Live::counter("dependency", openings));
        #[cfg(feature = "redis")]
        if let Some(redis) = self.redis.clone() {
            let help = "How many connections to Redis can be used";
            let lines = move || vec![("commands".to_owned(), redis.lines_up())];
            registry.register("redis_connections", help, Live::gauge("for", lines));
        }
    }

    fn breakers(&self) -> Vec<Arc<Breaker>> {
        self.breakers.iter().cloned().chain(self.database.breakers()).collect()
    }
}

#[cfg(feature = "redis")]
fn of_redis(number: u64) -> (String, u64) {
    ("redis".to_owned(), number)
}

fn by_dependency(breakers: &[Arc<Breaker>], read: impl Fn(&Breaker) -> u64) -> Vec<(String, u64)> {
    breakers.iter().map(|breaker| (breaker.name().to_owned(), read(breaker))).collect()
}
