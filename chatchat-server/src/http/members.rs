//! Who is in a group, comes in and goes.

use actix_web::{HttpResponse, web};
use chatchat_domain::group::{Joined, MemberChange, Role};
use chatchat_domain::{GroupId, JoinRequestId, UserId};
use serde::Deserialize;
use serde_json::json;

use super::State;
use super::body::Body;
use super::extract::{Caller, Id, Ids, Page};
use super::work::detached;
use crate::input::{All as _, moment, nullable};
use crate::problem::Problem;
use crate::view;

/// `GET /groups/{id}/members`
pub(super) async fn list(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(group): Id<GroupId>,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let members = state.app.groups().members(caller, group, page).await?;
    Ok(HttpResponse::Ok().json(view::list(&members, |member| state.urls.member(member))))
}

/// `PUT /groups/{id}/members/me`
pub(super) async fn join(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(group): Id<GroupId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let joined = detached(async move { app.groups().join(caller, group).await }).await?;
    Ok(match joined {
        Joined::In(group) => HttpResponse::Ok().json(state.urls.group_view(&group)),
        Joined::Pending => HttpResponse::Accepted().json(json!({ "status": "pending" })),
    })
}

/// `DELETE /groups/{id}/members/me`
pub(super) async fn leave(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(group): Id<GroupId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.groups().leave(caller, group).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `PUT /groups/{id}/members/{user_id}`
pub(super) async fn add(
    state: web::Data<State>,
    Caller(caller): Caller,
    Ids(group, user): Ids<GroupId, UserId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let member = detached(async move { app.groups().add(caller, group, user).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.member(&member)))
}

/// `DELETE /groups/{id}/members/{user_id}`
pub(super) async fn kick(
    state: web::Data<State>,
    Caller(caller): Caller,
    Ids(group, user): Ids<GroupId, UserId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.groups().kick(caller, group, user).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
pub(super) struct Change {
    role: Option<String>,
    /// Null lets them write again.
    #[serde(default, deserialize_with = "nullable")]
    muted_until: Option<Option<String>>,
}

/// `PATCH /groups/{id}/members/{user_id}`
pub(super) async fn change(
    state: web::Data<State>,
    Caller(caller): Caller,
    Ids(group, user): Ids<GroupId, UserId>,
    Body(body): Body<Change>,
) -> Result<HttpResponse, Problem> {
    let role = body.role.as_deref().map(Role::parse).transpose();
    let muted_until =
        body.muted_until.map(|until| until.as_deref().map(|text| moment("muted_until", text)).transpose());
    let (role, muted_until) = (role, muted_until.transpose()).all()?;
    let (app, change) = (state.app(), MemberChange { role, muted_until });
    let member =
        detached(async move { app.groups().change_member(caller, group, user, change).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.member(&member)))
}

/// `GET /groups/{id}/join-requests`
pub(super) async fn join_requests(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(group): Id<GroupId>,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let requests = state.app.groups().join_requests(caller, group, page).await?;
    Ok(HttpResponse::Ok().json(view::list(&requests, |request| state.urls.join_request(request))))
}

/// `POST /groups/{id}/join-requests/{request_id}/approve`
pub(super) async fn approve(
    state: web::Data<State>,
    caller: Caller,
    place: Ids<GroupId, JoinRequestId>,
) -> Result<HttpResponse, Problem> {
    answer(state, caller, place, true).await
}

/// `POST /groups/{id}/join-requests/{request_id}/decline`
pub(super) async fn decline(
    state: web::Data<State>,
    caller: Caller,
    place: Ids<GroupId, JoinRequestId>,
) -> Result<HttpResponse, Problem> {
    answer(state, caller, place, false).await
}

async fn answer(
    state: web::Data<State>,
    Caller(caller): Caller,
    Ids(group, request): Ids<GroupId, JoinRequestId>,
    approve: bool,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let answered =
        detached(async move { app.groups().answer_join_request(caller, group, request, approve).await });
    Ok(HttpResponse::Ok().json(state.urls.join_request(&answered.await?)))
}
