//! Messages, history, changes, read cursors.

use actix_web::{HttpResponse, web};
use chatchat_domain::conversation::{Rev, Seq, SettingsChange, Window};
use chatchat_domain::{ConversationId, Violation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::State;
use super::body::Body;
use super::extract::{Caller, Id, Page, Query, limit};
use super::work::detached;
use crate::input::{All as _, Checked, MessageInput, natural, number, required};
use crate::problem::Problem;
use crate::view::{self, MessageView, ReceiptView};

/// `GET /conversations`
pub(super) async fn list(
    state: web::Data<State>,
    Caller(caller): Caller,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let conversations = state.app.conversations().list(caller, page).await?;
    Ok(HttpResponse::Ok().json(view::list(&conversations, |one| state.urls.conversation(one))))
}

/// `GET /conversations/{id}`
pub(super) async fn find(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(conversation): Id<ConversationId>,
) -> Result<HttpResponse, Problem> {
    let conversation = state.app.conversations().find(caller, conversation).await?;
    Ok(HttpResponse::Ok().json(state.urls.conversation(&conversation)))
}

#[derive(Deserialize)]
pub(super) struct Settings {
    muted: Option<bool>,
    pinned: Option<bool>,
}

/// `PATCH /conversations/{id}`
pub(super) async fn change_settings(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(conversation): Id<ConversationId>,
    Body(Settings { muted, pinned }): Body<Settings>,
) -> Result<HttpResponse, Problem> {
    let (app, change) = (state.app(), SettingsChange { muted, pinned });
    let changed =
        detached(async move { app.conversations().change_settings(caller, conversation, change).await });
    Ok(HttpResponse::Ok().json(state.urls.conversation(&changed.await?)))
}

#[derive(Deserialize)]
pub(super) struct History {
    before: Option<String>,
    after: Option<String>,
    around: Option<String>,
    limit: Option<String>,
}

#[derive(Serialize)]
struct HistoryView<'a> {
    items: Vec<MessageView<'a>>,
    has_more: bool,
}

/// `GET /conversations/{id}/messages`
pub(super) async fn history(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(conversation): Id<ConversationId>,
    Query(query): Query<History>,
) -> Result<HttpResponse, Problem> {
    let (part, limit) = (query.part(), limit(query.limit.as_deref())).all()?;
    let conversations = state.app.conversations();
    let page = match part {
        Part::Window(window) => conversations.history(caller, conversation, window, limit).await?,
        Part::Around(seq) => conversations.around(caller, conversation, seq, limit).await?,
    };
    let items = page.items.iter().map(MessageView::from).collect();
    Ok(HttpResponse::Ok().json(HistoryView { items, has_more: page.has_more }))
}

enum Part {
    Window(Window),
    Around(Seq),
}

impl History {
    fn part(&self) -> Checked<Part> {
        let seq = |field, text: &str| number(field, text).and_then(|seq| natural(field, seq)).map(Seq);
        match (&self.before, &self.after, &self.around) {
            (None, None, None) => Ok(Part::Window(Window::Newest)),
            (Some(text), None, None) => Ok(Part::Window(Window::Before(seq("before", text)?))),
            (None, Some(text), None) => Ok(Part::Window(Window::After(seq("after", text)?))),
            (None, None, Some(text)) => Ok(Part::Around(seq("around", text)?)),
            _ => {
                let rule = "only one of before, after and around can be given";
                Err(Violation::new("before", "ambiguous", rule))
            }
        }
    }
}

/// `POST /conversations/{id}/messages`
pub(super) async fn send(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(conversation): Id<ConversationId>,
    Body(message): Body<MessageInput>,
) -> Result<HttpResponse, Problem> {
    let message = message.check()?;
    let app = state.app();
    let sends = state.sends.clone();
    let accepted_at = app.now();
    let sent = detached(async move {
        let sent = app.conversations().send(caller, conversation, message).await;
        sends.sent(caller.session, accepted_at, &sent, app.now());
        sent
    });
    let (message, fresh) = sent.await?;
    let mut answer = if fresh { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(MessageView::from(&*message)))
}

#[derive(Deserialize)]
pub(super) struct Since {
    after_rev: Option<String>,
    limit: Option<String>,
}

/// `GET /conversations/{id}/changes?after_rev=`
pub(super) async fn changes(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(conversation): Id<ConversationId>,
    Query(query): Query<Since>,
) -> Result<HttpResponse, Problem> {
    let after = number("after_rev", query.after_rev.as_deref().unwrap_or("0"))
        .and_then(|rev| natural("after_rev", rev));
    let (after, limit) = (after, limit(query.limit.as_deref())).all()?;
    let changes = state.app.conversations().changes(caller, conversation, Rev(after), limit).await?;
    Ok(HttpResponse::Ok().json(state.urls.changes(&changes)))
}

#[derive(Deserialize)]
pub(super) struct Read {
    seq: Option<i64>,
}

/// `PUT /conversations/{id}/read`
pub(super) async fn read(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(conversation): Id<ConversationId>,
    Body(body): Body<Read>,
) -> Result<HttpResponse, Problem> {
    let seq = required("seq", body.seq).and_then(|seq| natural("seq", seq)).map(Seq)?;
    let app = state.app();
    let moved = detached(async move { app.conversations().read(caller, conversation, seq).await }).await?;
    Ok(HttpResponse::Ok().json(json!({ "read_seq": moved.read_seq.0, "unread": moved.unread })))
}

/// `GET /conversations/{id}/receipts`
pub(super) async fn receipts(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(conversation): Id<ConversationId>,
) -> Result<HttpResponse, Problem> {
    let cursors = state.app.conversations().receipts(caller, conversation).await?;
    let items: Vec<_> = cursors.iter().map(ReceiptView::from).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}
