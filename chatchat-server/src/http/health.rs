//! For whoever watches over the process.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use chatchat_domain::Error;
use serde_json::json;

use super::State;
use crate::problem::Problem;

/// `GET /healthz`: the process lives.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /readyz`: what it cannot do without answers, and it is not going away. Says of each server whether it answers.
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    if state.is_draining() {
        return Err(Error::Unavailable("going away".to_owned()).into());
    }
    let checks = state.stack.check().await;
    let missing: Vec<_> = checks.iter().filter(|check| check.is_vital && !check.answers).collect();
    if !missing.is_empty() {
        let names: Vec<_> = missing.iter().map(|check| check.name).collect();
        return Err(Problem::missing(&names));
    }
    let word = |answers| if answers { "ok" } else { "unavailable" };
    let checks: BTreeMap<_, _> = checks.iter().map(|check| (check.name, word(check.answers))).collect();
    Ok(HttpResponse::Ok().json(json!({ "status": "ready", "checks": checks })))
}

/// `GET /metrics`
pub(super) async fn metrics(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let text = state.metrics.text().map_err(|error| Error::Internal(format!("metrics: {error}")))?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}
