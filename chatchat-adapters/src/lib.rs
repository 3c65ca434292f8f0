//! The outside world of chatchat behind the domain's ports: one module for each technology.
//!
//! | module | ports |
//! | --- | --- |
//! | [`system`] | `Clock`, `Random` |
//! | [`memory`] | `EventBus`, `Cache`, `Presence`, `CodeStore`, `RateLimiter`, inside one process |
//! | [`password`] | `PasswordHasher`: bcrypt |
//! | [`token`] | `TokenIssuer`: JWTs signed with Ed25519 |
//! | [`mail`] | `Mailer`: a folder |
//! | [`storage`] | `ObjectStore`: a folder |
//! | [`images`] | `ImageCodec` |
//! | [`sql`] | the repositories: SQLite |
//!
//! [`secret`] keeps the server's own secret. [`embedded`] puts all of them together for one process. No adapter calls another.

mod blocking;
pub mod embedded;
mod files;
pub mod images;
pub mod mail;
pub mod memory;
pub mod password;
pub mod secret;
pub mod sql;
pub mod storage;
pub mod system;
pub mod token;
