//! Administration: what those who run the product see of it and do to it, and the log of who did what.
//!
//! Who acts is an [`Operator`], proven to whoever calls; the rules here do not tell one operator from another. What
//! changes something is noted in an append-only log: in the same transaction, or, where it does not change the store,
//! before it is done.

mod model;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use model::{Action, AuditEntry, KeyState, Operator, OwedWork, PeopleQuery, Person, Reason, SigningKey};
pub use ports::{AdminRepository, KeyKeeper, Note};
#[cfg(any(test, feature = "mocks"))]
pub use ports::{MockAdminRepository, MockKeyKeeper};
pub use service::AdminService;
