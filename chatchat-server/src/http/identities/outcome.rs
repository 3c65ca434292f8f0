use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chatchat_domain::account::Password;
use chatchat_domain::identity::{Binding, EmailBinding, LoginOutcome, OpaqueToken};
use chatchat_domain::session::Client;
use serde::Deserialize;

use super::super::State;
use super::super::accounts::{code, email};
use super::super::body::Body;
use super::super::extract::{ClientIp, Id};
use super::super::refresh_cookie::Keeper;
use super::super::work::detached;
use crate::input::{All as _, required};
use crate::problem::Problem;
use crate::traffic::Class;

#[derive(Deserialize)]
pub(super) struct LogIn {
    username: Option<String>,
    password: Option<String>,
    device: Option<String>,
    cookie: Option<bool>,
}

/// `POST /auth/providers/{provider}/password`
pub(super) async fn log_in_with_password(
    state: Data<State>,
    request: HttpRequest,
    ClientIp(ip): ClientIp,
    Id(provider): Id<String>,
    Body(body): Body<LogIn>,
) -> Result<HttpResponse, Problem> {
    let keeper = Keeper::chosen(&state, &request, body.cookie)?;
    let client = Client::new(body.device.as_deref(), ip.to_string());
    let (username, password, client) =
        (required("username", body.username), required("password", body.password), client).all()?;
    let app = state.app();
    let outcome = detached(async move {
        app.identities().log_in_with_password(&provider, &username, &password, client).await
    });
    Ok(answer(&state, &keeper, &outcome.await?))
}

#[derive(Deserialize)]
pub(super) struct RedeemLoginCode {
    login_code: Option<String>,
    device: Option<String>,
    cookie: Option<bool>,
}

/// `POST /auth/login-code`
pub(super) async fn redeem_login_code(
    state: Data<State>,
    request: HttpRequest,
    ClientIp(ip): ClientIp,
    Body(body): Body<RedeemLoginCode>,
) -> Result<HttpResponse, Problem> {
    let keeper = Keeper::chosen(&state, &request, body.cookie)?;
    let client = Client::new(body.device.as_deref(), ip.to_string());
    let (login_code, client) = (required("login_code", body.login_code), client).all()?;
    let (app, browser) = (state.app(), browser(&state, &request));
    let outcome =
        detached(
            async move { app.identities().redeem_login_code(&login_code, browser.as_ref(), client).await },
        );
    Ok(answer(&state, &keeper, &outcome.await?))
}

/// What has come of it, to who keeps the tokens, if there are any.
fn answer(state: &State, keeper: &Keeper<'_>, outcome: &LoginOutcome) -> HttpResponse {
    let view = state.urls.login_outcome(outcome);
    match outcome {
        LoginOutcome::LoggedIn(_, tokens) => keeper.hand_over(HttpResponse::Ok(), tokens, view),
        LoginOutcome::BindingRequired { .. } => HttpResponse::Ok().json(view),
    }
}

#[derive(Deserialize)]
pub(super) struct Bind {
    binding_token: Option<String>,
    email: Option<String>,
    code: Option<String>,
    password: Option<String>,
    device: Option<String>,
    cookie: Option<bool>,
}

/// `POST /auth/bind`
pub(super) async fn bind(
    state: Data<State>,
    request: HttpRequest,
    ClientIp(ip): ClientIp,
    Body(body): Body<Bind>,
) -> Result<HttpResponse, Problem> {
    let keeper = Keeper::chosen(&state, &request, body.cookie)?;
    let (binding_token, email, code, password, client) = (
        required("binding_token", body.binding_token),
        email(body.email),
        code(body.code),
        body.password.as_deref().map(Password::new).transpose(),
        Client::new(body.device.as_deref(), ip.to_string()),
    )
        .all()?;
    state.traffic.check_account(Class::Code, email.key()).await?;
    let binding = EmailBinding { binding_token, email, code, password };
    let (app, browser) = (state.app(), browser(&state, &request));
    let bound =
        detached(async move { app.identities().bind_by_email(binding, browser.as_ref(), client).await });
    let (binding, account, tokens) = bound.await?;
    let response = match binding {
        Binding::Found => HttpResponse::Ok(),
        Binding::Made => HttpResponse::Created(),
    };
    Ok(keeper.hand_over(response, &tokens, state.urls.logged_in(&account, &tokens)))
}

/// The browser's own secret, if a browser asks.
pub(super) fn browser(state: &State, request: &HttpRequest) -> Option<OpaqueToken> {
    state.browsers.read(request, state.app.identities()).map(|browser| browser.secret)
}
