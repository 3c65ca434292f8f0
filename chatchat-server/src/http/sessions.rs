//! Log-ins, and who calls.

use actix_web::{HttpRequest, HttpResponse, web};
use chatchat_domain::account::Password;
use chatchat_domain::session::Client;
use chatchat_domain::{Refusal, SessionId};
use serde::Deserialize;
use serde_json::json;

use super::State;
use super::accounts::email;
use super::body::Body;
use super::extract::{Caller, ClientIp, Id, Page};
use super::refresh_cookie::Keeper;
use super::work::detached;
use crate::input::{All as _, required};
use crate::problem::Problem;
use crate::traffic::Class;
use crate::view::{self, SessionView, Time, TokensView};

#[derive(Deserialize)]
pub(super) struct LogIn {
    email: Option<String>,
    password: Option<String>,
    device: Option<String>,
    cookie: Option<bool>,
}

/// `POST /auth/login`
pub(super) async fn log_in(
    state: web::Data<State>,
    request: HttpRequest,
    ClientIp(ip): ClientIp,
    Body(body): Body<LogIn>,
) -> Result<HttpResponse, Problem> {
    let keeper = Keeper::chosen(&state, &request, body.cookie)?;
    let client = Client::new(body.device.as_deref(), ip.to_string());
    let (email, password, client) = (email(body.email), required("password", body.password), client).all()?;
    // Of everybody who tries it from there: who guesses elsewhere does not lock the person out.
    state.traffic.check_account(Class::LogIn, format!("{} {ip}", email.key())).await?;
    // What cannot be a password is nobody's.
    let password = Password::new(&password).map_err(|_| Refusal::InvalidCredentials)?;
    let app = state.app();
    let (account, tokens) =
        detached(async move { app.sessions().log_in(&email, password, client).await }).await?;
    Ok(keeper.hand_over(HttpResponse::Ok(), &tokens, state.urls.logged_in(&account, &tokens)))
}

#[derive(Deserialize)]
pub(super) struct Refresh {
    refresh_token: Option<String>,
    cookie: Option<bool>,
}

/// `POST /auth/refresh`
pub(super) async fn refresh(
    state: web::Data<State>,
    request: HttpRequest,
    ClientIp(ip): ClientIp,
    Body(body): Body<Refresh>,
) -> Result<HttpResponse, Problem> {
    let keeper = Keeper::chosen(&state, &request, body.cookie)?;
    let token = keeper.presented(&request, body.refresh_token)?;
    let app = state.app();
    let tokens = detached(async move { app.sessions().refresh(&token, ip.to_string()).await }).await?;
    Ok(keeper.hand_over(HttpResponse::Ok(), &tokens, TokensView::from(&tokens)))
}

/// `POST /auth/logout`
pub(super) async fn log_out(
    state: web::Data<State>,
    request: HttpRequest,
    Caller(caller): Caller,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.sessions().log_out(caller).await }).await?;
    let mut response = HttpResponse::NoContent();
    if let Some(removed) = state.refresh_cookie.removed_from(&request) {
        response.cookie(removed);
    }
    Ok(response.finish())
}

/// `GET /auth/token`
pub(super) async fn token(state: web::Data<State>, Caller(caller): Caller) -> Result<HttpResponse, Problem> {
    let account = state.app.accounts().me(caller).await?;
    Ok(HttpResponse::Ok().json(json!({
        "active": true,
        "user": state.urls.me(&account),
        "session_id": caller.session.to_string(),
        "issued_at": Time(caller.issued_at),
        "expires_at": Time(caller.expires_at),
    })))
}

/// `GET /me/sessions`
pub(super) async fn list(
    state: web::Data<State>,
    Caller(caller): Caller,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let sessions = state.app.sessions().list(caller, page).await?;
    Ok(HttpResponse::Ok().json(view::list(&sessions, |session| SessionView::new(session, caller.session))))
}

/// `DELETE /me/sessions/{id}`
pub(super) async fn end(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(session): Id<SessionId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.sessions().end(caller, session).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
