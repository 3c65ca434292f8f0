use actix_web::{HttpResponse, web};
use serde_json::json;

use super::Operator;
use crate::http::State;
use crate::http::extract::Id;
use crate::http::work::detached;
use crate::problem::Problem;
use crate::view::SigningKeyView;

/// `GET /admin/keys`
pub(super) async fn list(state: web::Data<State>, Operator(_): Operator) -> Result<HttpResponse, Problem> {
    let keys = state.app.admin().keys().await?;
    let items: Vec<_> = keys.iter().map(SigningKeyView::from).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `POST /admin/keys`
pub(super) async fn rotate(
    state: web::Data<State>,
    Operator(operator): Operator,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let key = detached(async move { app.admin().rotate_keys(operator).await }).await?;
    Ok(HttpResponse::Created().json(SigningKeyView::from(&key)))
}

/// `DELETE /admin/keys/{kid}`
pub(super) async fn retire(
    state: web::Data<State>,
    Operator(operator): Operator,
    Id(kid): Id<String>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.admin().retire_key(operator, &kid).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
