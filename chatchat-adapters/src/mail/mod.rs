//! Mail: what is written ([`templates`]) and where it goes.

mod outbox;
pub mod templates;

pub use outbox::{Outbox, OutboxMail};
