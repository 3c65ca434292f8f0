//! What several capabilities need from outside. Each capability's own needs stand in its `ports` module.
//!
//! A port is a contract: what its documentation promises, every adapter keeps, and one contract suite
//! holds each adapter to it.

mod bus;
mod cache;
mod clock;
mod mailer;
mod objects;
mod passwords;
mod presence;
mod random;
mod rate_limiter;
mod tokens;

pub use bus::{EventBus, EventListener, EventSource, Topic};
pub use cache::{Cache, SessionState};
pub use clock::Clock;
pub use mailer::{Mail, Mailer};
pub use objects::{ImageCodec, Object, ObjectKey, ObjectStore, Photo};
pub use passwords::PasswordHasher;
pub use presence::{Presence, PresenceOf};
pub use random::Random;
pub use rate_limiter::{Policy, RateLimiter};
pub use tokens::{AccessClaims, TokenIssuer};

#[cfg(any(test, feature = "mocks"))]
pub use {
    bus::MockEventBus, bus::MockEventListener, bus::MockEventSource, cache::MockCache, clock::MockClock,
    mailer::MockMailer, objects::MockImageCodec, objects::MockObjectStore, passwords::MockPasswordHasher,
    presence::MockPresence, random::MockRandom, rate_limiter::MockRateLimiter, tokens::MockTokenIssuer,
};
