//! HTTP. The routes stand here; a file for each capability holds its handlers.
//!
//! A handler does three things: parse, call one use case, shape the answer. Who may call it stands in its
//! signature ([`extract::Caller`]); whatever goes wrong is a [`crate::problem::Problem`].

mod accounts;
mod attachments;
mod body;
mod conversations;
mod dev_mail;
mod endpoint;
mod export;
mod extract;
mod friends;
mod groups;
mod health;
mod html;
mod identities;
mod media;
mod members;
mod messages;
mod oauth;
mod observe;
mod problems;
mod search;
mod sessions;
mod state;
mod well_known;
mod work;

use actix_web::web::{ServiceConfig, scope, to};
use chatchat_domain::Refusal;

use crate::problem::Problem;
use crate::ws;
use endpoint::at;
pub(crate) use identities::BrowserCookies;
pub(crate) use observe::{RequestIds, observe};
pub(crate) use state::{State, UPLOADS_AT_ONCE};

/// Every path, and what is known there.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            scope("/api/v1")
                .service(at("/auth/email-codes").post(accounts::send_code))
                .service(at("/auth/register").post(accounts::register))
                .service(at("/auth/password-reset").post(accounts::reset_password))
                .service(at("/auth/login").post(sessions::log_in))
                .service(at("/auth/refresh").post(sessions::refresh))
                .service(at("/auth/logout").post(sessions::log_out))
                .service(at("/auth/token").get(sessions::token))
                .configure(identities::routes)
                .service(at("/me").get(accounts::me).patch(accounts::change_me).delete(accounts::close))
                .service(at("/me/export").get(export::export))
                .service(at("/me/password").put(accounts::change_password))
                .service(at("/me/avatar").put(accounts::set_avatar).delete(accounts::remove_avatar))
                .service(at("/me/sessions").get(sessions::list))
                .service(at("/me/sessions/{id}").delete(sessions::end))
                .service(at("/users").get(accounts::search))
                .service(at("/users/{id}").get(accounts::user))
                .service(at("/friend-requests").get(friends::pending).post(friends::ask))
                .service(at("/friend-requests/{id}").delete(friends::cancel))
                .service(at("/friend-requests/{id}/accept").post(friends::accept))
                .service(at("/friend-requests/{id}/decline").post(friends::decline))
                .service(at("/friends").get(friends::list))
                .service(at("/friends/{id}").patch(friends::set_remark).delete(friends::unfriend))
                .service(at("/blocks").get(friends::blocks))
                .service(at("/blocks/{user_id}").put(friends::block).delete(friends::unblock))
                .service(at("/groups").get(groups::search).post(groups::create))
                .service(at("/groups/{id}").get(groups::find).patch(groups::change).delete(groups::delete))
                .service(at("/groups/{id}/avatar").put(groups::set_avatar).delete(groups::remove_avatar))
                .service(at("/groups/{id}/owner").put(groups::transfer))
                .service(at("/groups/{id}/members").get(members::list))
                .service(at("/groups/{id}/members/me").put(members::join).delete(members::leave))
                .service(
                    at("/groups/{id}/members/{user_id}")
                        .put(members::add)
                        .patch(members::change)
                        .delete(members::kick),
                )
                .service(at("/groups/{id}/join-requests").get(members::join_requests))
                .service(at("/groups/{id}/join-requests/{request_id}/approve").post(members::approve))
                .service(at("/groups/{id}/join-requests/{request_id}/decline").post(members::decline))
                .service(at("/conversations").get(conversations::list))
                .service(
                    at("/conversations/{id}").get(conversations::find).patch(conversations::change_settings),
                )
                .service(
                    at("/conversations/{id}/messages").get(conversations::history).post(conversations::send),
                )
                .service(
                    at("/conversations/{id}/messages/{seq}")
                        .get(messages::find)
                        .patch(messages::edit)
                        .delete(messages::recall),
                )
                .service(
                    at("/conversations/{id}/messages/{seq}/reactions/{emoji}")
                        .put(messages::react)
                        .delete(messages::unreact),
                )
                .service(at("/conversations/{id}/changes").get(conversations::changes))
                .service(at("/conversations/{id}/read").put(conversations::read))
                .service(at("/conversations/{id}/receipts").get(conversations::receipts))
                .service(at("/attachments").post(attachments::upload))
                .service(at("/attachments/{id}").get(attachments::open))
                .service(at("/attachments/{id}/thumbnail").get(attachments::thumbnail))
                .service(at("/messages/search").get(search::messages))
                .service(at("/ws").get(ws::upgrade)),
        )
        .service(at("/media/avatars/{key}").get(media::avatar))
        .service(at("/problems").get(problems::list))
        .service(at("/problems/{code}").get(problems::find))
        .service(at("/.well-known/jwks.json").get(well_known::jwks))
        .configure(oauth::routes)
        .service(at("/healthz").get(health::alive))
        .service(at("/readyz").get(health::ready))
        .service(at("/dev/mail").get(dev_mail::page))
        .service(at("/dev/mail.css").get(dev_mail::style))
        .service(at("/dev/mail.json").get(dev_mail::json))
        .default_service(to(nothing_here));
}

async fn nothing_here() -> Result<&'static str, Problem> {
    Err(Refusal::NotFound.into())
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::http::{Method, StatusCode, header};
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
    use serde_json::Value;

    use super::{observe, routes};

    /// The status, the `Allow` header and the body of a request to the routes, with nothing behind them.
    async fn call(method: Method, path: &str) -> (StatusCode, String, Value) {
        let app = App::new().wrap(from_fn(observe)).configure(routes);
        let request = TestRequest::with_uri(path).method(method).to_request();
        let response = call_service(&init_service(app).await, request).await;
        let status = response.status();
        let allow = response.headers().get(header::ALLOW).map(|allow| allow.to_str().unwrap().to_owned());
        (status, allow.unwrap_or_default(), read_body_json(response).await)
    }

    #[actix_web::test]
    async fn a_known_path_says_which_methods_it_knows() {
        for (method, path, allow) in [
            (Method::GET, "/api/v1/auth/login", "POST"),
            (Method::POST, "/api/v1/me", "GET, HEAD, PATCH, DELETE"),
            (Method::POST, "/api/v1/groups/x/members/y", "PUT, PATCH, DELETE"),
            (Method::POST, "/healthz", "GET, HEAD"),
        ] {
            let (status, allowed, body) = call(method, path).await;
            assert_eq!((status.as_u16(), allowed.as_str()), (405, allow), "{path}");
            assert_eq!(body["code"], "method_not_allowed");
        }
    }

    #[actix_web::test]
    async fn an_unknown_path_is_not_found() {
        for path in ["/", "/api/v1", "/api/v1/nothing", "/api/v1/me/", "/problems/nothing", "/api/v1/blocks/"]
        {
            let (status, _, body) = call(Method::GET, path).await;
            assert_eq!((status.as_u16(), &body["code"]), (404, &"not_found".into()), "{path}");
        }
    }

    #[actix_web::test]
    async fn every_problem_is_explained_where_its_type_points() {
        let (_, _, list) = call(Method::GET, "/problems").await;
        for item in list["items"].as_array().unwrap() {
            let (status, _, one) = call(Method::GET, item["type"].as_str().unwrap()).await;
            assert_eq!((status, &one), (StatusCode::OK, item));
        }
    }
}
