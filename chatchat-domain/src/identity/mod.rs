//! Log-in with an account elsewhere: any OAuth 2.0 or OpenID Connect provider that the configuration names.
//!
//! | file | holds |
//! | --- | --- |
//! | `model` | who somebody is elsewhere, and to whom here that is bound |
//! | `token` | what is good once and cannot be guessed |
//! | `return_to` | where a browser may be sent when it comes back |
//! | `login` | from the browser's start to its return (RFC 6749, section 4.1), or with name and password (4.3) |
//! | `binding` | whose account here an account elsewhere logs in to |
//! | `service` | what the two share |
//!
//! Somebody is known by what their provider calls them (`sub`), never by an address: one that a provider reports is a
//! suggestion. A log-in stays with the browser that has begun it, so that nobody can slip theirs to somebody else
//! (RFC 9700, section 4.7).

mod binding;
mod login;
mod model;
mod ports;
mod return_to;
mod service;
#[cfg(test)]
mod tests;
mod token;

pub use binding::{Binding, EmailBinding};
pub use login::{AuthorizationResponse, Finished};
pub use model::{Claims, ExternalSubject, Identity, IdentityKey, ProviderId, ProviderInfo};
pub use ports::{
    AuthorizationCode, AuthorizationRequest, IdentityProvider, IdentityRepository, LoginStore, PendingLogin,
    VerifiedIdentity,
};
#[cfg(any(test, feature = "mocks"))]
pub use ports::{MockIdentityProvider, MockIdentityRepository, MockLoginStore};
pub use return_to::{ReturnPlaces, ReturnTo};
pub use service::{BINDING_LIFETIME, IdentityService, LOGIN_CODE_LIFETIME, LoginOutcome, PENDING_LIFETIME};
pub use token::OpaqueToken;
