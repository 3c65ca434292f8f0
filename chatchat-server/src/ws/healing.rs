//! What the bus has lost is found by comparing with the store: again and again, and at once when the bus tells of a
//! hole.
//!
//! *Invariant: what was lost is repaired within 15 s, even the last event of all.* Held by `repair_tests`.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use chatchat_domain::event::UserRev;
use chatchat_domain::{ConversationId, Error, SessionId};
use futures_util::future::join_all;

use super::connection::Connection;
use super::hub::Hub;
use super::protocol::Close;
use super::{events, operations};

/// How often all is compared.
const COMPARED_EVERY: Duration = Duration::from_secs(10);
/// How many things are asked for at a time.
const AT_A_TIME: usize = 500;
/// How long a personal event may be on its way from its commit to a socket.
pub(super) const ON_ITS_WAY: Duration = Duration::from_secs(2);
/// How long after a hole the store is asked, so that not all nodes ask together.
const AFTER_HOLE_FROM_MS: u64 = 50;
const AFTER_HOLE_SPREAD_MS: u64 = 500;
/// How long it is until a store that did not answer is asked again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Compares again and again.
pub(super) async fn run(hub: Arc<Hub>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(COMPARED_EVERY) => {}
            () = hub.hole_heard() => {
                let spread = RandomState::new().hash_one(()) % AFTER_HOLE_SPREAD_MS;
                tokio::time::sleep(Duration::from_millis(AFTER_HOLE_FROM_MS + spread)).await;
            }
        }
        compare(&hub).await;
    }
}

/// Compares all that is live here with the store, and repairs what has fallen behind.
pub(super) async fn compare(hub: &Arc<Hub>) {
    let conversations = hub.live_conversations();
    let compared =
        tokio::join!(compare_conversations(hub, &conversations), compare_people(hub), compare_sessions(hub));
    for (what, outcome) in [("conversations", compared.0), ("people", compared.1), ("sessions", compared.2)] {
        if let Err(error) = outcome {
            tracing::warn!(%error, what, "what is live could not be compared with the store");
        }
    }
}

/// Reads what is missing of the conversations.
pub(super) async fn compare_conversations(hub: &Hub, conversations: &[ConversationId]) -> Result<(), Error> {
    for some in conversations.chunks(AT_A_TIME) {
        for (conversation, rev) in hub.app().conversations().revs(some).await? {
            hub.catch_up_to(conversation, rev);
        }
    }
    Ok(())
}

/// Lets sockets start over that have missed something of their person's stream.
async fn compare_people(hub: &Arc<Hub>) -> Result<(), Error> {
    let mut behind: Vec<(Arc<Connection>, UserRev)> = Vec::new();
    for some in hub.people().chunks(AT_A_TIME) {
        for (user, rev) in hub.app().conversations().user_revs(some).await? {
            behind.extend(hub.connections_of(user).into_iter().map(|one| (one, rev)).filter(is_behind));
        }
    }
    if !behind.is_empty() {
        tokio::time::sleep(ON_ITS_WAY).await;
        behind.retain(is_behind);
        join_all(behind.into_iter().map(|(connection, _)| start_over(hub, connection))).await;
    }
    Ok(())
}

fn is_behind((connection, rev): &(Arc<Connection>, UserRev)) -> bool {
    connection.with_outbox(|outbox| outbox.lacks(*rev))
}

/// Lets the socket go on from where the store is, and tells it that it has missed something. What happens
/// meanwhile comes after that.
pub(super) async fn start_over(hub: &Arc<Hub>, connection: Arc<Connection>) {
    let _few_at_once = hub.take_turn().await;
    while !connection.is_gone() {
        match operations::greet(hub, &connection, |_| Some(events::resync(None))).await {
            Err(Error::Unavailable(_) | Error::Overloaded(_)) => tokio::time::sleep(RETRY_AFTER).await,
            Err(error) => {
                tracing::warn!(%error, user = %connection.user, "a socket could not start over");
                return connection.close(Close::ShuttingDown);
            }
            Ok(()) => return,
        }
    }
}

/// Closes sockets whose session has ended.
async fn compare_sessions(hub: &Hub) -> Result<(), Error> {
    let connections = hub.connections();
    let sessions: HashSet<SessionId> = connections.iter().map(|connection| connection.session).collect();
    let sessions: Vec<SessionId> = sessions.into_iter().collect();
    for some in sessions.chunks(AT_A_TIME) {
        let ended = hub.app().sessions().ended(some).await?;
        for connection in connections.iter().filter(|connection| ended.contains(&connection.session)) {
            connection.close(Close::SessionEnded);
        }
    }
    Ok(())
}

/// Listens to a conversation that was not listened to, and reads what has happened meanwhile.
pub(super) async fn listen_to(hub: &Hub, conversation: ConversationId) {
    hub.ready_for(&[conversation]).await;
    if let Err(error) = compare_conversations(hub, &[conversation]).await {
        tracing::warn!(%error, %conversation, "a conversation could not be compared with the store yet");
    }
}
