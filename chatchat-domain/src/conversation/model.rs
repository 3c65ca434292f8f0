use std::collections::HashMap;

use crate::account::User;
use crate::error::Violation;
use crate::event::{Change, UserRev};
use crate::group::{Group, GroupView, Member};
use crate::id::{ConversationId, UserId};
use crate::secret::sha256;
use crate::text;
use crate::time::Timestamp;

/// Names a message in its conversation: 1, 2, 3 …, without a hole, in commit order; 0 before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Seq(pub u64);

/// Counts every change of a conversation: 1, 2, 3 …, without a hole; 0 before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Rev(pub u64);

/// What a client calls its message, so that sending it again makes no second one: 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// A client's name for a message.
    ///
    /// # Errors
    /// A violation of `client_id` unless it has 1 to 64 characters and no control character.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::bounded(text, 1, 64).map_err(|violation| violation.of("client_id"))?;
        if text.chars().any(char::is_control) {
            return Err(Violation::new(
                "client_id",
                "control_character",
                "must not contain control characters",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody writes: 1 to 4000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageText(String);

impl MessageText {
    /// A text.
    ///
    /// # Errors
    /// A violation of `content.text` unless it has 1 to 4000 characters, none of them NUL.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::bounded(text, 1, 4000).map_err(|violation| violation.of("content.text"))?;
        if text.contains('\0') {
            return Err(Violation::new("content.text", "control_character", "must not contain NUL"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the server itself tells the members of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Somebody has joined, or was added.
    MemberJoined {
        /// Who.
        user: UserId,
    },
    /// Somebody has left.
    MemberLeft {
        /// Who.
        user: UserId,
    },
    /// Somebody was removed.
    MemberKicked {
        /// Who.
        user: UserId,
        /// By whom.
        by: UserId,
    },
    /// The group has another name.
    GroupRenamed {
        /// The new name.
        name: String,
        /// Who did it.
        by: UserId,
    },
    /// The group has another owner.
    OwnerChanged {
        /// The new owner.
        user: UserId,
    },
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// What somebody wrote.
    Text(MessageText),
    /// From the server alone.
    System(Notice),
}

impl Content {
    /// What tells this content from another under the same `client_id`.
    pub fn fingerprint(&self) -> [u8; 32] {
        match self {
            Self::Text(text) => sha256(text.as_str().as_bytes()),
            Self::System(_) => [0; 32],
        }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it stands.
    pub conversation: ConversationId,
    /// Its place among the messages.
    pub seq: Seq,
    /// The rev of its last change.
    pub rev: Rev,
    /// Who wrote it; nobody, if it is the server's.
    pub sender: Option<UserId>,
    /// What its sender's client calls it.
    pub client_id: Option<ClientId>,
    /// What it holds.
    pub content: Content,
    /// When it was accepted.
    pub created_at: Timestamp,
}

/// A message to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where to.
    pub conversation: ConversationId,
    /// Who writes.
    pub sender: UserId,
    /// What their client calls it.
    pub client_id: ClientId,
    /// What they write.
    pub content: Content,
    /// The moment.
    pub now: Timestamp,
}

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The message.
    pub message: Message,
    /// Whether it is new; otherwise its `client_id` was stored before.
    pub fresh: bool,
}

/// With whom a conversation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationKind {
    /// With one other person.
    Direct(User),
    /// With a group.
    Group(GroupView),
}

/// A conversation as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Which one.
    pub id: ConversationId,
    /// With whom.
    pub kind: ConversationKind,
    /// The newest message that the member may read.
    pub last_message: Option<Message>,
    /// The newest message's seq.
    pub last_seq: Seq,
    /// The rev of the newest change.
    pub rev: Rev,
    /// The last message that the member has read.
    pub read_seq: Seq,
    /// How many messages of others came after that (system messages not counted).
    pub unread: u64,
}

/// Where a conversation stands for one of its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Which one.
    pub conversation: ConversationId,
    /// The newest message's seq.
    pub last_seq: Seq,
    /// The rev of the newest change.
    pub rev: Rev,
    /// The last message that the member has read.
    pub read_seq: Seq,
    /// How many messages of others came after that.
    pub unread: u64,
}

/// Where everything stands for one person, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The rev of the newest personal news.
    pub user_rev: UserRev,
    /// Every conversation they are in.
    pub heads: Vec<Head>,
}

impl Snapshot {
    /// The heads that differ from what a client knows.
    pub fn unknown_to(&self, known: &HashMap<ConversationId, Rev>) -> impl Iterator<Item = &Head> {
        self.heads.iter().filter(|head| known.get(&head.conversation) != Some(&head.rev))
    }
}

/// Which messages of a history are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The newest.
    Newest,
    /// Those that end before this one.
    Before(Seq),
    /// Those that start after this one.
    After(Seq),
}

/// A part of a history, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// The messages.
    pub items: Vec<Message>,
    /// Whether there are more in the direction asked for.
    pub has_more: bool,
}

/// What has changed in a conversation since some rev, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// These have changed.
    Page {
        /// Messages, in rev order.
        messages: Vec<Message>,
        /// Members, in rev order.
        members: Vec<Member>,
        /// Who is not a member any more.
        removed: Vec<UserId>,
        /// The group.
        group: Option<Box<Group>>,
        /// The change up to which this page is complete.
        through: Rev,
        /// The conversation's rev.
        head: Rev,
    },
    /// More than is worth sending: fetch afresh.
    Reset {
        /// The conversation's rev.
        head: Rev,
    },
}

/// A part of a conversation's stream, without a hole: what a later change has overtaken is a no-op.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamPart {
    /// The changes, in rev order, each one more than the last.
    pub changes: Vec<(Rev, Change)>,
}

/// How far a member has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadCursor {
    /// Who.
    pub user: UserId,
    /// The last message they have read.
    pub read_seq: Seq,
}
