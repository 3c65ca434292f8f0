use crate::conversation::{ClientId, Seq};
use crate::id::{ConversationId, SessionId, UserId};
use crate::time::Timestamp;

/// How many of those who have read a message are named.
pub const MAX_READERS: usize = 100;

/// Which message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessagePlace {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its place in it.
    pub seq: Seq,
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A node has read the sender's request.
    Accepted {
        /// Whose request it was.
        session: SessionId,
    },
    /// It is in the store, for good.
    Committed,
    /// A node was told of it, right after the commit or by another node.
    Published,
    /// It was written to a socket.
    Delivered {
        /// Whose socket it is.
        user: UserId,
        /// Their log-in.
        session: SessionId,
    },
    /// Its sender was told that it is stored.
    Acknowledged {
        /// Whose request it was.
        session: SessionId,
    },
    /// Somebody has read up to it.
    Read {
        /// Who.
        user: UserId,
    },
}

/// What a node has seen of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// Which message.
    pub message: MessagePlace,
    /// When.
    pub at: Timestamp,
    /// What.
    pub step: Step,
}

/// What nodes are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What the sender's client calls the message.
    pub client_id: ClientId,
    /// Messages of that name that are known already.
    pub places: Vec<MessagePlace>,
}

/// A sighting, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The node's name: another one after each start.
    pub node: String,
    /// What it has seen.
    pub sighting: Sighting,
}

/// What nodes have answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Testimony {
    /// Who has answered.
    pub nodes: Vec<String>,
    /// Whether other nodes could be asked at all.
    pub is_complete: bool,
    /// What they have seen.
    pub seen: Vec<Seen>,
}

/// What the store says of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// Which one.
    pub place: MessagePlace,
    /// What its sender's client calls it.
    pub client_id: ClientId,
    /// Who wrote it.
    pub sender: UserId,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its text was changed last.
    pub edited_at: Option<Timestamp>,
    /// When it was recalled.
    pub recalled_at: Option<Timestamp>,
    /// How many are in its conversation.
    pub members: u64,
    /// Who has read up to it, the sender apart: at most [`MAX_READERS`].
    pub read_by: Vec<UserId>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// What the store says.
    pub message: Traced,
    /// What nodes remember, the oldest first.
    pub steps: Vec<Seen>,
}

/// What became of all messages of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trails {
    /// Each message.
    pub items: Vec<Trail>,
    /// The nodes that have answered.
    pub nodes: Vec<String>,
    /// Whether other nodes could be asked.
    pub is_complete: bool,
}
