//! For whoever watches over the process.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};
use chatchat_adapters::stack::{Check, Stack};
use chatchat_domain::Error;
use serde_json::json;
use tokio::sync::Mutex;

use super::State;
use crate::problem::Problem;

/// For how long an answer of the servers stands: however many ask, they are asked no more often.
const STANDS_FOR: Duration = Duration::from_millis(500);

/// Which of the servers that are needed answer, as far as is known.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, Vec<Check>)>>);

impl Readiness {
    async fn of(&self, stack: &Stack) -> Vec<Check> {
        let mut known = self.0.lock().await;
        match &*known {
            Some((since, checks)) if since.elapsed() < STANDS_FOR => checks.clone(),
            _ => {
                let checks = stack.check().await;
                *known = Some((Instant::now(), checks.clone()));
                checks
            }
        }
    }
}

/// `GET /healthz`: the process lives.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /readyz`: what it cannot do without answers, and it is not going away. Says of each server whether it answers.
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    if state.is_draining() {
        return Err(Error::Unavailable("going away".to_owned()).into());
    }
    let checks = state.readiness.of(&state.stack).await;
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
