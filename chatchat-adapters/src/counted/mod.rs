//! Ports that count what goes through them.

mod cache;
mod limiter;

pub(crate) use cache::CountedCache;
pub(crate) use limiter::CountedLimiter;
