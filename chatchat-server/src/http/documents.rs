//! What clients may rely on, for programs and for people.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};

use crate::docs::{ASYNCAPI, OPENAPI, PAGE, STYLE};

/// `GET /api/openapi.json`
pub(super) async fn openapi() -> HttpResponse {
    document("application/json", &OPENAPI)
}

/// `GET /api/asyncapi.json`
pub(super) async fn asyncapi() -> HttpResponse {
    document("application/json", &ASYNCAPI)
}

/// `GET /docs`
pub(super) async fn page() -> HttpResponse {
    document("text/html; charset=utf-8", &PAGE)
}

/// `GET /docs.css`
pub(super) async fn style() -> HttpResponse {
    document("text/css; charset=utf-8", STYLE)
}

fn document(content_type: &str, text: &'static str) -> HttpResponse {
    let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(text)
}
