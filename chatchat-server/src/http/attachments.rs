//! Images and files.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpResponse, web};
use chatchat_domain::AttachmentId;
use chatchat_domain::attachment::{Delivery, Part, URL_LIFETIME};

use super::State;
use super::body::File;
use super::extract::{Caller, Id};
use super::work::detached;
use crate::problem::Problem;
use crate::view::AttachedView;

/// `POST /attachments`
pub(super) async fn upload(
    state: web::Data<State>,
    Caller(caller): Caller,
    File { upload, permit }: File,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let attached = detached(async move {
        let _one_of_few = permit;
        app.attachments().upload(caller, upload).await
    });
    let attached = attached.await?;
    Ok(HttpResponse::Created().json(AttachedView::from(&attached)))
}

/// `GET /attachments/{id}`
pub(super) async fn open(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(id): Id<AttachmentId>,
) -> Result<HttpResponse, Problem> {
    Ok(answer(state.app.attachments().open(caller, id, Part::Whole).await?))
}

/// `GET /attachments/{id}/thumbnail`
pub(super) async fn thumbnail(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(id): Id<AttachmentId>,
) -> Result<HttpResponse, Problem> {
    Ok(answer(state.app.attachments().open(caller, id, Part::Thumbnail).await?))
}

/// What somebody has brought runs nowhere. It never changes; but who may see it does, so nobody else keeps it.
fn answer(delivery: Delivery) -> HttpResponse {
    match delivery {
        Delivery::Here(object) => HttpResponse::Ok()
            .content_type(object.content_type)
            .insert_header((CONTENT_DISPOSITION, object.disposition))
            .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((CACHE_CONTROL, "private, max-age=3600"))
            .body(object.bytes),
        Delivery::At(url) => {
            let remembered = URL_LIFETIME.as_secs() / 2; // it must still be good when it is used
            HttpResponse::Found()
                .insert_header((LOCATION, url))
                .insert_header((CACHE_CONTROL, format!("private, max-age={remembered}")))
                .finish()
        }
    }
}
