//! HTTP. The routes stand here; a file for each capability holds its handlers.
//!
//! A handler does three things: parse, call one use case, shape the answer. Who may call it stands in its
//! signature ([`extract::Caller`]); whatever goes wrong is a [`crate::problem::Problem`].

mod accounts;
mod body;
mod check;
mod conversations;
mod dev_mail;
mod endpoint;
mod extract;
mod friends;
mod groups;
mod health;
mod media;
mod observe;
mod problems;
mod sessions;
mod state;
mod well_known;
mod work;

use actix_web::web::{ServiceConfig, scope, to};
use chatchat_domain::Refusal;

use crate::problem::Problem;
use crate::ws;
use endpoint::at;
pub(crate) use observe::{RequestIds, observe};
pub(crate) use state::State;

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
                .service(at("/me").get(accounts::me).patch(accounts::change_me))
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
                .service(at("/friends/{id}").delete(friends::unfriend))
                .service(at("/groups").get(groups::search).post(groups::create))
                .service(at("/groups/{id}").get(groups::find).patch(groups::change).delete(groups::delete))
                .service(at("/groups/{id}/owner").put(groups::transfer))
                .service(at("/groups/{id}/members").get(groups::members))
                .service(at("/groups/{id}/members/me").put(groups::join).delete(groups::leave))
                .service(at("/groups/{id}/members/{user_id}").put(groups::add).delete(groups::kick))
                .service(at("/conversations").get(conversations::list))
                .service(at("/conversations/{id}").get(conversations::find))
                .service(
                    at("/conversations/{id}/messages").get(conversations::history).post(conversations::send),
                )
                .service(at("/conversations/{id}/changes").get(conversations::changes))
                .service(at("/conversations/{id}/read").put(conversations::read))
                .service(at("/conversations/{id}/receipts").get(conversations::receipts))
                .service(at("/ws").get(ws::upgrade)),
        )
        .service(at("/media/avatars/{key}").get(media::avatar))
        .service(at("/problems").get(problems::list))
        .service(at("/problems/{code}").get(problems::find))
        .service(at("/.well-known/jwks.json").get(well_known::jwks))
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
