use actix_web::{HttpResponse, web};
use chatchat_domain::conversation::ClientId;
use serde::Deserialize;

use super::Operator;
use crate::http::State;
use crate::http::extract::Query;
use crate::input::{id, required};
use crate::problem::Problem;
use crate::view::TrailsView;

#[derive(Deserialize)]
pub(super) struct Name {
    client_id: Option<String>,
    conversation_id: Option<String>,
}

/// `GET /admin/messages/trail?client_id=&conversation_id=`
pub(super) async fn trail(
    state: web::Data<State>,
    Operator(_): Operator,
    Query(name): Query<Name>,
) -> Result<HttpResponse, Problem> {
    let client_id = ClientId::new(&required("client_id", name.client_id)?)?;
    let conversation = name.conversation_id.as_deref().map(id).transpose()?;
    let trails = state.app.trail().trace(client_id, conversation).await?;
    Ok(HttpResponse::Ok().json(TrailsView::from(&trails)))
}
