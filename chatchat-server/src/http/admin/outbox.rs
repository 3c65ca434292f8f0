use actix_web::{HttpResponse, web};
use chatchat_domain::WorkId;
use serde::Deserialize;

use super::Operator;
use crate::http::State;
use crate::http::extract::{Id, Page, Query};
use crate::http::work::detached;
use crate::problem::Problem;
use crate::view::{self, OwedWorkView};

#[derive(Deserialize)]
pub(super) struct Which {
    dead: Option<bool>,
}

/// `GET /admin/outbox?dead=`
pub(super) async fn list(
    state: web::Data<State>,
    Operator(_): Operator,
    Query(which): Query<Which>,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let work = state.app.admin().work(which.dead.unwrap_or_default(), page).await?;
    Ok(HttpResponse::Ok().json(view::list(&work, OwedWorkView::from)))
}

/// `POST /admin/outbox/{id}/retry`
pub(super) async fn retry(
    state: web::Data<State>,
    Operator(operator): Operator,
    Id(work): Id<WorkId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.admin().retry(operator, work).await }).await?;
    state.stack.owed.notify_one();
    Ok(HttpResponse::NoContent().finish())
}
