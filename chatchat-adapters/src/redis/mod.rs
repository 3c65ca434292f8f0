//! What the nodes of a service share, in Redis 7 or Valkey, a single server or a cluster.
//!
//! | file | holds |
//! | --- | --- |
//! | `connect` | what the URL says, connections that come back by themselves |
//! | `command` | how a command is sent: not waited for long, as there is always another way |
//! | `cache`, `codes`, `logins`, `rate_limiter`, `presence` | a port each |
//! | `bus/` | events from node to node, by sharded publish and subscribe |
//! | `json` | domain values as nodes tell them each other |
//!
//! Nothing here is the truth. Without Redis each node goes on by itself: it asks the store instead of the cache,
//! limits rates alone, and hears only its own events; codes and third-party log-ins cannot be had.

mod bus;
mod cache;
mod codes;
mod command;
mod connect;
mod json;
mod logins;
mod node;
mod presence;
mod rate_limiter;

pub use bus::RedisBus;
pub use cache::RedisCache;
pub use codes::RedisCodes;
pub use connect::{ConnectError, Redis};
pub use logins::RedisLogins;
pub use presence::RedisPresence;
pub use rate_limiter::RedisRateLimiter;

use node::NodeId;
