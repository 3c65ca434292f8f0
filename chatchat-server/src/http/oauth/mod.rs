//! The third party that the service ships, over HTTP: an OAuth 2.0 authorization server with OpenID Connect's code flow.
//! Errors are those of its standards, not problems.
//!
//! | file | standard |
//! | --- | --- |
//! | `authorize`, `page` | RFC 6749, section 4.1; RFC 7636; RFC 9207 |
//! | `token` | RFC 6749, sections 4.1.3, 4.3.2 and 6 |
//! | `revoke` | RFC 7009 |
//! | `introspect` | RFC 7662 |
//! | `userinfo` | OpenID Connect Core, section 5.3; RFC 6750 |
//! | `discovery` | RFC 8414; OpenID Connect Discovery; RFC 7517 |
//! | `accounts` | none: who wants an account makes one |

mod accounts;
mod answer;
mod authorize;
mod discovery;
mod introspect;
mod page;
mod parameters;
mod revoke;
mod token;
mod userinfo;

use actix_web::web::ServiceConfig;
use chatchat_domain::Refusal;
use chatchat_domain::provider::ProviderService;

use super::State;
use super::endpoint::at;
use crate::problem::Problem;
use crate::traffic::Class;

/// Its paths. Where the configuration names no clients, there is nothing at them.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(at("/oauth/authorize").get(authorize::ask).class(Class::LogIn).post(authorize::answer))
        .service(at("/oauth/style.css").get(page::style))
        .service(at("/oauth/token").post(token::token))
        .service(at("/oauth/revoke").post(revoke::revoke))
        .service(at("/oauth/introspect").post(introspect::introspect))
        .service(at("/oauth/userinfo").get(userinfo::by_header).post(userinfo::by_header_or_body))
        .service(at("/oauth/jwks.json").get(discovery::jwks))
        .service(at("/oauth/accounts").post(accounts::register))
        .service(at("/.well-known/oauth-authorization-server").get(discovery::metadata))
        .service(at("/.well-known/openid-configuration").get(discovery::metadata));
}

/// The third party, if the service ships one.
fn provider(state: &State) -> Result<&ProviderService, Problem> {
    state.app.provider().ok_or_else(|| Refusal::NotFound.into())
}
