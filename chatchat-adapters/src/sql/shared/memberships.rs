//! Who comes into a group, who goes, and what becomes of those who are in.

use chatchat_domain::conversation::Notice;
use chatchat_domain::event::{Change, Committed, Event, RemovalReason};
use chatchat_domain::group::{
    GroupView, JoinPolicy, JoinRequest, JoinRequestStatus, Joined, Member, MemberChange, NewJoinRequest,
    Permission, Role, outranks,
};
use chatchat_domain::{GroupId, JoinRequestId, Refusal, Timestamp, UserId};

use super::groups::{self, open};
use super::journal::Journal;
use super::{Conn, dialect, friendship, join_requests, members, views};
use crate::sql::fault::Result;
use crate::sql::rows::GroupRow;
use crate::stored::sound;

/// Lets somebody in, or keeps their wish, as the group's policy has it.
pub(crate) async fn join(
    conn: &mut Conn,
    wish: NewJoinRequest,
    max_members: u32,
) -> Result<Committed<Joined>> {
    let NewJoinRequest { group, user, now, .. } = wish;
    let (journal, row) = open(conn, group).await?;
    let mut events = Vec::new();
    if members::find(conn, group.conversation(), user).await?.is_none() {
        match sound(JoinPolicy::parse(&row.join_policy))? {
            JoinPolicy::Invite => return Err(Refusal::InviteOnly.into()),
            JoinPolicy::Approval => {
                join_requests::keep(conn, &wish).await?;
                return Ok(Committed::quietly(Joined::Pending));
            }
            JoinPolicy::Open => {
                let user = views::user(conn, user).await?;
                events = members::admit(conn, journal, row, user, max_members, now).await?;
            }
        }
    }
    let view = views::group(conn, user, group).await?;
    Ok(Committed { value: Joined::In(Box::new(view)), events })
}

/// Lets somebody in who wishes to be, or does not.
pub(crate) async fn answer(
    conn: &mut Conn,
    caller: UserId,
    (group, request): (GroupId, JoinRequestId),
    approve: bool,
    max_members: u32,
    now: Timestamp,
) -> Result<Committed<JoinRequest>> {
    let (journal, row) = open(conn, group).await?;
    Permission::Approve.check(members::role(conn, group.conversation(), caller).await?)?;
    let mut request = join_requests::pending(conn, group, request).await?;
    let mut events = Vec::new();
    if approve {
        events = members::admit(conn, journal, row, request.user.clone(), max_members, now).await?;
        request.status = JoinRequestStatus::Approved;
    } else {
        request.status = JoinRequestStatus::Declined;
        join_requests::settle(conn, group.into(), request.user.id, request.status).await?;
    }
    Ok(Committed { value: request, events })
}

/// Adds a friend of the caller.
pub(crate) async fn add(
    conn: &mut Conn,
    caller: UserId,
    group: GroupId,
    user: UserId,
    max_members: u32,
    now: Timestamp,
) -> Result<Committed<Member>> {
    let (journal, row) = open(conn, group).await?;
    Permission::Add.check(members::role(conn, group.conversation(), caller).await?)?;
    let mut events = Vec::new();
    if members::find(conn, group.conversation(), user).await?.is_none() {
        if !friendship::are_friends(conn, caller, user).await? {
            return Err(Refusal::NotFriends.into());
        }
        let user = views::user(conn, user).await?;
        events = members::admit(conn, journal, row, user, max_members, now).await?;
    }
    Ok(Committed { value: member(conn, group, user).await?, events })
}

/// Changes a member's role, or until when they may not write.
pub(crate) async fn change(
    conn: &mut Conn,
    caller: UserId,
    group: GroupId,
    user: UserId,
    change: MemberChange,
    now: Timestamp,
) -> Result<Committed<Member>> {
    let (mut journal, _) = open(conn, group).await?;
    let conversation = group.conversation();
    let mine = members::role(conn, conversation, caller).await?;
    if change.role.is_some() {
        Permission::SetRoles.check(mine)?;
    }
    outranks(mine, members::role(conn, conversation, user).await?)?;
    let before = members::get(conn, conversation, user).await?;
    let mut row = before.clone();
    if let Some(role) = change.role {
        role.as_str().clone_into(&mut row.role);
    }
    if let Some(until) = change.muted_until {
        row.muted_until = until.filter(|until| *until > now).map(Timestamp::unix_micros);
    }
    let mut events = Vec::new();
    if row != before {
        row.rev = journal.next_rev();
        let user = views::user(conn, user).await?;
        let member = row.member(user)?;
        dialect::put_member(conn, row).await?;
        journal.tell(Change::Member(member));
        events = journal.close(conn).await?;
    }
    Ok(Committed { value: member(conn, group, user).await?, events })
}

/// Lets a member go, or takes back the wish of who would be one.
pub(crate) async fn leave(
    conn: &mut Conn,
    user: UserId,
    group: GroupId,
    now: Timestamp,
) -> Result<Committed<()>> {
    let (journal, row) = open(conn, group).await?;
    let role = members::role(conn, group.conversation(), user).await?;
    let cancelled = JoinRequestStatus::Cancelled;
    if role.is_none() && join_requests::settle(conn, row.id, user, cancelled).await? {
        return Ok(Committed::quietly(()));
    }
    Permission::Leave.check(role)?;
    let why = (Notice::MemberLeft { user }, RemovalReason::Left);
    let events = members::dismiss(conn, journal, row, user, why, now).await?;
    Ok(Committed { value: (), events })
}

/// Lets a member go for good, whatever they are.
pub(crate) async fn abandon(
    conn: &mut Conn,
    user: UserId,
    group: GroupId,
    now: Timestamp,
) -> Result<Committed<()>> {
    let (mut journal, mut row) = open(conn, group).await?;
    let member = members::get(conn, group.conversation(), user).await?;
    if member.role()? == Role::Owner {
        let Some(heir) = members::heir(conn, group.conversation(), user).await? else {
            return Ok(Committed { value: (), events: groups::delete(conn, journal, row, now).await? });
        };
        row.owner_id = heir.user_id;
        let new_owner = heir.user_id.into();
        members::set_role(conn, &mut journal, heir, Role::Owner).await?;
        members::set_role(conn, &mut journal, member, Role::Member).await?;
        journal.notice(conn, Notice::OwnerChanged { user: new_owner }, now).await?;
    }
    let why = (Notice::MemberLeft { user }, RemovalReason::Left);
    let events = members::dismiss(conn, journal, row, user, why, now).await?;
    Ok(Committed { value: (), events })
}

/// Removes a member.
pub(crate) async fn kick(
    conn: &mut Conn,
    caller: UserId,
    group: GroupId,
    user: UserId,
    now: Timestamp,
) -> Result<Committed<()>> {
    let (journal, row) = open(conn, group).await?;
    let mine = members::role(conn, group.conversation(), caller).await?;
    outranks(mine, members::role(conn, group.conversation(), user).await?)?;
    let why = (Notice::MemberKicked { user, by: caller }, RemovalReason::Kicked);
    let events = members::dismiss(conn, journal, row, user, why, now).await?;
    Ok(Committed { value: (), events })
}

/// Makes a member the owner, and the owner a member.
pub(crate) async fn transfer(
    conn: &mut Conn,
    caller: UserId,
    group: GroupId,
    new_owner: UserId,
    now: Timestamp,
) -> Result<Committed<GroupView>> {
    let (journal, row) = open(conn, group).await?;
    Permission::Transfer.check(members::role(conn, group.conversation(), caller).await?)?;
    let events = hand_over(conn, journal, row, new_owner, now).await?;
    Ok(Committed { value: views::group(conn, caller, group).await?, events })
}

/// Makes a member the owner, and the owner a member, whoever decides that. No events if they are the owner.
///
/// # Errors
/// [`Refusal::NotFound`] when the new owner is no member.
pub(crate) async fn hand_over(
    conn: &mut Conn,
    mut journal: Journal,
    row: GroupRow,
    new_owner: UserId,
    now: Timestamp,
) -> Result<Vec<Event>> {
    let conversation = GroupId::from(row.id).conversation();
    let heir = members::get(conn, conversation, new_owner).await?;
    if row.owner_id == heir.user_id {
        return Ok(Vec::new());
    }
    let owner = members::get(conn, conversation, row.owner_id.into()).await?;
    let row = GroupRow { owner_id: heir.user_id, ..row };
    members::set_role(conn, &mut journal, heir, Role::Owner).await?;
    members::set_role(conn, &mut journal, owner, Role::Member).await?;
    journal.notice(conn, Notice::OwnerChanged { user: new_owner }, now).await?;
    members::save_group(conn, &mut journal, row).await?;
    journal.close(conn).await
}

async fn member(conn: &mut Conn, group: GroupId, user: UserId) -> Result<Member> {
    let row = members::get(conn, group.conversation(), user).await?;
    Ok(row.member(views::user(conn, user).await?)?)
}
