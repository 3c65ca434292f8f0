//! The third party that the service ships: an OAuth 2.0 authorization server with accounts of its own.
//!
//! | file | holds |
//! | --- | --- |
//! | `account` | who has an account there; nothing to do with the product's accounts |
//! | `client` | the programs that ask for access, as the configuration names them |
//! | `scope`, `pkce`, `credential`, `error` | what these are in the standards |
//! | `authorization` | what a client may ask people for (RFC 6749, section 4.1.1) |
//! | `service` | accounts, and people's answers |
//! | `token` | what clients do without people: tokens for codes, and what becomes of them |
//!
//! It keeps to RFC 6749 without what RFC 9700 takes back: there is no implicit grant, redirects are compared as they
//! are, codes live for a minute and are good once.

mod account;
mod authorization;
mod client;
mod credential;
mod error;
mod pkce;
mod ports;
mod scope;
mod service;
#[cfg(test)]
mod tests;
mod token;

pub use account::{NewSubject, Subject, SubjectRegistration, Username};
pub use authorization::{Ask, Asked, Declined};
pub use client::{Authentication, Client, ClientSettings, GrantType};
pub use error::{ErrorCode, Fault, OauthError};
pub use pkce::CodeChallenge;
pub use ports::{
    IdClaims, IdTokenIssuer, IssuedTokens, NewGrant, ProviderRepository, Redeemed, Redemption, Renewal,
    Renewed, StoredCode, TokenOwner,
};
#[cfg(any(test, feature = "mocks"))]
pub use ports::{MockIdTokenIssuer, MockProviderRepository};
pub use scope::Scope;
pub use service::ProviderService;
pub use token::{Introspection, TokenRequest, TokenResponse, UserInfo};
