//! One message: read, edited, recalled, reacted to.

use actix_web::{HttpResponse, web};
use chatchat_domain::conversation::{Emoji, Seq};
use chatchat_domain::{ConversationId, Refusal};
use serde::Deserialize;

use super::State;
use super::body::Body;
use super::extract::{Caller, Ids};
use super::work::detached;
use crate::input::{ContentInput, Object, text};
use crate::problem::Problem;
use crate::view::MessageView;

/// `GET /conversations/{id}/messages/{seq}`
pub(super) async fn find(
    state: web::Data<State>,
    Caller(caller): Caller,
    Ids(conversation, seq): Ids<ConversationId, u64>,
) -> Result<HttpResponse, Problem> {
    let message = state.app.conversations().message(caller, conversation, Seq(seq)).await?;
    Ok(HttpResponse::Ok().json(MessageView::from(&message)))
}

#[derive(Deserialize)]
pub(super) struct Edit {
    content: Option<Object<ContentInput>>,
}

/// `PATCH /conversations/{id}/messages/{seq}`
pub(super) async fn edit(
    state: web::Data<State>,
    Caller(caller): Caller,
    Ids(conversation, seq): Ids<ConversationId, u64>,
    Body(body): Body<Edit>,
) -> Result<HttpResponse, Problem> {
    let (app, text) = (state.app(), text(body.content)?);
    let edited =
        detached(async move { app.conversations().edit(caller, conversation, Seq(seq), text).await }).await?;
    Ok(HttpResponse::Ok().json(MessageView::from(&*edited)))
}

/// `DELETE /conversations/{id}/messages/{seq}`
pub(super) async fn recall(
    state: web::Data<State>,
    Caller(caller): Caller,
    Ids(conversation, seq): Ids<ConversationId, u64>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.conversations().recall(caller, conversation, Seq(seq)).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `PUT /conversations/{id}/messages/{seq}/reactions/{emoji}`
pub(super) async fn react(
    state: web::Data<State>,
    Caller(caller): Caller,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (app, (conversation, seq, emoji)) = (state.app(), reaction(path.into_inner())?);
    detached(async move { app.conversations().react(caller, conversation, seq, emoji).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /conversations/{id}/messages/{seq}/reactions/{emoji}`
pub(super) async fn unreact(
    state: web::Data<State>,
    Caller(caller): Caller,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (app, (conversation, seq, emoji)) = (state.app(), reaction(path.into_inner())?);
    detached(async move { app.conversations().unreact(caller, conversation, seq, emoji).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn reaction(
    (conversation, seq, emoji): (String, String, String),
) -> Result<(ConversationId, Seq, Emoji), Problem> {
    let conversation = conversation.parse().map_err(|_| Refusal::NotFound)?;
    let seq = seq.parse().map_err(|_| Refusal::NotFound)?;
    Ok((conversation, Seq(seq), Emoji::new(&emoji)?))
}
