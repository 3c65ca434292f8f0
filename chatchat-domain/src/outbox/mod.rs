//! Work that is owed after a commit: the transactional outbox.
//!
//! What must happen outside the store once something is in it (a mail, the removal of an object) is stored with it, in
//! the same transaction. Somebody who works the outbox off claims what is due, does it, and settles it; what fails is
//! tried again later and later, and buried in the end. A crash between doing and settling has it done once more, so
//! work is such that doing it twice does no harm.

mod model;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use model::{Backlog, Claimed, Owed, Work};
pub use ports::{Delivery, MailTransport, OutboxRepository};
#[cfg(any(test, feature = "mocks"))]
pub use ports::{MockMailTransport, MockOutboxRepository};
pub use service::OutboxService;
