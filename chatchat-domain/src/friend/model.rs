use crate::account::User;
use crate::error::Violation;
use crate::id::{ConversationId, FriendRequestId, UserId};
use crate::ports::PresenceOf;
use crate::text;
use crate::time::Timestamp;

/// What one writes to somebody whose friend one would like to be: up to 200 characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note(String);

impl Note {
    /// The longest one, in characters.
    pub const MAX_CHARS: usize = 200;

    /// A note, perhaps empty.
    ///
    /// # Errors
    /// A violation of `note` over 200 characters.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::prose(text, Self::MAX_CHARS).map(Self).map_err(|violation| violation.of("note"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What one notes about a friend, for oneself alone: 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark(String);

impl Remark {
    /// The longest one, in characters.
    pub const MAX_CHARS: usize = 64;

    /// A remark.
    ///
    /// # Errors
    /// A violation of `remark` unless it has 1 to 64 characters and no control character.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::name(text, Self::MAX_CHARS).map(Self).map_err(|violation| violation.of("remark"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a friend request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FriendRequestStatus {
    /// Waiting for an answer.
    Pending,
    /// The two are friends.
    Accepted,
    /// The receiver said no.
    Declined,
    /// The sender took it back.
    Cancelled,
}

impl FriendRequestStatus {
    /// The name in the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One person's wish to be another's friend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FriendRequest {
    /// Which one.
    pub id: FriendRequestId,
    /// Who asks.
    pub from: User,
    /// Who is asked.
    pub to: User,
    /// What the one writes to the other.
    pub note: Note,
    /// Where it stands.
    pub status: FriendRequestStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A friend request to be made. `from` and `to` differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFriendRequest {
    /// Its id.
    pub id: FriendRequestId,
    /// Who asks.
    pub from: UserId,
    /// Who is asked.
    pub to: UserId,
    /// What the one writes to the other.
    pub note: Note,
    /// The moment.
    pub now: Timestamp,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The request was made; it is accepted at once if the other side had asked before.
    Made(FriendRequest),
    /// The same request was pending already.
    Pending(FriendRequest),
}

/// Which side of a friend request one is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Asked by others.
    Incoming,
    /// Asking others.
    Outgoing,
}

impl Direction {
    /// The direction with this name.
    ///
    /// # Errors
    /// A violation of `direction` when there is none.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        match text {
            "incoming" => Ok(Self::Incoming),
            "outgoing" => Ok(Self::Outgoing),
            _ => Err(Violation::new("direction", "unknown_value", "must be incoming or outgoing")),
        }
    }
}

/// A friend, as the other one sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Friend {
    /// Who it is.
    pub user: User,
    /// What the other one notes about them.
    pub remark: Option<Remark>,
    /// Where the two talk.
    pub conversation: ConversationId,
    /// Since when they are friends.
    pub since: Timestamp,
    /// Whether they are there.
    pub presence: PresenceOf,
}
