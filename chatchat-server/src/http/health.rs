//! For whoever watches over the process.

use actix_web::{HttpResponse, web};
use chatchat_domain::Error;
use serde_json::json;

use super::State;
use crate::problem::Problem;

/// `GET /healthz`: the process lives.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /readyz`: what it needs answers, and it is not going away.
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    if state.is_draining() {
        return Err(Error::Unavailable("going away".to_owned()).into());
    }
    state.embedded.store.ping().await?;
    Ok(HttpResponse::Ok().json(json!({ "status": "ready" })))
}
