//! One function for each operation: parse, one use case, shape.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use actix_web::ResponseError as _;
use bytestring::ByteString;
use chatchat_domain::conversation::{Emoji, Message, Rev, Seq, Snapshot};
use chatchat_domain::event::UserRev;
use chatchat_domain::page::Limit;
use chatchat_domain::session::Caller;
use chatchat_domain::{ConversationId, Error, Refusal};
use serde::Deserialize;
use serde_json::json;
use tracing::field::Empty;

use super::connection::Connection;
use super::events;
use super::hub::Hub;
use super::protocol::{self, Op, Outcome, Request};
use super::upkeep::HEARTBEAT;
use crate::input::{self, All as _, Checked, ContentInput, MessageInput, Object, natural, required, text};
use crate::problem::{self, Problem};
use crate::trace::{Origin, Served, is_sane};
use crate::traffic::{Admitted, Class};
use crate::view::{HeadView, Time};

/// How many conversations stand in a greeting; who has more changed ones fetches the list.
pub(crate) const MAX_HEADS: usize = 300;

/// Runs a request, and replies if it has an id.
pub(super) async fn run(hub: &Hub, connection: &Arc<Connection>, request: &Request) {
    let began = Instant::now();
    let served = served(connection, request);
    let outcome = served.within(outcome(hub, connection, request)).await;
    let problem = outcome.as_ref().err();
    hub.counts().ended(request.op, problem, began.elapsed());
    tell(&served, request.op, problem);
    match outcome {
        Ok(Answer::Reply(data)) => reply(connection, request, &Ok(data)),
        Ok(Answer::Given) => {}
        Err(problem) => reply(connection, request, &Err(problem)),
    }
}

/// The operation, as the log and traces know it. A frame is always a stranger's.
fn served(connection: &Connection, request: &Request) -> Served {
    let op = request.op.name();
    let id = protocol::request_id(connection.id, request.id.as_deref().filter(|id| is_sane(id)));
    let span =
        tracing::error_span!("operation", op, request_id = %id, otel.kind = "server", trace_id = Empty);
    let origin = request.trace.clone().map(|place| Origin { place, is_trusted: false });
    Served::new(span, origin)
}

/// Tells the trace what came of an operation.
fn tell(served: &Served, op: Op, problem: Option<&Problem>) {
    if served.trace().is_some() {
        let outcome = problem.map_or("ok", Problem::code);
        let has_failed = problem.is_some_and(|problem| problem.status_code().is_server_error());
        served.ended(format!("ws {}", op.name()), [("outcome", outcome.into())], has_failed);
    }
}

async fn outcome(hub: &Hub, connection: &Arc<Connection>, request: &Request) -> Result<Answer, Problem> {
    let _admitted = let_through(hub, connection, request.op.class()).await?;
    answer(hub, connection, request).await
}

/// What an operation that has succeeded says.
enum Answer {
    /// To be replied with.
    Reply(String),
    /// It has been already, in its place among the events.
    Given,
}

async fn answer(hub: &Hub, connection: &Arc<Connection>, request: &Request) -> Result<Answer, Problem> {
    let outcome = match request.op {
        Op::Hello => return hello(hub, connection, request).await.map(|()| Answer::Given),
        Op::Auth => auth(hub, connection, request).await,
        Op::Send => send(hub, connection, request).await,
        Op::Edit => edit(hub, connection, request).await,
        Op::Recall => recall(hub, connection, request).await,
        Op::React => react(hub, connection, request).await,
        Op::Unreact => unreact(hub, connection, request).await,
        Op::Sync => sync(hub, connection, request).await,
        Op::Read => read(hub, connection, request).await,
        Op::Typing => typing(hub, connection, request).await,
        Op::Ping => Ok("{}".to_owned()),
        Op::Unknown => Err(Problem::new(problem::MALFORMED_REQUEST, "op: there is no such operation")),
    };
    outcome.map(Answer::Reply)
}

/// As over HTTP: an operation counts with its person and its address, and needs room.
async fn let_through(hub: &Hub, connection: &Connection, class: Class) -> Result<Admitted, Problem> {
    let traffic = hub.traffic();
    let checked = async {
        traffic.check_address(class, connection.address()).await?;
        traffic.check_account(class, connection.user).await
    };
    match checked.await {
        Ok(()) => {
            // What has no limits says nothing of whether somebody keeps to them.
            if class != Class::Service {
                connection.is_let_through();
            }
            traffic.admit(class)
        }
        Err(error) => {
            connection.is_refused();
            Err(error.into())
        }
    }
}

fn reply(connection: &Connection, request: &Request, outcome: &Outcome) {
    if let Some(id) = &request.id {
        let frame = protocol::reply(id, connection.id, outcome);
        connection.with_outbox(|outbox| outbox.reply(frame));
    }
}

#[derive(Deserialize)]
struct Hello {
    access_token: Option<String>,
    resume: Option<Resume>,
}

#[derive(Deserialize)]
struct Resume {
    #[serde(default)]
    conversations: HashMap<String, u64>,
}

/// Who greets, in the first frame of a socket that has not said so before.
///
/// # Errors
/// `unauthenticated` for any other operation, and for a token that is not good.
pub(super) async fn authenticate(hub: &Hub, request: &Request) -> Result<Caller, Problem> {
    let token = match request.op {
        Op::Hello => request.data::<Hello>()?.access_token,
        _ => None,
    };
    let token = token.ok_or(Refusal::Unauthenticated)?;
    Ok(hub.app().sessions().authenticate(&token).await?)
}

/// Lets the socket follow all that its person is in, and nothing else: first it follows, then the store is read, so
/// that nothing falls between the two. `greeting` makes the reply.
pub(super) async fn greet(
    hub: &Hub,
    connection: &Arc<Connection>,
    greeting: impl FnOnce(&Snapshot) -> Option<ByteString>,
) -> Result<(), Error> {
    connection.with_outbox(super::outbox::Outbox::begin_greeting);
    let followed = connection.with_outbox(|outbox| outbox.followed());
    let conversations = hub.app().conversations();
    let mut snapshot = conversations.snapshot(connection.caller()).await?;
    while hub.follow(connection, &snapshot) {
        let all: Vec<ConversationId> = snapshot.heads.iter().map(|head| head.conversation).collect();
        hub.ready_for(&all).await;
        snapshot = conversations.snapshot(connection.caller()).await?;
    }
    let frame = greeting(&snapshot);
    connection.with_outbox(|outbox| outbox.greet(frame, &snapshot));
    hub.establish(&snapshot);
    hub.let_go(connection, &followed);
    Ok(())
}

async fn hello(hub: &Hub, connection: &Arc<Connection>, request: &Request) -> Result<(), Problem> {
    let Hello { resume, .. } = request.data()?;
    let known = resume.map(|resume| known(&resume)).unwrap_or_default();
    let greeting = |snapshot: &Snapshot| {
        let data = greeting(connection, snapshot, &known);
        request.id.as_deref().map(|id| protocol::reply(id, connection.id, &Ok(data)))
    };
    Ok(greet(hub, connection, greeting).await?)
}

fn known(resume: &Resume) -> HashMap<ConversationId, Rev> {
    resume.conversations.iter().filter_map(|(id, rev)| Some((id.parse().ok()?, Rev(*rev)))).collect()
}

fn greeting(connection: &Connection, snapshot: &Snapshot, known: &HashMap<ConversationId, Rev>) -> String {
    let UserRev(user_rev) = snapshot.user_rev;
    let mut heads = snapshot.unknown_to(known).map(HeadView::from);
    let conversations: Vec<HeadView> = heads.by_ref().take(MAX_HEADS).collect();
    protocol::json(&json!({
        "user_id": connection.user.to_string(),
        "session_id": connection.session.to_string(),
        "heartbeat_seconds": HEARTBEAT.as_secs(),
        "user_rev": user_rev,
        "conversations": conversations,
        "more": heads.next().is_some(),
    }))
}

async fn auth(hub: &Hub, connection: &Connection, request: &Request) -> Outcome {
    #[derive(Deserialize)]
    struct Auth {
        access_token: Option<String>,
    }
    let Auth { access_token } = request.data()?;
    let access_token = required("access_token", access_token)?;
    let caller = hub.app().sessions().authenticate(&access_token).await?;
    if (caller.user, caller.session) != (connection.user, connection.session) {
        return Err(Refusal::Unauthenticated.into());
    }
    connection.renew(caller.expires_at);
    Ok(protocol::json(&json!({ "expires_at": Time(caller.expires_at) })))
}

async fn send(hub: &Hub, connection: &Connection, request: &Request) -> Outcome {
    #[derive(Deserialize)]
    struct Send {
        conversation_id: Option<String>,
        client_id: Option<String>,
        content: Option<Object<ContentInput>>,
        reply_to: Option<i64>,
        mentions: Option<Vec<String>>,
    }
    let Send { conversation_id, client_id, content, reply_to, mentions } = request.data()?;
    let message = MessageInput { client_id, content, reply_to, mentions }.check()?;
    let conversation = conversation(conversation_id)?;
    let accepted_at = hub.app().now();
    let sent = hub.app().conversations().send(connection.caller(), conversation, message).await;
    hub.sends().sent(connection.session, accepted_at, &sent, hub.app().now());
    let (message, _) = sent?;
    Ok(events::message(&message))
}

/// What an operation on one message says.
#[derive(Deserialize)]
struct OnMessage {
    conversation_id: Option<String>,
    seq: Option<i64>,
    content: Option<Object<ContentInput>>,
    emoji: Option<String>,
}

impl OnMessage {
    /// Which message it is about.
    fn place(&self) -> Result<(ConversationId, Seq), Problem> {
        let seq = required("seq", self.seq).and_then(|seq| natural("seq", seq)).map(Seq)?;
        Ok((conversation(self.conversation_id.clone())?, seq))
    }

    fn emoji(&self) -> Checked<Emoji> {
        required("emoji", self.emoji.as_deref()).and_then(Emoji::new)
    }
}

async fn edit(hub: &Hub, connection: &Connection, request: &Request) -> Outcome {
    let on: OnMessage = request.data()?;
    let (conversation, seq) = on.place()?;
    let text = text(on.content)?;
    let edited = hub.app().conversations().edit(connection.caller(), conversation, seq, text).await?;
    Ok(rev(&edited))
}

async fn recall(hub: &Hub, connection: &Connection, request: &Request) -> Outcome {
    let (conversation, seq) = request.data::<OnMessage>()?.place()?;
    let recalled = hub.app().conversations().recall(connection.caller(), conversation, seq).await?;
    Ok(rev(&recalled))
}

async fn react(hub: &Hub, connection: &Connection, request: &Request) -> Outcome {
    let on: OnMessage = request.data()?;
    let ((conversation, seq), emoji) = (on.place()?, on.emoji()?);
    let reacted = hub.app().conversations().react(connection.caller(), conversation, seq, emoji).await?;
    Ok(rev(&reacted))
}

async fn unreact(hub: &Hub, connection: &Connection, request: &Request) -> Outcome {
    let on: OnMessage = request.data()?;
    let ((conversation, seq), emoji) = (on.place()?, on.emoji()?);
    let taken = hub.app().conversations().unreact(connection.caller(), conversation, seq, emoji).await?;
    Ok(rev(&taken))
}

/// The rev of the message's last change.
fn rev(message: &Message) -> String {
    protocol::json(&json!({ "rev": message.rev.0 }))
}

async fn sync(hub: &Hub, connection: &Connection, request: &Request) -> Outcome {
    #[derive(Deserialize)]
    struct Sync {
        conversation_id: Option<String>,
        after_rev: Option<i64>,
        limit: Option<i64>,
    }
    let Sync { conversation_id, after_rev, limit } = request.data()?;
    let after = natural("after_rev", after_rev.unwrap_or_default()).map(Rev);
    let limit = limit.map_or(Ok(Limit::default()), Limit::new);
    let (after, limit) = (after, limit).all()?;
    let conversation = conversation(conversation_id)?;
    let changes = hub.app().conversations().changes(connection.caller(), conversation, after, limit).await?;
    Ok(protocol::json(&hub.urls().changes(&changes)))
}

async fn read(hub: &Hub, connection: &Connection, request: &Request) -> Outcome {
    #[derive(Deserialize)]
    struct Read {
        conversation_id: Option<String>,
        seq: Option<i64>,
    }
    let Read { conversation_id, seq } = request.data()?;
    let seq = required("seq", seq).and_then(|seq| natural("seq", seq)).map(Seq)?;
    let conversation = conversation(conversation_id)?;
    let moved = hub.app().conversations().read(connection.caller(), conversation, seq).await?;
    Ok(protocol::json(&json!({ "read_seq": moved.read_seq.0, "unread": moved.unread })))
}

async fn typing(hub: &Hub, connection: &Connection, request: &Request) -> Outcome {
    #[derive(Deserialize)]
    struct Typing {
        conversation_id: Option<String>,
    }
    let Typing { conversation_id } = request.data()?;
    hub.app().conversations().typing(connection.caller(), conversation(conversation_id)?).await?;
    Ok("{}".to_owned())
}

/// The conversation; a malformed id is an unknown one.
fn conversation(id: Option<String>) -> Result<ConversationId, Problem> {
    input::id(&required("conversation_id", id)?)
}
