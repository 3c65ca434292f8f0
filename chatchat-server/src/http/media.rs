//! Pictures of people.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use chatchat_domain::Refusal;
use chatchat_domain::ports::ObjectKey;

use super::State;
use crate::problem::Problem;

/// `GET /media/avatars/{key}`. A new picture has a new key, so what was fetched once stays right for ever.
pub(super) async fn avatar(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = format!("avatars/{}", request.match_info().get("key").unwrap_or_default());
    let key: ObjectKey = key.parse().map_err(|_| Refusal::NotFound)?;
    let picture = state.app.accounts().avatar(&key).await?;
    Ok(HttpResponse::Ok()
        .content_type("image/jpeg")
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(picture))
}
