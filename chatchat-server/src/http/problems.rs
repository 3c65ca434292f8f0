//! What every problem code means.

use actix_web::{HttpRequest, HttpResponse};
use chatchat_domain::Refusal;
use serde_json::{Value, json};

use crate::problem::{Kind, Problem, catalogue};

/// `GET /problems`
pub(super) async fn list() -> HttpResponse {
    let items: Vec<Value> = catalogue().iter().map(explain).collect();
    HttpResponse::Ok().json(json!({ "items": items }))
}

/// `GET /problems/{code}`
pub(super) async fn find(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let code = request.match_info().get("code").unwrap_or_default();
    let kinds = catalogue();
    let kind = kinds.iter().find(|kind| kind.code == code).ok_or(Refusal::NotFound)?;
    Ok(HttpResponse::Ok().json(explain(kind)))
}

fn explain(kind: &Kind) -> Value {
    json!({
        "type": format!("/problems/{}", kind.code),
        "code": kind.code,
        "status": kind.status,
        "title": kind.title,
    })
}
