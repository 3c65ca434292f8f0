//! Ports inside one process: right for a single server, gone with it.

mod bus;
mod cache;
mod codes;
mod logins;
mod presence;
mod rate_limiter;

pub use bus::MemoryBus;
pub use cache::MemoryCache;
pub use codes::MemoryCodes;
pub use logins::MemoryLogins;
pub use presence::MemoryPresence;
pub use rate_limiter::{MemoryRateLimiter, Unlimited};
