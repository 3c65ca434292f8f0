//! Log-in with third parties: a client of OAuth 2.0 (RFC 6749 with RFC 7636 and RFC 9207) and OpenID Connect.
//!
//! | file | holds |
//! | --- | --- |
//! | `provider` | what a provider is asked, in which order |
//! | `options` | what the configuration says of a provider |
//! | `http` | requests that end soon, with answers that are not large |
//! | `discovery` | where an OpenID provider has what, and its keys |
//! | `id_token` | who an ID token speaks of, if it can be trusted (RFC 8725) |
//! | `userinfo` | who an endpoint speaks of, in whatever words |
//! | `fault` | what can go wrong with a provider |

mod discovery;
mod fault;
mod http;
mod id_token;
mod options;
mod provider;
mod userinfo;

pub use http::{HttpClient, is_safe};
pub use options::{ClaimsMapping, ClientAuth, Endpoints, ProviderOptions, Secret};
pub use provider::OauthProvider;
