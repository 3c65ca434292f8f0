//! People: registration, profiles, passwords.

use actix_web::{HttpRequest, HttpResponse, web};
use chatchat_domain::account::{
    Bio, CODE_LIFETIME, CODE_RETRY_AFTER, CodePurpose, EmailAddress, EmailCode, Password, Registration,
    UserName,
};
use chatchat_domain::session::Client;
use chatchat_domain::{Error, Refusal, UserId};
use serde::Deserialize;
use serde_json::json;

use super::State;
use super::body::{Body, MaybeBody, Picture};
use super::extract::{Caller, ClientIp, Id, Page, Query};
use super::refresh_cookie::Keeper;
use super::work::detached;
use crate::input::{All as _, Checked, required};
use crate::problem::Problem;
use crate::traffic::Class;
use crate::view;

#[derive(Deserialize)]
pub(super) struct SendCode {
    email: Option<String>,
    purpose: Option<String>,
}

/// `POST /auth/email-codes`
pub(super) async fn send_code(
    state: web::Data<State>,
    Body(body): Body<SendCode>,
) -> Result<HttpResponse, Problem> {
    let (email, purpose) = (email(body.email), purpose(body.purpose)).all()?;
    state.traffic.check_account(Class::Code, email.key()).await?;
    let app = state.app();
    detached(async move { app.accounts().send_code(email, purpose).await }).await?;
    let answer = json!({ "expires_in": CODE_LIFETIME.as_secs(), "retry_after": CODE_RETRY_AFTER.as_secs() });
    Ok(HttpResponse::Accepted().json(answer))
}

#[derive(Deserialize)]
pub(super) struct Register {
    email: Option<String>,
    code: Option<String>,
    password: Option<String>,
    name: Option<String>,
    cookie: Option<bool>,
}

/// `POST /auth/register`
pub(super) async fn register(
    state: web::Data<State>,
    request: HttpRequest,
    ClientIp(ip): ClientIp,
    Body(body): Body<Register>,
) -> Result<HttpResponse, Problem> {
    let keeper = Keeper::chosen(&state, &request, body.cookie)?;
    let name = body.name.as_deref().map(UserName::new).transpose();
    let (email, code, password, name) =
        (email(body.email), code(body.code), password("password", body.password), name).all()?;
    state.traffic.check_account(Class::Code, email.key()).await?;
    let registration = Registration { email, code, password, name };
    let (app, client) = (state.app(), Client { device: None, ip: ip.to_string() });
    let (account, tokens) =
        detached(async move { app.accounts().register(registration, client).await }).await?;
    Ok(keeper.hand_over(HttpResponse::Created(), &tokens, state.urls.logged_in(&account, &tokens)))
}

#[derive(Deserialize)]
pub(super) struct ResetPassword {
    email: Option<String>,
    code: Option<String>,
    new_password: Option<String>,
}

/// `POST /auth/password-reset`
pub(super) async fn reset_password(
    state: web::Data<State>,
    Body(body): Body<ResetPassword>,
) -> Result<HttpResponse, Problem> {
    let (email, code, new) =
        (email(body.email), code(body.code), password("new_password", body.new_password)).all()?;
    state.traffic.check_account(Class::Code, email.key()).await?;
    let app = state.app();
    detached(async move { app.accounts().reset_password(email, code, new).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
pub(super) struct ChangePassword {
    current_password: Option<String>,
    new_password: Option<String>,
}

/// `PUT /me/password`
pub(super) async fn change_password(
    state: web::Data<State>,
    Caller(caller): Caller,
    Body(body): Body<ChangePassword>,
) -> Result<HttpResponse, Problem> {
    let new = password("new_password", body.new_password)?;
    // What cannot be a password is not the current one either.
    let current = body.current_password.and_then(|text| Password::new(&text).ok());
    let app = state.app();
    detached(async move { Ok(own_password(app.accounts().change_password(caller, current, new).await)) })
        .await??;
    Ok(HttpResponse::NoContent().finish())
}

/// What came of something that the caller's own password is needed for.
fn own_password(done: Result<(), Error>) -> Result<(), Problem> {
    match done {
        Err(Error::Refused(Refusal::InvalidCredentials)) => Err(Problem::wrong_current_password()),
        done => Ok(done?),
    }
}

#[derive(Default, Deserialize)]
pub(super) struct Close {
    password: Option<String>,
}

/// `DELETE /me`
pub(super) async fn close(
    state: web::Data<State>,
    Caller(caller): Caller,
    MaybeBody(body): MaybeBody<Close>,
) -> Result<HttpResponse, Problem> {
    // What cannot be a password is not theirs either.
    let password = body.password.and_then(|text| Password::new(&text).ok());
    let app = state.app();
    detached(async move { Ok(own_password(app.accounts().close(caller, password).await)) }).await??;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /me`
pub(super) async fn me(state: web::Data<State>, Caller(caller): Caller) -> Result<HttpResponse, Problem> {
    let account = state.app.accounts().me(caller).await?;
    Ok(HttpResponse::Ok().json(state.urls.me(&account)))
}

#[derive(Deserialize)]
pub(super) struct ChangeMe {
    name: Option<String>,
    bio: Option<String>,
}

/// `PATCH /me`
pub(super) async fn change_me(
    state: web::Data<State>,
    Caller(caller): Caller,
    Body(body): Body<ChangeMe>,
) -> Result<HttpResponse, Problem> {
    let name = body.name.as_deref().map(UserName::new).transpose();
    let bio = body.bio.as_deref().map(Bio::new).transpose();
    let (name, bio) = (name, bio).all()?;
    let app = state.app();
    let account = detached(async move { app.accounts().change_profile(caller, name, bio).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.me(&account)))
}

/// `PUT /me/avatar`
pub(super) async fn set_avatar(
    state: web::Data<State>,
    Caller(caller): Caller,
    Picture(picture): Picture,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let account = detached(async move { app.accounts().set_avatar(caller, picture).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.me(&account)))
}

/// `DELETE /me/avatar`
pub(super) async fn remove_avatar(
    state: web::Data<State>,
    Caller(caller): Caller,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let account = detached(async move { app.accounts().remove_avatar(caller).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.me(&account)))
}

/// `GET /users/{id}`
pub(super) async fn user(
    state: web::Data<State>,
    Caller(_): Caller,
    Id(user): Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let user = state.app.accounts().user(user).await?;
    Ok(HttpResponse::Ok().json(state.urls.user(&user)))
}

#[derive(Deserialize)]
pub(super) struct Search {
    query: Option<String>,
}

/// `GET /users?query=`
pub(super) async fn search(
    state: web::Data<State>,
    Caller(_): Caller,
    Query(search): Query<Search>,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let query = required("query", search.query)?;
    let users = state.app.accounts().search(&query, page).await?;
    Ok(HttpResponse::Ok().json(view::list(&users, |user| state.urls.user(user))))
}

pub(super) fn email(text: Option<String>) -> Checked<EmailAddress> {
    required("email", text).and_then(|text| EmailAddress::new(&text))
}

fn purpose(text: Option<String>) -> Checked<CodePurpose> {
    required("purpose", text).and_then(|text| CodePurpose::parse(&text))
}

pub(super) fn code(text: Option<String>) -> Checked<EmailCode> {
    required("code", text).map(|text| EmailCode::typed(&text))
}

fn password(field: &str, text: Option<String>) -> Checked<Password> {
    required(field, text).and_then(|text| Password::new(&text).map_err(|violation| violation.of(field)))
}
