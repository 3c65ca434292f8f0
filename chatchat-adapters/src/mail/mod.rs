//! Mail: what is written ([`templates`]) and where it goes.

#[cfg(feature = "outbox")]
mod outbox;
pub mod templates;

#[cfg(feature = "outbox")]
pub use outbox::{Outbox, OutboxMail};
