//! Groups and their members.

use actix_web::{HttpResponse, web};
use chatchat_domain::GroupId;
use chatchat_domain::group::{Description, GroupChange, GroupDraft, GroupName, History, JoinPolicy};
use serde::Deserialize;

use super::State;
use super::body::{Body, Picture};
use super::extract::{Caller, Id, Page, Query};
use super::work::detached;
use crate::input::{All as _, id, required};
use crate::problem::Problem;
use crate::view;

#[derive(Deserialize)]
pub(super) struct Create {
    name: Option<String>,
    description: Option<String>,
    join_policy: Option<String>,
    history: Option<String>,
    member_ids: Option<Vec<String>>,
}

/// `POST /groups`
pub(super) async fn create(
    state: web::Data<State>,
    Caller(caller): Caller,
    Body(body): Body<Create>,
) -> Result<HttpResponse, Problem> {
    let (name, description, join_policy, history) = (
        required("name", body.name).and_then(|text| GroupName::new(&text)),
        Description::new(body.description.as_deref().unwrap_or_default()),
        body.join_policy.as_deref().map_or(Ok(JoinPolicy::Open), JoinPolicy::parse),
        body.history.as_deref().map_or(Ok(History::SinceJoin), History::parse),
    )
        .all()?;
    let members = body.member_ids.unwrap_or_default();
    let members = members.iter().map(|member| id(member)).collect::<Result<_, _>>()?;
    let draft = GroupDraft { name, description, join_policy, history, members };
    let app = state.app();
    let group = detached(async move { app.groups().create(caller, draft).await }).await?;
    Ok(HttpResponse::Created().json(state.urls.group_view(&group)))
}

#[derive(Deserialize)]
pub(super) struct Search {
    query: Option<String>,
}

/// `GET /groups?query=`
pub(super) async fn search(
    state: web::Data<State>,
    Caller(caller): Caller,
    Query(search): Query<Search>,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let query = search.query.unwrap_or_default();
    let groups = state.app.groups().search(caller, &query, page).await?;
    Ok(HttpResponse::Ok().json(view::list(&groups, |group| state.urls.group_view(group))))
}

/// `GET /groups/{id}`
pub(super) async fn find(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(group): Id<GroupId>,
) -> Result<HttpResponse, Problem> {
    let group = state.app.groups().find(caller, group).await?;
    Ok(HttpResponse::Ok().json(state.urls.group_view(&group)))
}

#[derive(Deserialize)]
pub(super) struct Change {
    name: Option<String>,
    description: Option<String>,
    join_policy: Option<String>,
    history: Option<String>,
}

/// `PATCH /groups/{id}`
pub(super) async fn change(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(group): Id<GroupId>,
    Body(body): Body<Change>,
) -> Result<HttpResponse, Problem> {
    let (name, description, join_policy, history) = (
        body.name.as_deref().map(GroupName::new).transpose(),
        body.description.as_deref().map(Description::new).transpose(),
        body.join_policy.as_deref().map(JoinPolicy::parse).transpose(),
        body.history.as_deref().map(History::parse).transpose(),
    )
        .all()?;
    let change = GroupChange { name, description, join_policy, history, avatar: None };
    let app = state.app();
    let group = detached(async move { app.groups().change(caller, group, change).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.group_view(&group)))
}

/// `DELETE /groups/{id}`
pub(super) async fn delete(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(group): Id<GroupId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.groups().delete(caller, group).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
pub(super) struct Transfer {
    pub(super) user_id: Option<String>,
}

/// `PUT /groups/{id}/owner`
pub(super) async fn transfer(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(group): Id<GroupId>,
    Body(body): Body<Transfer>,
) -> Result<HttpResponse, Problem> {
    let user = id(&required("user_id", body.user_id)?)?;
    let app = state.app();
    let group = detached(async move { app.groups().transfer(caller, group, user).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.group_view(&group)))
}

/// `PUT /groups/{id}/avatar`
pub(super) async fn set_avatar(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(group): Id<GroupId>,
    Picture(picture): Picture,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let group = detached(async move { app.groups().set_avatar(caller, group, picture).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.group_view(&group)))
}

/// `DELETE /groups/{id}/avatar`
pub(super) async fn remove_avatar(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(group): Id<GroupId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let group = detached(async move { app.groups().remove_avatar(caller, group).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.group_view(&group)))
}
