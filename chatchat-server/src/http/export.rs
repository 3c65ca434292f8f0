//! All that is held about somebody, as one JSON document that is never in memory as a whole.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Bytes, Data};
use chatchat_domain::conversation::ClientId;
use chatchat_domain::friend::Direction;
use chatchat_domain::page::{Limit, Page, PageRequest};
use chatchat_domain::session::Caller as Person;
use chatchat_domain::{ConversationId, Error};
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::mpsc::{Sender, channel};

use super::State;
use super::extract::Caller;
use crate::problem::Problem;
use crate::view::{AttachedView, IdentityView, MessageView, SessionView, Time};

/// How many parts wait for a slow reader.
const MAX_WAITING: usize = 4;

/// `GET /me/export`
pub(super) async fn export(state: Data<State>, Caller(caller): Caller) -> Result<HttpResponse, Problem> {
    let me = state.app.accounts().me(caller).await?; // what cannot begin is refused as anything else is
    let (to, parts) = channel(MAX_WAITING);
    let head =
        format!("{{\"exported_at\":{},\"me\":{}", json(&Time(state.app.now())), json(&state.urls.me(&me)));
    let mut document = Document { to, is_first: true };
    actix_web::rt::spawn(async move {
        if let Err(Broken::Error(error)) = document.write(&state, caller, head).await {
            tracing::warn!(%error, "an export is cut off");
            let _nobody_reads = document.to.send(Err(CutOff)).await;
        }
    });
    let body = unfold(parts, |mut parts| async move { Some((parts.recv().await?, parts)) });
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"chatchat-export.json\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(body))
}

/// Ends the connection, so that half a document is not taken for a whole one.
#[derive(Debug, thiserror::Error)]
#[error("the export is cut off")]
struct CutOff;

/// Why a document is not written to its end.
enum Broken {
    /// Nobody reads it any more.
    GoneAway,
    Error(Error),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Writes a list that is read page by page.
macro_rules! list {
    ($document:ident, $name:expr, $page:expr, $view:expr) => {{
        $document.begin($name).await?;
        let mut next = first_page();
        loop {
            let page: Page<_> = $page(next).await?;
            $document.items(page.items.iter().map($view)).await?;
            match page.next {
                Some(cursor) => next = PageRequest { cursor: Some(cursor), ..first_page() },
                None => break,
            }
        }
        $document.put("]").await?;
    }};
}

struct Document {
    to: Sender<Result<Bytes, CutOff>>,
    is_first: bool,
}

impl Document {
    async fn write(&mut self, state: &State, caller: Person, head: String) -> Result<(), Broken> {
        let (app, urls) = (&state.app, &state.urls);
        let current = caller.session;
        self.put(&head).await?;
        list!(self, "sessions", |page| app.sessions().list(caller, page), |one| SessionView::new(
            one, current
        ));
        self.begin("identities").await?;
        let identities = app.identities().list(caller).await?;
        self.items(identities.iter().map(IdentityView::from)).await?;
        self.put("]").await?;
        list!(self, "friends", |page| app.friends().list(caller, page), |one| urls.friend(one));
        for (name, direction) in [
            ("incoming_friend_requests", Direction::Incoming),
            ("outgoing_friend_requests", Direction::Outgoing),
        ] {
            list!(self, name, |page| app.friends().pending(caller, direction, page), |one| urls
                .friend_request(one));
        }
        list!(self, "blocks", |page| app.friends().blocks(caller, page), |one| urls.user(one));
        list!(self, "conversations", |page| app.conversations().list(caller, page), |one| urls
            .conversation(one));
        self.messages(state, caller).await?;
        list!(self, "attachments", |page| app.attachments().list(caller, page), AttachedView::from);
        self.put("}\n").await
    }

    /// All that the person has sent.
    async fn messages(&mut self, state: &State, caller: Person) -> Result<(), Broken> {
        let conversations = state.app.conversations();
        self.begin("messages").await?;
        let mut after: Option<ConversationId> = None;
        loop {
            let some = conversations.ever_in(caller, after).await?;
            let Some(last) = some.last().copied() else { break };
            for conversation in some {
                let mut name: Option<ClientId> = None;
                loop {
                    let sent = conversations.sent(caller, conversation, name).await?;
                    let Some(last) = sent.last() else { break };
                    name = last.client_id.clone();
                    self.items(sent.iter().map(MessageView::from)).await?;
                }
            }
            after = Some(last);
        }
        self.put("]").await
    }

    async fn begin(&mut self, name: &str) -> Result<(), Broken> {
        self.is_first = true;
        self.put(&format!(",\"{name}\":[")).await
    }

    async fn items<V: Serialize>(&mut self, views: impl Iterator<Item = V>) -> Result<(), Broken> {
        let mut part = String::new();
        for view in views {
            if !std::mem::replace(&mut self.is_first, false) {
                part.push(',');
            }
            part.push_str(&json(&view));
        }
        self.put(&part).await
    }

    async fn put(&mut self, part: &str) -> Result<(), Broken> {
        self.to.send(Ok(Bytes::copy_from_slice(part.as_bytes()))).await.map_err(|_| Broken::GoneAway)
    }
}

fn first_page() -> PageRequest {
    PageRequest { limit: Limit::MAX, cursor: None }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
