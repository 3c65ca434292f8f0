//! What stands at well-known places (RFC 8615).

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};

use super::State;

/// `GET /.well-known/jwks.json`: the keys that prove access tokens (RFC 7517).
pub(super) async fn jwks(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=30")).json(state.stack.tokens.jwks())
}
