use async_trait::async_trait;

use crate::account::User;
use crate::error::Error;
use crate::event::Committed;
use crate::friend::{Asked, Direction, Friend, FriendRequest, NewFriendRequest, Remark};
use crate::id::{FriendRequestId, UserId};
use crate::page::{Page, PageRequest};
use crate::time::Timestamp;

/// How a pending friend request ends without a friendship.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The receiver says no.
    Decline,
    /// The sender takes it back.
    Cancel,
}

/// Keeps the social graph. Every method returns [`Error::Unavailable`] when the store does not answer in time.
///
/// Becoming friends is one transaction, whichever call brings it about: every pending request between the two
/// is accepted, the friendship stands on both sides, and their direct conversation exists and is open, its
/// messages of an earlier friendship kept. The events hold, for each of the two, `friend_request` for each such
/// request, then `friend`, then `conversation_added`. The [`Friend`]s in events and answers have the default
/// presence; the use case fills it in.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait FriendRepository: Send + Sync {
    /// Makes the request. If the other side has a pending request, the two become friends instead, and the
    /// answer is the new request, accepted. If the same side has one, it is the answer and nothing changes.
    /// Otherwise the events hold `friend_request` for both. Of two crossing requests exactly one befriends.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when there is no such person; [`crate::Refusal::AlreadyFriends`];
    /// [`crate::Refusal::Blocked`] for whom the one who asks blocks. Who is blocked is not told.
    async fn ask(&self, request: NewFriendRequest) -> Result<Committed<Asked>, Error>;

    /// Accepts a pending request to `caller`, and gives them their new friend.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] unless the request is to `caller`, from whom they do not block;
    /// [`crate::Refusal::NotPending`].
    async fn accept(
        &self,
        caller: UserId,
        request: FriendRequestId,
        now: Timestamp,
    ) -> Result<Committed<Friend>, Error>;

    /// Ends a pending request; the events hold `friend_request` for both.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] unless the request is to `caller` (decline) or from them (cancel);
    /// [`crate::Refusal::NotPending`].
    async fn answer(
        &self,
        caller: UserId,
        request: FriendRequestId,
        answer: Answer,
    ) -> Result<Committed<FriendRequest>, Error>;

    /// The person's pending requests, the newest first.
    async fn pending(
        &self,
        user: UserId,
        direction: Direction,
        page: PageRequest,
    ) -> Result<Page<FriendRequest>, Error>;

    /// The person's friends, the newest friendship first, with the default presence.
    async fn friends(&self, user: UserId, page: PageRequest) -> Result<Page<Friend>, Error>;

    /// Ends the friendship on both sides and closes their conversation to new messages. The events hold, for
    /// each of the two, `friend_removed` and `conversation_removed` (`unfriended`).
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when the two are not friends.
    async fn unfriend(&self, user: UserId, friend: UserId) -> Result<Committed<()>, Error>;

    /// Notes something about a friend, or nothing any more; the events hold the person's `friend`. Without a change
    /// it is the friend as they are.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when the two are not friends.
    async fn set_remark(
        &self,
        user: UserId,
        friend: UserId,
        change: Option<Option<Remark>>,
    ) -> Result<Committed<Friend>, Error>;

    /// Blocks somebody: their friendship ends, and so does what `user` asks of them. What they ask of `user` stays as it
    /// is to them, but `user` hears and sees nothing of it any more. Blocking somebody again changes nothing. The events
    /// hold what [`FriendRepository::unfriend`] tells, `friend_request` for both for a request of `user`, and one for
    /// `user` alone, as declined, for a request to them.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when there is no such person.
    async fn block(&self, user: UserId, other: UserId, now: Timestamp) -> Result<Committed<()>, Error>;

    /// Blocks somebody no more. What they ask of `user` can be seen again: the events hold `friend_request` for `user`.
    async fn unblock(&self, user: UserId, other: UserId) -> Result<Committed<()>, Error>;

    /// Whom the person blocks, the newest first.
    async fn blocks(&self, user: UserId, page: PageRequest) -> Result<Page<User>, Error>;

    /// The ids of all the person's friends.
    async fn friend_ids(&self, user: UserId) -> Result<Vec<UserId>, Error>;
}
