//! Log-ins: sessions, access tokens (short-lived, signed) and refresh tokens (long-lived, rotated).

mod model;
mod ports;
mod refresh_token;
mod service;
#[cfg(test)]
mod tests;

pub use model::{Caller, Client, NewSession, Session, Tokens};
#[cfg(any(test, feature = "mocks"))]
pub use ports::MockSessionRepository;
pub use ports::{Refreshed, Rotation, SessionRepository};
pub use service::{REFRESH_GRACE, SessionLifetimes, SessionService};
