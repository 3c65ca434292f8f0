//! Pictures of people.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use chatchat_domain::Refusal;
use chatchat_domain::account::{PICTURE_URL_LIFETIME, Picture};
use chatchat_domain::ports::ObjectKey;

use super::State;
use crate::problem::Problem;

/// `GET /media/avatars/{key}`. A new picture has a new key, so what was fetched once stays right for ever.
/// Where the store serves clients itself, they are sent there.
pub(super) async fn avatar(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = format!("avatars/{}", request.match_info().get("key").unwrap_or_default());
    let key: ObjectKey = key.parse().map_err(|_| Refusal::NotFound)?;
    Ok(match state.app.accounts().avatar(&key).await? {
        Picture::Here(bytes) => HttpResponse::Ok()
            .content_type("image/jpeg")
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .body(bytes),
        Picture::At(url) => {
            let remembered = PICTURE_URL_LIFETIME.as_secs() / 2; // it must still be good when it is used
            HttpResponse::Found()
                .insert_header((LOCATION, url))
                .insert_header((CACHE_CONTROL, format!("private, max-age={remembered}")))
                .finish()
        }
    })
}
