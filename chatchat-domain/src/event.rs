//! What the world is told after a commit.
//!
//! A conversation has one stream, the same for all its members: each [`Change`] has the next `rev`, without a
//! hole. A person has a stream of their own, each [`News`] with the next `user_rev`. A [`Signal`] belongs to
//! no stream: who is not there to hear it misses nothing that lasts.

use std::sync::Arc;

use async_trait::async_trait;

use crate::conversation::{Conversation, ConversationSettings, Message, Rev, Seq};
use crate::friend::{Friend, FriendRequest};
use crate::group::{Group, Member};
use crate::id::{ConversationId, SessionId, UserId};
use crate::ports::{EventBus, PresenceOf};

/// Counts what happens in one person's stream: 1, 2, 3 …, 0 before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct UserRev(pub u64);

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A conversation has changed.
    Conversation {
        /// Which one.
        conversation: ConversationId,
        /// The change's place in its stream.
        rev: Rev,
        /// What has changed.
        change: Change,
    },
    /// Something concerns one person.
    Personal {
        /// Whom.
        user: UserId,
        /// Its place in their stream.
        rev: UserRev,
        /// What.
        news: News,
    },
    /// Something that does not last.
    Ephemeral {
        /// Who may hear it.
        audience: Audience,
        /// What.
        signal: Signal,
    },
}

/// A change of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new message.
    Message(Arc<Message>),
    /// A message has another text, is recalled, or something else stands under it.
    MessageUpdated(Arc<Message>),
    /// A member has come, or is changed.
    Member(Member),
    /// A member is gone, and hears nothing that comes after.
    MemberRemoved(UserId),
    /// The group's own data have changed.
    Group(Group),
    /// The conversation is no more. The last of its stream.
    Removed,
    /// Something that a later change has overtaken.
    Noop,
}

/// Something that concerns one person, on all their devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A friend request from or to them is new, or has another status.
    FriendRequest(FriendRequest),
    /// They have a new friend.
    Friend(Friend),
    /// They have a friend less.
    FriendRemoved(UserId),
    /// They are in a conversation now; its stream goes on for them after the `rev` it has here.
    ConversationAdded(Box<Conversation>),
    /// They are not any more.
    ConversationRemoved {
        /// In which one.
        conversation: ConversationId,
        /// Why.
        reason: RemovalReason,
    },
    /// They have read up to here.
    Read {
        /// In which conversation.
        conversation: ConversationId,
        /// The last message they have read.
        read_seq: Seq,
        /// How many are left.
        unread: u64,
    },
    /// They have set something for themselves.
    Settings {
        /// In which conversation.
        conversation: ConversationId,
        /// What is set now.
        settings: ConversationSettings,
    },
    /// One of their sessions has ended; its connections end too.
    SessionEnded(SessionId),
}

/// Why a conversation is gone for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalReason {
    /// They were removed from the group.
    Kicked,
    /// They left the group.
    Left,
    /// The friendship has ended: it can be read, no more written to.
    Unfriended,
    /// The group was deleted.
    Deleted,
}

impl RemovalReason {
    /// The name in the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kicked => "kicked",
            Self::Left => "left",
            Self::Unfriended => "unfriended",
            Self::Deleted => "deleted",
        }
    }
}

/// Who may hear a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Whoever is connected to the conversation, but for one person.
    Conversation {
        /// The conversation.
        conversation: ConversationId,
        /// Whose doing it is.
        except: UserId,
    },
    /// These people.
    People(Vec<UserId>),
}

/// Something that does not last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// Somebody has read up to here.
    Receipt {
        /// In which conversation.
        conversation: ConversationId,
        /// Who.
        user: UserId,
        /// The last message they have read.
        read_seq: Seq,
    },
    /// Somebody is typing.
    Typing {
        /// In which conversation.
        conversation: ConversationId,
        /// Who.
        user: UserId,
    },
    /// Somebody has come or gone.
    Presence {
        /// Who.
        user: UserId,
        /// Whether they are there.
        presence: PresenceOf,
    },
}

/// What a commit has brought about: a value for the caller, and what the world is to be told.
///
/// A repository returns it only after the commit; the value of a use case comes out of [`Tell::tell`], so that
/// nothing is told before it is committed, and nothing committed is kept from the world.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the world is to be told"]
pub struct Committed<T> {
    /// For the caller.
    pub value: T,
    /// For the world, in the order of their streams.
    pub events: Vec<Event>,
}

impl<T> Committed<T> {
    /// A value that nobody else needs to know of.
    pub const fn quietly(value: T) -> Self {
        Self { value, events: Vec::new() }
    }
}

/// Tells what was committed.
#[async_trait]
pub trait Tell {
    /// Publishes the events and gives the value.
    async fn tell<T: Send>(&self, committed: Committed<T>) -> T;
}

#[async_trait]
impl Tell for Arc<dyn EventBus> {
    async fn tell<T: Send>(&self, committed: Committed<T>) -> T {
        if !committed.events.is_empty() {
            self.publish(committed.events).await;
        }
        committed.value
    }
}
