use chatchat_domain::trail::{Seen, Step, Traced, Trail, Trails};
use chatchat_domain::{ConversationId, SessionId, UserId};
use serde::Serialize;

use super::{Time, id, ids, maybe_id};

/// What became of the messages of one name.
#[derive(Debug, Serialize)]
pub struct TrailsView<'a> {
    items: Vec<TrailView<'a>>,
    nodes: &'a [String],
    complete: bool,
}

#[derive(Debug, Serialize)]
struct TrailView<'a> {
    message: TracedView<'a>,
    steps: Vec<StepView<'a>>,
}

#[derive(Debug, Serialize)]
struct TracedView<'a> {
    #[serde(serialize_with = "id")]
    conversation_id: ConversationId,
    seq: u64,
    client_id: &'a str,
    #[serde(serialize_with = "id")]
    sender_id: UserId,
    created_at: Time,
    edited_at: Option<Time>,
    recalled_at: Option<Time>,
    member_count: u64,
    #[serde(serialize_with = "ids")]
    read_by: &'a [UserId],
}

#[derive(Debug, Serialize)]
struct StepView<'a> {
    at: Time,
    step: &'static str,
    node: &'a str,
    #[serde(serialize_with = "maybe_id")]
    user_id: Option<UserId>,
    #[serde(serialize_with = "maybe_id")]
    session_id: Option<SessionId>,
}

impl<'a> From<&'a Trails> for TrailsView<'a> {
    fn from(trails: &'a Trails) -> Self {
        Self {
            items: trails.items.iter().map(TrailView::from).collect(),
            nodes: &trails.nodes,
            complete: trails.is_complete,
        }
    }
}

impl<'a> From<&'a Trail> for TrailView<'a> {
    fn from(trail: &'a Trail) -> Self {
        Self { message: (&trail.message).into(), steps: trail.steps.iter().map(StepView::from).collect() }
    }
}

impl<'a> From<&'a Traced> for TracedView<'a> {
    fn from(message: &'a Traced) -> Self {
        Self {
            conversation_id: message.place.conversation,
            seq: message.place.seq.0,
            client_id: message.client_id.as_str(),
            sender_id: message.sender,
            created_at: Time(message.created_at),
            edited_at: message.edited_at.map(Time),
            recalled_at: message.recalled_at.map(Time),
            member_count: message.members,
            read_by: &message.read_by,
        }
    }
}

impl<'a> From<&'a Seen> for StepView<'a> {
    fn from(Seen { node, sighting }: &'a Seen) -> Self {
        let (step, user_id, session_id) = match sighting.step {
            Step::Accepted { session } => ("accepted", None, Some(session)),
            Step::Committed => ("committed", None, None),
            Step::Published => ("published", None, None),
            Step::Delivered { user, session } => ("delivered", Some(user), Some(session)),
            Step::Acknowledged { session } => ("acknowledged", None, Some(session)),
            Step::Read { user } => ("read", Some(user), None),
        };
        Self { at: Time(sighting.at), step, node, user_id, session_id }
    }
}
