//! Log-in with an account at a third party.
//!
//! | file | holds |
//! | --- | --- |
//! | `start`, `callback` | what browsers do: to the provider, and back (RFC 6749, section 4.1) |
//! | `browser` | the cookie by which a browser that comes back is known |
//! | `outcome` | what pages and programs do: a code or a password for a session, an address for a binding |
//! | `mine` | what is bound to the caller's account |

mod browser;
mod callback;
mod mine;
mod outcome;
mod start;

use actix_web::web::Data;
use actix_web::{HttpResponse, http::header};
use chatchat_domain::identity::ReturnTo;
use serde_json::json;

use super::State;
use super::endpoint::{Endpoint, at};
use crate::traffic::Class;
pub(crate) use browser::BrowserCookies;

/// Its paths, below `/api/v1`.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/auth/providers").get(list),
        at("/auth/providers/{provider}/start").get(start::start),
        at("/auth/providers/{provider}/callback").get(callback::callback),
        at("/auth/providers/{provider}/password").class(Class::LogIn).post(outcome::log_in_with_password),
        at("/auth/login-code").post(outcome::redeem_login_code),
        at("/auth/bind").class(Class::Code).post(outcome::bind),
        at("/me/identities").get(mine::list).post(mine::bind),
        at("/me/identities/{provider}").delete(mine::unbind),
    ]
}

/// `GET /auth/providers`
async fn list(state: Data<State>) -> HttpResponse {
    let items = state.app.identities().providers().map(|provider| {
        let flows: &[&str] = if provider.is_trusted { &["code", "password"] } else { &["code"] };
        json!({ "id": provider.id.as_str(), "name": provider.name, "flows": flows })
    });
    HttpResponse::Ok().json(json!({ "items": items.collect::<Vec<_>>() }))
}

/// Sends a browser to the page it came from, and tells that page something that no server gets to see.
fn back_to(place: Option<&ReturnTo>, name: &str, value: &str) -> HttpResponse {
    let place = place.map_or("/", ReturnTo::as_str);
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("{place}#{name}={value}"))).finish()
}
