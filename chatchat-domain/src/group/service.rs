use std::sync::Arc;

use tracing::instrument;

use crate::error::{Error, Violation};
use crate::event::Tell as _;
use crate::group::{
    Description, GroupChange, GroupName, GroupRepository, GroupView, History, JoinPolicy, JoinRequest,
    Joined, Member, MemberChange, NewGroup, NewJoinRequest, Permission, Role,
};
use crate::id::{GroupId, JoinRequestId, UserId};
use crate::outbox::{OutboxRepository, Owed};
use crate::page::{Page, PageRequest};
use crate::ports::{Clock, EventBus, ImageCodec, Object, ObjectKey, ObjectStore, Random};
use crate::session::Caller;
use crate::text::Query;

/// How many people a group can be made with; more are added one by one.
pub const MAX_FIRST_MEMBERS: usize = 200;

/// A group that somebody wants to make.
#[derive(Debug, Clone)]
pub struct GroupDraft {
    /// What it is called.
    pub name: GroupName,
    /// What it is about.
    pub description: Description,
    /// How one gets in.
    pub join_policy: JoinPolicy,
    /// What a new member may read.
    pub history: History,
    /// Which of the caller's friends are in from the beginning.
    pub members: Vec<UserId>,
}

/// Making, finding, changing and leaving groups.
pub struct GroupService {
    pub(crate) groups: Arc<dyn GroupRepository>,
    pub(crate) images: Arc<dyn ImageCodec>,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) outbox: Arc<dyn OutboxRepository>,
    pub(crate) bus: Arc<dyn EventBus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) max_members: u32,
}

impl GroupService {
    /// Makes a group that the caller owns.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFriends`]; [`crate::Refusal::GroupFull`]; a violation of `member_ids` over 200.
    #[instrument(level = "debug", name = "groups.create", skip_all)]
    pub async fn create(&self, caller: Caller, draft: GroupDraft) -> Result<GroupView, Error> {
        let GroupDraft { name, description, join_policy, history, mut members } = draft;
        if members.len() > MAX_FIRST_MEMBERS {
            let detail = format!("must have at most {MAX_FIRST_MEMBERS} items");
            return Err(Violation::new("member_ids", "too_many", detail).into());
        }
        members.sort_unstable();
        members.dedup();
        members.retain(|member| *member != caller.user);
        if usize::try_from(self.max_members).is_ok_and(|max| members.len() >= max) {
            return Err(crate::Refusal::GroupFull.into());
        }
        let group = NewGroup {
            id: GroupId::generate(&*self.clock, &*self.random),
            owner: caller.user,
            name,
            description,
            join_policy,
            history,
            members,
            now: self.clock.now(),
        };
        let created = self.groups.create(group).await?;
        Ok(self.bus.tell(created).await)
    }

    /// The group.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`].
    #[instrument(level = "debug", name = "groups.find", skip_all)]
    pub async fn find(&self, caller: Caller, group: GroupId) -> Result<GroupView, Error> {
        self.groups.find(caller.user, group).await
    }

    /// Groups by a part of their name, the best match first; without a query, the caller's own.
    ///
    /// # Errors
    /// A violation of `query`.
    #[instrument(level = "debug", name = "groups.search", skip_all)]
    pub async fn search(
        &self,
        caller: Caller,
        query: &str,
        page: PageRequest,
    ) -> Result<Page<GroupView>, Error> {
        if query.trim().is_empty() {
            return self.groups.of_member(caller.user, page).await;
        }
        self.groups.search(caller.user, &Query::new(query)?, page).await
    }

    /// The group's members.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] unless the caller is one.
    #[instrument(level = "debug", name = "groups.members", skip_all)]
    pub async fn members(
        &self,
        caller: Caller,
        group: GroupId,
        page: PageRequest,
    ) -> Result<Page<Member>, Error> {
        self.groups.members(caller.user, group, page).await
    }

    /// Changes the group's name, description or policies.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::Forbidden`].
    #[instrument(level = "debug", name = "groups.change", skip_all)]
    pub async fn change(
        &self,
        caller: Caller,
        group: GroupId,
        change: GroupChange,
    ) -> Result<GroupView, Error> {
        let changed = self.groups.change(caller.user, group, change, self.clock.now()).await?;
        Ok(self.bus.tell(changed).await)
    }

    /// Sets the group's picture from an uploaded image of any supported format.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::Forbidden`]; [`Error::Invalid`] when it is no image, or too large
    /// a one.
    #[instrument(level = "debug", name = "groups.set_avatar", skip_all)]
    pub async fn set_avatar(
        &self,
        caller: Caller,
        group: GroupId,
        image: Vec<u8>,
    ) -> Result<GroupView, Error> {
        Permission::Change.check(self.groups.find(caller.user, group).await?.my_role)?; // before the work
        let picture = self.images.avatar(image).await?;
        let key = ObjectKey::avatar(&*self.random);
        self.outbox.owe(Owed::removal_unless_used(key.clone(), self.clock.now())).await?;
        self.objects.put(&key, Object::picture(picture)).await?;
        self.change(caller, group, GroupChange { avatar: Some(Some(key)), ..GroupChange::default() }).await
    }

    /// Removes the group's picture.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::Forbidden`].
    #[instrument(level = "debug", name = "groups.remove_avatar", skip_all)]
    pub async fn remove_avatar(&self, caller: Caller, group: GroupId) -> Result<GroupView, Error> {
        self.change(caller, group, GroupChange { avatar: Some(None), ..GroupChange::default() }).await
    }

    /// Deletes the group.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::NotOwner`].
    #[instrument(level = "debug", name = "groups.delete", skip_all)]
    pub async fn delete(&self, caller: Caller, group: GroupId) -> Result<(), Error> {
        let deleted = self.groups.delete(caller.user, group, self.clock.now()).await?;
        self.bus.tell(deleted).await;
        Ok(())
    }

    /// Joins the group, or asks to be let in, as its policy has it; who is in already stays so.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::InviteOnly`]; [`crate::Refusal::GroupFull`].
    #[instrument(level = "debug", name = "groups.join", skip_all)]
    pub async fn join(&self, caller: Caller, group: GroupId) -> Result<Joined, Error> {
        let id = JoinRequestId::generate(&*self.clock, &*self.random);
        let wish = NewJoinRequest { id, group, user: caller.user, now: self.clock.now() };
        let joined = self.groups.join(wish, self.max_members).await?;
        Ok(self.bus.tell(joined).await)
    }

    /// Who wishes to be let in, the oldest wish first.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::Forbidden`].
    #[instrument(level = "debug", name = "groups.join_requests", skip_all)]
    pub async fn join_requests(
        &self,
        caller: Caller,
        group: GroupId,
        page: PageRequest,
    ) -> Result<Page<JoinRequest>, Error> {
        self.groups.join_requests(caller.user, group, page).await
    }

    /// Lets somebody in who wishes to be, or does not.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::Forbidden`]; [`crate::Refusal::NotPending`];
    /// [`crate::Refusal::GroupFull`].
    #[instrument(level = "debug", name = "groups.answer_join_request", skip_all)]
    pub async fn answer_join_request(
        &self,
        caller: Caller,
        group: GroupId,
        request: JoinRequestId,
        approve: bool,
    ) -> Result<JoinRequest, Error> {
        let (place, max, now) = ((group, request), self.max_members, self.clock.now());
        let answered = self.groups.answer_join_request(caller.user, place, approve, max, now).await?;
        Ok(self.bus.tell(answered).await)
    }

    /// Changes a member's role, or until when they may not write.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::NotOwner`]; [`crate::Refusal::Forbidden`]; a violation of `role`
    /// for an owner, whom [`Self::transfer`] makes.
    #[instrument(level = "debug", name = "groups.change_member", skip_all)]
    pub async fn change_member(
        &self,
        caller: Caller,
        group: GroupId,
        user: UserId,
        change: MemberChange,
    ) -> Result<Member, Error> {
        if change.role == Some(Role::Owner) {
            return Err(Violation::new("role", "not_assignable", "must be admin or member").into());
        }
        let now = self.clock.now();
        let changed = self.groups.change_member(caller.user, group, user, change, now).await?;
        Ok(self.bus.tell(changed).await)
    }

    /// Leaves the group.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::OwnerCannotLeave`].
    #[instrument(level = "debug", name = "groups.leave", skip_all)]
    pub async fn leave(&self, caller: Caller, group: GroupId) -> Result<(), Error> {
        let left = self.groups.leave(caller.user, group, self.clock.now()).await?;
        self.bus.tell(left).await;
        Ok(())
    }

    /// Adds a friend of the caller.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::Forbidden`]; [`crate::Refusal::NotFriends`];
    /// [`crate::Refusal::GroupFull`].
    #[instrument(level = "debug", name = "groups.add", skip_all)]
    pub async fn add(&self, caller: Caller, group: GroupId, user: UserId) -> Result<Member, Error> {
        let added = self.groups.add(caller.user, group, user, self.max_members, self.clock.now()).await?;
        Ok(self.bus.tell(added).await)
    }

    /// Removes a member; takes effect at once, on every node.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::Forbidden`] if the caller's role does not outrank theirs.
    #[instrument(level = "debug", name = "groups.kick", skip_all)]
    pub async fn kick(&self, caller: Caller, group: GroupId, user: UserId) -> Result<(), Error> {
        let kicked = self.groups.kick(caller.user, group, user, self.clock.now()).await?;
        self.bus.tell(kicked).await;
        Ok(())
    }

    /// Makes another member the owner.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::NotOwner`].
    #[instrument(level = "debug", name = "groups.transfer", skip_all)]
    pub async fn transfer(&self, caller: Caller, group: GroupId, user: UserId) -> Result<GroupView, Error> {
        let transferred = self.groups.transfer(caller.user, group, user, self.clock.now()).await?;
        Ok(self.bus.tell(transferred).await)
    }
}
