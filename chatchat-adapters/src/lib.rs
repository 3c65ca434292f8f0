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
//!
//! [`secret`] keeps the server's own secret. No adapter calls another.

mod blocking;
mod files;
pub mod images;
pub mod mail;
pub mod memory;
pub mod password;
pub mod secret;
pub mod storage;
pub mod system;
pub mod token;
