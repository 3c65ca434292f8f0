use async_trait::async_trait;

use crate::error::Error;
use crate::event::Committed;
use crate::group::{
    GroupChange, GroupView, JoinRequest, Joined, Member, MemberChange, NewGroup, NewJoinRequest,
};
use crate::id::{GroupId, JoinRequestId, UserId};
use crate::page::{Page, PageRequest};
use crate::text::Query;
use crate::time::Timestamp;

/// Keeps groups and their members.
///
/// Every method returns [`Error::Unavailable`] when the store does not answer in time. Who may do what is
/// judged by [`crate::group::Permission`] and [`crate::group::outranks`] inside the transaction that writes, so
/// that of two calls that contradict each other one wins. Who is no member, or names a group that does not
/// exist, gets [`crate::Refusal::NotFound`] unless it says otherwise.
///
/// What befalls members is also a message from the server in the conversation ([`crate::conversation::Notice`]),
/// one rev after the change itself. When somebody comes in, the events hold, in this order: their personal
/// `conversation_added`, whose conversation is as of the last rev of the transaction, the `member` change, the
/// `member_joined` message, and the `group` change with the new count. When somebody goes: `member_removed`, the
/// message (`member_left` or `member_kicked`), the `group` change, and their personal `conversation_removed`.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait GroupRepository: Send + Sync {
    /// Makes the group; its conversation begins at seq 0 and rev 0. The events hold `conversation_added` for
    /// the owner and each member.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFriends`] unless all members are the owner's friends.
    async fn create(&self, group: NewGroup) -> Result<Committed<GroupView>, Error>;

    /// The group, as `viewer` sees it. Invite-only groups are there for their members alone.
    async fn find(&self, viewer: UserId, group: GroupId) -> Result<GroupView, Error>;

    /// Groups whose folded name contains the query: equal names, then names that begin with it, then the rest,
    /// short names first. Invite-only groups are found by their members alone.
    async fn search(
        &self,
        viewer: UserId,
        query: &Query,
        page: PageRequest,
    ) -> Result<Page<GroupView>, Error>;

    /// The groups that `member` is in, the newest membership first.
    async fn of_member(&self, member: UserId, page: PageRequest) -> Result<Page<GroupView>, Error>;

    /// The members, by when they joined; for members only.
    async fn members(&self, viewer: UserId, group: GroupId, page: PageRequest)
    -> Result<Page<Member>, Error>;

    /// Changes the group. The events hold `group`, then a `group_renamed` message if the name has changed;
    /// nothing if nothing has. In the same transaction the removal of a new picture is taken back, and that of the old
    /// one owed.
    async fn change(
        &self,
        caller: UserId,
        group: GroupId,
        change: GroupChange,
        now: Timestamp,
    ) -> Result<Committed<GroupView>, Error>;

    /// Deletes the group: nobody is in it any more. The events hold `conversation_removed` as the last of its
    /// stream, then for each member the personal one (`deleted`). Its picture goes with it; the erasure of what was said
    /// there is owed.
    async fn delete(&self, caller: UserId, group: GroupId, now: Timestamp) -> Result<Committed<()>, Error>;

    /// Erases some of what was said in a group that is deleted, the oldest first, with all that belongs to it;
    /// attachments go that no other message holds. True if there is more.
    async fn erase(&self, group: GroupId, now: Timestamp) -> Result<bool, Error>;

    /// Lets them in, or keeps their wish, by the group's join policy. Who is in already stays so, who has a pending wish
    /// keeps that one, and nothing changes.
    ///
    /// # Errors
    /// [`crate::Refusal::InviteOnly`]; [`crate::Refusal::GroupFull`] at `max_members`, unless they are only to wait.
    async fn join(&self, wish: NewJoinRequest, max_members: u32) -> Result<Committed<Joined>, Error>;

    /// The pending wishes to be let in, the oldest first; for who may answer them.
    async fn join_requests(
        &self,
        viewer: UserId,
        group: GroupId,
        page: PageRequest,
    ) -> Result<Page<JoinRequest>, Error>;

    /// Lets somebody in, or not, who wishes to be.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when there is no such wish; [`crate::Refusal::NotPending`];
    /// [`crate::Refusal::GroupFull`] at `max_members`.
    async fn answer_join_request(
        &self,
        caller: UserId,
        place: (GroupId, JoinRequestId),
        approve: bool,
        max_members: u32,
        now: Timestamp,
    ) -> Result<Committed<JoinRequest>, Error>;

    /// Adds a friend of `caller`. Who is in already stays so, and nothing changes.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFriends`]; [`crate::Refusal::GroupFull`] at `max_members`.
    async fn add(
        &self,
        caller: UserId,
        group: GroupId,
        user: UserId,
        max_members: u32,
        now: Timestamp,
    ) -> Result<Committed<Member>, Error>;

    /// Changes a member's role, or until when they may not write. The events hold `member` if that changes anything.
    ///
    /// # Errors
    /// [`crate::Refusal::NotOwner`] for a role, [`crate::Refusal::Forbidden`] for a member whom `caller` does not outrank.
    async fn change_member(
        &self,
        caller: UserId,
        group: GroupId,
        user: UserId,
        change: MemberChange,
        now: Timestamp,
    ) -> Result<Committed<Member>, Error>;

    /// Lets `user` go; takes back their pending wish to be let in, should they not be in.
    async fn leave(&self, user: UserId, group: GroupId, now: Timestamp) -> Result<Committed<()>, Error>;

    /// Lets `user` go for good: a group of their own goes to an admin, or else to whoever has been in it for longest; with
    /// nobody left it is deleted. The events are those of [`GroupRepository::transfer`] and [`GroupRepository::leave`], or
    /// of [`GroupRepository::delete`].
    async fn abandon(&self, user: UserId, group: GroupId, now: Timestamp) -> Result<Committed<()>, Error>;

    /// Removes a member.
    async fn kick(
        &self,
        caller: UserId,
        group: GroupId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Committed<()>, Error>;

    /// Makes a member the owner, and the owner a member. The events hold `member` for both, an `owner_changed`
    /// message, and `group`. Nothing changes if the member is the owner.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when the new owner is no member.
    async fn transfer(
        &self,
        caller: UserId,
        group: GroupId,
        new_owner: UserId,
        now: Timestamp,
    ) -> Result<Committed<GroupView>, Error>;
}
