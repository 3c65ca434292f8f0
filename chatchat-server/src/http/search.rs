//! Messages by what they say.

use actix_web::{HttpResponse, web};
use chatchat_domain::conversation::Message;
use serde::{Deserialize, Serialize};

use super::State;
use super::extract::{Caller, Page, Query};
use crate::input::{id, required};
use crate::problem::Problem;
use crate::view::{self, MessageView};

#[derive(Deserialize)]
pub(super) struct Search {
    query: Option<String>,
    conversation_id: Option<String>,
}

#[derive(Serialize)]
struct FoundView<'a> {
    message: MessageView<'a>,
    conversation_id: String,
}

impl<'a> From<&'a Message> for FoundView<'a> {
    fn from(message: &'a Message) -> Self {
        Self { message: message.into(), conversation_id: message.conversation.to_string() }
    }
}

/// `GET /messages/search?query=&conversation_id=`
pub(super) async fn messages(
    state: web::Data<State>,
    Caller(caller): Caller,
    Query(search): Query<Search>,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let query = required("query", search.query)?;
    let only = search.conversation_id.as_deref().map(id).transpose()?;
    let found = state.app.search().messages(caller, &query, only, page).await?;
    Ok(HttpResponse::Ok().json(view::list(&found, FoundView::from)))
}
