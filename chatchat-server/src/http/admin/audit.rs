use actix_web::{HttpResponse, web};

use super::Operator;
use crate::http::State;
use crate::http::extract::Page;
use crate::problem::Problem;
use crate::view::{self, AuditEntryView};

/// `GET /admin/audit`
pub(super) async fn list(
    state: web::Data<State>,
    Operator(_): Operator,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let entries = state.app.admin().audit(page).await?;
    Ok(HttpResponse::Ok().json(view::list(&entries, AuditEntryView::from)))
}
