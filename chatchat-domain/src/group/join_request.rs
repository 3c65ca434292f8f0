use crate::account::User;
use crate::group::GroupView;
use crate::id::{GroupId, JoinRequestId, UserId};
use crate::time::Timestamp;

/// Where somebody's wish to be let in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinRequestStatus {
    /// Waiting for an answer.
    Pending,
    /// They were let in.
    Approved,
    /// They were not.
    Declined,
    /// They took it back.
    Cancelled,
}

impl JoinRequestStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Approved, Self::Declined, Self::Cancelled];

    /// The name in the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Somebody's wish to be let into a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    /// Which one.
    pub id: JoinRequestId,
    /// Into which group.
    pub group: GroupId,
    /// Who.
    pub user: User,
    /// Where it stands.
    pub status: JoinRequestStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A wish to be let in, should that be needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewJoinRequest {
    /// Its id.
    pub id: JoinRequestId,
    /// Into which group.
    pub group: GroupId,
    /// Who.
    pub user: UserId,
    /// The moment.
    pub now: Timestamp,
}

/// What came of wanting to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// They are in.
    In(Box<GroupView>),
    /// They wait to be let in.
    Pending,
}
