use std::collections::HashMap;

use crate::account::User;
use crate::conversation::{Message, Rev};
use crate::event::{Change, UserRev};
use crate::group::{Group, GroupView, Member};
use crate::id::{ConversationId, UserId};

/// Names a message in its conversation: 1, 2, 3 …, without a hole, in commit order; 0 before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Seq(pub u64);

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
    /// How many of those that came after it mention the member.
    pub mentions: u64,
    /// What the member has set.
    pub settings: ConversationSettings,
    /// Messages up to this one are not for the member: they came before the member did.
    pub floor: Seq,
}

/// What a member sets for themselves alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConversationSettings {
    /// Whether they want no notifications of it.
    pub muted: bool,
    /// Whether it stands before the others in their list.
    pub pinned: bool,
}

/// What changes of them; what is absent stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SettingsChange {
    /// The new value of [`ConversationSettings::muted`].
    pub muted: Option<bool>,
    /// The new value of [`ConversationSettings::pinned`].
    pub pinned: Option<bool>,
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
    /// Messages up to this one are not for the member: they came before the member did.
    pub floor: Seq,
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
    /// More than is worth sending, or the client knows what is not there: fetch afresh.
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
