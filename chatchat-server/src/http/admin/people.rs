use actix_web::{HttpResponse, web};
use chatchat_domain::UserId;
use chatchat_domain::admin::Reason;
use serde::Deserialize;

use super::Operator;
use crate::http::State;
use crate::http::accounts::email;
use crate::http::body::{Body, MaybeBody};
use crate::http::extract::{Id, Page, Query};
use crate::http::work::detached;
use crate::problem::Problem;
use crate::view;

#[derive(Deserialize)]
pub(super) struct Search {
    pub(super) query: Option<String>,
}

/// `GET /admin/users?query=`
pub(super) async fn list(
    state: web::Data<State>,
    Operator(_): Operator,
    Query(search): Query<Search>,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let people = state.app.admin().people(&search.query.unwrap_or_default(), page).await?;
    Ok(HttpResponse::Ok().json(view::list(&people, |person| state.urls.person(person))))
}

/// `GET /admin/users/{id}`
pub(super) async fn find(
    state: web::Data<State>,
    Operator(_): Operator,
    Id(user): Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let (person, sessions) = state.app.admin().person(user).await?;
    Ok(HttpResponse::Ok().json(state.urls.person_and_sessions(&person, &sessions)))
}

#[derive(Default, Deserialize)]
pub(super) struct Suspension {
    reason: Option<String>,
}

/// `PUT /admin/users/{id}/suspension`
pub(super) async fn suspend(
    state: web::Data<State>,
    Operator(operator): Operator,
    Id(user): Id<UserId>,
    MaybeBody(body): MaybeBody<Suspension>,
) -> Result<HttpResponse, Problem> {
    let reason = body.reason.as_deref().map(Reason::new).transpose()?;
    let app = state.app();
    let person = detached(async move { app.admin().suspend(operator, user, reason).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.person(&person)))
}

/// `DELETE /admin/users/{id}/suspension`
pub(super) async fn reinstate(
    state: web::Data<State>,
    Operator(operator): Operator,
    Id(user): Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.admin().reinstate(operator, user).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /admin/users/{id}/sessions`
pub(super) async fn end_sessions(
    state: web::Data<State>,
    Operator(operator): Operator,
    Id(user): Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.admin().end_sessions(operator, user).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
pub(super) struct Clear {
    email: Option<String>,
}

/// `POST /admin/code-limits/clear`
pub(super) async fn clear_code_limits(
    state: web::Data<State>,
    Operator(operator): Operator,
    Body(body): Body<Clear>,
) -> Result<HttpResponse, Problem> {
    let email = email(body.email)?;
    let app = state.app();
    detached(async move { app.admin().clear_code_limits(operator, email).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
