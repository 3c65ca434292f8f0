use actix_web::{HttpResponse, web};
use chatchat_domain::GroupId;

use super::Operator;
use super::people::Search;
use crate::http::State;
use crate::http::body::Body;
use crate::http::extract::{Id, Page, Query};
use crate::http::groups::Transfer;
use crate::http::work::detached;
use crate::input::{id, required};
use crate::problem::Problem;
use crate::view;

/// `GET /admin/groups?query=`
pub(super) async fn list(
    state: web::Data<State>,
    Operator(_): Operator,
    Query(search): Query<Search>,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let groups = state.app.admin().groups(&search.query.unwrap_or_default(), page).await?;
    Ok(HttpResponse::Ok().json(view::list(&groups, |group| state.urls.group(group))))
}

/// `GET /admin/groups/{id}`
pub(super) async fn find(
    state: web::Data<State>,
    Operator(_): Operator,
    Id(group): Id<GroupId>,
) -> Result<HttpResponse, Problem> {
    let group = state.app.admin().group(group).await?;
    Ok(HttpResponse::Ok().json(state.urls.group(&group)))
}

/// `DELETE /admin/groups/{id}`
pub(super) async fn delete(
    state: web::Data<State>,
    Operator(operator): Operator,
    Id(group): Id<GroupId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.admin().delete_group(operator, group).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `PUT /admin/groups/{id}/owner`
pub(super) async fn transfer(
    state: web::Data<State>,
    Operator(operator): Operator,
    Id(group): Id<GroupId>,
    Body(body): Body<Transfer>,
) -> Result<HttpResponse, Problem> {
    let user = id(&required("user_id", body.user_id)?)?;
    let app = state.app();
    let group = detached(async move { app.admin().transfer_group(operator, group, user).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.group(&group)))
}
