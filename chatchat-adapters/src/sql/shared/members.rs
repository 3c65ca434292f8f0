//! Members: who is in, coming in, and going.

use chatchat_domain::account::User;
use chatchat_domain::conversation::Notice;
use chatchat_domain::event::{Change, Event, News, RemovalReason};
use chatchat_domain::group::{Group, History, JoinRequestStatus, Role};
use chatchat_domain::{ConversationId, Refusal, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::journal::{Journal, personal};
use super::{Conn, dialect, join_requests, messages, views};
use crate::sql::fault::Result;
use crate::sql::rows::{ConversationRow, GroupRow, MemberRow};
use crate::sql::schema::{groups, members};
use crate::sql::types::Id;
use crate::stored::sound;

/// The member's row, if `user` is one.
pub(crate) async fn find(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
) -> Result<Option<MemberRow>> {
    Ok(find_ever(conn, conversation.into(), user).await?.filter(|row| !row.removed))
}

/// The member's row.
///
/// # Errors
/// [`Refusal::NotFound`] unless `user` is one.
pub(crate) async fn get(conn: &mut Conn, conversation: ConversationId, user: UserId) -> Result<MemberRow> {
    Ok(find(conn, conversation, user).await?.ok_or(Refusal::NotFound)?)
}

/// What `user` is in the conversation, if they are in it.
pub(crate) async fn role(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
) -> Result<Option<Role>> {
    let row = find(conn, conversation, user).await?;
    Ok(row.map(|row| row.role()).transpose()?)
}

/// Lets `user` into the group, if there is room.
///
/// # Errors
/// [`Refusal::GroupFull`] at `max_members`.
pub(crate) async fn admit(
    conn: &mut Conn,
    mut journal: Journal,
    mut group: GroupRow,
    user: User,
    max_members: u32,
    now: Timestamp,
) -> Result<Vec<Event>> {
    if group.member_count >= i64::from(max_members) {
        return Err(Refusal::GroupFull.into());
    }
    let id = user.id;
    join_requests::settle(conn, group.id, id, JoinRequestStatus::Approved).await?;
    let mut row = newcomer(conn, journal.conversation(), &group, id, now).await?;
    row.rev = journal.next_rev();
    let member = Change::Member(row.member(user)?);
    dialect::put_member(conn, row).await?;
    journal.tell(member);
    journal.notice(conn, Notice::MemberJoined { user: id }, now).await?;
    group.member_count += 1;
    save_group(conn, &mut journal, group).await?;

    let conversation = journal.conversation().id.into();
    let changes = journal.close(conn).await?;
    let conversation = views::conversation(conn, id, conversation).await?;
    let mut events = vec![personal(conn, id, News::ConversationAdded(Box::new(conversation))).await?];
    events.extend(changes);
    Ok(events)
}

/// Lets a member go, who hears of it in a personal event alone.
pub(crate) async fn dismiss(
    conn: &mut Conn,
    mut journal: Journal,
    mut group: GroupRow,
    user: UserId,
    (notice, reason): (Notice, RemovalReason),
    now: Timestamp,
) -> Result<Vec<Event>> {
    diesel::update(members::table.find((group.id, Id::from(user))))
        .set((members::removed.eq(true), members::rev.eq(journal.next_rev())))
        .execute(conn)
        .await?;
    journal.tell(Change::MemberRemoved(user));
    journal.notice(conn, notice, now).await?;
    group.member_count -= 1;
    save_group(conn, &mut journal, group).await?;

    let conversation = journal.conversation().id.into();
    let mut events = journal.close(conn).await?;
    events.push(personal(conn, user, News::ConversationRemoved { conversation, reason }).await?);
    Ok(events)
}

/// Gives a member another role.
pub(crate) async fn set_role(
    conn: &mut Conn,
    journal: &mut Journal,
    mut row: MemberRow,
    role: Role,
) -> Result<()> {
    row.role = role.as_str().to_owned();
    row.muted_until = row.muted_until.filter(|_| role != Role::Owner); // nobody could end it
    row.rev = journal.next_rev();
    let user = views::user(conn, row.user_id.into()).await?;
    let member = row.member(user)?;
    dialect::put_member(conn, row).await?;
    journal.tell(Change::Member(member));
    Ok(())
}

/// Stores the group's row as a change of its conversation.
pub(crate) async fn save_group(conn: &mut Conn, journal: &mut Journal, mut row: GroupRow) -> Result<Group> {
    row.rev = journal.next_rev();
    diesel::update(groups::table.find(row.id)).set(row.clone()).execute(conn).await?;
    let group = Group::try_from(row)?;
    journal.tell(Change::Group(group.clone()));
    Ok(group)
}

/// The row of somebody who comes in now. Who was in before keeps their read cursor, which never goes back, and does not
/// get around being muted.
async fn newcomer(
    conn: &mut Conn,
    conversation: &ConversationRow,
    group: &GroupRow,
    user: UserId,
    now: Timestamp,
) -> Result<MemberRow> {
    let first = MemberRow::first(conversation.id, user.into(), Role::Member, now);
    let before = find_ever(conn, conversation.id, user).await?;
    let (read_seq, muted_until) = before.map_or((0, None), |row| (row.read_seq, row.muted_until));
    let floor = match sound(History::parse(&group.history))? {
        History::All => 0,
        History::SinceJoin => conversation.last_seq,
    };
    let read_counted = messages::counted_at(conn, conversation.id, read_seq.max(floor)).await?;
    Ok(MemberRow { floor, read_seq, read_counted, muted_until, ..first })
}

/// The row of who is a member, or was.
async fn find_ever(conn: &mut Conn, conversation: Id, user: UserId) -> Result<Option<MemberRow>> {
    let row = members::table.find((conversation, Id::from(user))).select(MemberRow::as_select());
    Ok(row.first(conn).await.optional()?)
}

/// Who gets the group when its owner goes: an admin if there is one, whoever joined first.
pub(crate) async fn heir(
    conn: &mut Conn,
    conversation: ConversationId,
    owner: UserId,
) -> Result<Option<MemberRow>> {
    let others = || {
        members::table
            .filter(members::conversation_id.eq(Id::from(conversation)))
            .filter(members::removed.eq(false))
            .filter(members::user_id.ne(Id::from(owner)))
            .order((members::joined_at, members::user_id))
            .select(MemberRow::as_select())
    };
    let admins = others().filter(members::role.eq(Role::Admin.as_str()));
    match admins.first(conn).await.optional()? {
        Some(admin) => Ok(Some(admin)),
        None => Ok(others().first(conn).await.optional()?),
    }
}

/// All who are in, by when they joined.
pub(crate) async fn ids(conn: &mut Conn, conversation: ConversationId) -> Result<Vec<UserId>> {
    let ids: Vec<Id> = members::table
        .filter(members::conversation_id.eq(Id::from(conversation)))
        .filter(members::removed.eq(false))
        .order((members::joined_at, members::user_id))
        .select(members::user_id)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(UserId::from).collect())
}
