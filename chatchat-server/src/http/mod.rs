//! HTTP. The routes stand here; a file for each capability holds its handlers.
//!
//! A handler does three things: parse, call one use case, shape the answer. Who may call it stands in its
//! signature ([`extract::Caller`]); whatever goes wrong is a [`crate::problem::Problem`].

mod accounts;
mod admin;
mod attachments;
mod body;
mod conversations;
mod counts;
mod dev_mail;
mod dev_people;
mod documents;
mod endpoint;
mod export;
mod extract;
mod friends;
mod govern;
mod groups;
mod health;
mod html;
mod identities;
mod local;
mod media;
mod members;
mod messages;
mod oauth;
mod observe;
mod problems;
mod refresh_cookie;
mod search;
mod sessions;
mod state;
mod uploads;
mod web;
mod well_known;
mod work;

use actix_web::Scope;
use actix_web::web::{ServiceConfig, scope, to};
use chatchat_domain::Refusal;

use crate::problem::Problem;
use crate::traffic::Class;
use crate::ws;
pub(crate) use body::MAX_PICTURE;
pub(crate) use counts::RequestCounts;
use endpoint::{Endpoint, at};
pub(crate) use extract::ClientIp;
pub(crate) use health::Readiness;
pub(crate) use html::escape;
pub(crate) use identities::BrowserCookies;
pub(crate) use observe::{RequestIds, observe};
pub(crate) use refresh_cookie::RefreshCookie;
pub(crate) use state::State;
pub(crate) use uploads::Uploads;
pub(crate) use web::PagePolicy;

/// Every path, and what is known there.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(below_api().into_iter().fold(scope("/api/v1"), Scope::service));
    for endpoint in beside_api() {
        config.service(endpoint);
    }
    config.configure(oauth::routes).default_service(to(nothing_here));
}

/// What stands below `/api/v1`.
fn below_api() -> Vec<Endpoint> {
    let mut endpoints = vec![
        at("/auth/email-codes").class(Class::Code).post(accounts::send_code),
        at("/auth/register").class(Class::Code).post(accounts::register),
        at("/auth/password-reset").class(Class::Code).post(accounts::reset_password),
        at("/auth/login").class(Class::LogIn).post(sessions::log_in),
        at("/auth/refresh").post(sessions::refresh),
        at("/auth/logout").post(sessions::log_out),
        at("/auth/token").get(sessions::token),
        at("/me").get(accounts::me).patch(accounts::change_me).class(Class::LogIn).delete(accounts::close),
        at("/me/export").class(Class::Export).get(export::export),
        at("/me/password").class(Class::LogIn).put(accounts::change_password),
        at("/me/avatar").delete(accounts::remove_avatar).class(Class::Upload).put(accounts::set_avatar),
        at("/me/sessions").get(sessions::list),
        at("/me/sessions/{id}").delete(sessions::end),
        at("/users").class(Class::Search).get(accounts::search),
        at("/users/{id}").get(accounts::user),
        at("/friend-requests").get(friends::pending).post(friends::ask),
        at("/friend-requests/{id}").delete(friends::cancel),
        at("/friend-requests/{id}/accept").post(friends::accept),
        at("/friend-requests/{id}/decline").post(friends::decline),
        at("/friends").get(friends::list),
        at("/friends/{id}").patch(friends::set_remark).delete(friends::unfriend),
        at("/blocks").get(friends::blocks),
        at("/blocks/{user_id}").put(friends::block).delete(friends::unblock),
        at("/groups").post(groups::create).class(Class::Search).get(groups::search),
        at("/groups/{id}").get(groups::find).patch(groups::change).delete(groups::delete),
        at("/groups/{id}/avatar").delete(groups::remove_avatar).class(Class::Upload).put(groups::set_avatar),
        at("/groups/{id}/owner").put(groups::transfer),
        at("/groups/{id}/members").get(members::list),
        at("/groups/{id}/members/me").put(members::join).delete(members::leave),
        at("/groups/{id}/members/{user_id}").put(members::add).patch(members::change).delete(members::kick),
        at("/groups/{id}/join-requests").get(members::join_requests),
        at("/groups/{id}/join-requests/{request_id}/approve").post(members::approve),
        at("/groups/{id}/join-requests/{request_id}/decline").post(members::decline),
        at("/conversations").get(conversations::list),
        at("/conversations/{id}").get(conversations::find).patch(conversations::change_settings),
        at("/conversations/{id}/messages")
            .get(conversations::history)
            .class(Class::Send)
            .post(conversations::send),
        at("/conversations/{id}/messages/{seq}")
            .get(messages::find)
            .class(Class::Send)
            .patch(messages::edit)
            .delete(messages::recall),
        at("/conversations/{id}/messages/{seq}/reactions/{emoji}")
            .class(Class::Send)
            .put(messages::react)
            .delete(messages::unreact),
        at("/conversations/{id}/changes").get(conversations::changes),
        at("/conversations/{id}/read").put(conversations::read),
        at("/conversations/{id}/receipts").get(conversations::receipts),
        at("/attachments").class(Class::Upload).post(attachments::upload),
        at("/attachments/{id}").get(attachments::open),
        at("/attachments/{id}/thumbnail").get(attachments::thumbnail),
        at("/messages/search").class(Class::Search).get(search::messages),
        at("/ws").get(ws::upgrade),
    ];
    endpoints.extend(identities::endpoints());
    endpoints.extend(admin::endpoints());
    endpoints
}

/// What stands beside it.
fn beside_api() -> Vec<Endpoint> {
    vec![
        at("/").get(web::page),
        at("/assets/{version}/{path:.*}").get(web::asset),
        at("/chatchat.js").get(web::module),
        at("/chatchat/{path:.*}").get(web::module),
        at("/api/openapi.json").get(documents::openapi),
        at("/api/asyncapi.json").get(documents::asyncapi),
        at("/docs").get(documents::page),
        at("/docs.css").get(documents::style),
        at("/media/avatars/{key}").get(media::avatar),
        at("/problems").get(problems::list),
        at("/problems/{code}").get(problems::find),
        at("/.well-known/jwks.json").get(well_known::jwks),
        at("/healthz").class(Class::Service).get(health::alive),
        at("/readyz").class(Class::Service).get(health::ready),
        at("/metrics").class(Class::Service).get(health::metrics),
        at("/dev/mail").get(dev_mail::page),
        at("/dev/mail.css").get(dev_mail::style),
        at("/dev/mail.json").get(dev_mail::json),
        at("/dev/people.json").get(dev_people::json),
    ]
}

/// Each path with each method that it knows, such as `GET /api/v1/me`.
#[cfg(test)]
pub(crate) fn known() -> Vec<String> {
    let below = below_api().into_iter().flat_map(|endpoint| endpoint.names("/api/v1"));
    below.chain(beside_api().into_iter().flat_map(|endpoint| endpoint.names(""))).collect()
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
        for path in [
            "/index.html",
            "/chatchat/nothing.js",
            "/api/v1",
            "/api/v1/nothing",
            "/api/v1/me/",
            "/problems/nothing",
            "/api/v1/blocks/",
        ] {
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
