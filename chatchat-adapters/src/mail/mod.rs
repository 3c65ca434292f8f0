//! Mail: what is written ([`templates`]), where it waits, and where it goes.

#[cfg(feature = "outbox")]
mod folder;
mod queue;
#[cfg(feature = "smtp")]
mod smtp;
pub mod templates;

#[cfg(feature = "outbox")]
pub use folder::{MailFolder, StoredMail};
pub use queue::MailQueue;
#[cfg(feature = "smtp")]
pub use smtp::{Smtp, SmtpError};
