//! The outside world of chatchat behind the domain's ports: one module for each technology, most of them
//! behind a cargo feature.
//!
//! | module | ports |
//! | --- | --- |
//! | [`system`] | `Clock`, `Random` |
//! | [`memory`] | `EventBus`, `Cache`, `Presence`, `CodeStore`, `LoginStore`, `RateLimiter`, inside one process |
//! | [`redis`] | the same, shared by all nodes of a service |
//! | [`password`] | `PasswordHasher`: bcrypt |
//! | [`oauth`] | `IdentityProvider`: any OAuth 2.0 or OpenID Connect provider |
//! | [`token`] | `TokenIssuer`: JWTs signed with Ed25519 |
//! | [`mail`] | `Mailer`, `MailTransport`: a folder, the outbox, SMTP |
//! | [`storage`] | `ObjectStore`: a folder, S3 |
//! | [`images`] | `ImageCodec` |
//! | [`sql`] | the repositories: SQLite, MySQL |
//!
//! Ports whose adapters may hang stand behind a breaker (`breaker`, `guarded`, `sql::watch`); [`live`] is how they are
//! looked at. [`trace`] is how a trace goes from here to others. [`keys`] are the secrets of a service. [`stack`] puts them together as settings say. No adapter
//! calls another.

#![allow(clippy::duplicate_mod, reason = "the queries are written once and compiled for each engine")]

#[cfg(any(feature = "bcrypt", feature = "images"))]
mod blocking;
#[cfg(any(feature = "embedded", feature = "sql"))]
mod breaker;
#[cfg(feature = "embedded")]
mod counted;
mod files;
#[cfg(feature = "embedded")]
mod guarded;
#[cfg(feature = "images")]
pub mod images;
pub mod keys;
#[cfg(feature = "memory")]
mod listeners;
pub mod live;
pub mod mail;
#[cfg(feature = "memory")]
pub mod memory;
#[cfg(feature = "oauth")]
pub mod oauth;
#[cfg(feature = "bcrypt")]
pub mod password;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "sql")]
pub mod sql;
#[cfg(feature = "embedded")]
pub mod stack;
#[cfg(any(feature = "folder", feature = "s3"))]
pub mod storage;
#[cfg(any(feature = "redis", feature = "sql"))]
mod stored;
pub mod system;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "ed25519")]
pub mod token;
pub mod trace;
#[cfg(feature = "memory")]
mod witness;
