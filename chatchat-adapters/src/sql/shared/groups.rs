//! Groups: made, found, changed, deleted; who comes in and who goes.

use async_trait::async_trait;
use chatchat_domain::conversation::Notice;
use chatchat_domain::event::{Committed, Event, News, RemovalReason};
use chatchat_domain::group::{
    Group, GroupChange, GroupRepository, GroupView, JoinPolicy, Member, NewGroup, Permission, Role, may_kick,
};
use chatchat_domain::page::{Page, PageRequest};
use chatchat_domain::text::Query;
use chatchat_domain::{Error, GroupId, Refusal, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::journal::{Journal, personal};
use super::{Conn, Database, friendship, group_lists, members, views};
use crate::sql::fault::Result;
use crate::sql::keyset::{Place, Ranked};
use crate::sql::rows::{ConversationRow, GROUP, GroupRow, MemberRow};
use crate::sql::schema::{
    conversations, group_terms, groups, members as member_rows, mentions, message_changes, messages,
    reactions,
};
use crate::sql::search::{Folded, Patterns};
use crate::sql::types::Id;
use crate::stored::sound;

/// A deleted group's messages are deleted with it up to this many. Those of a larger one stay, out of everybody's
/// reach: deleting them would keep all other writers waiting for seconds.
const MAX_DELETED_MESSAGES: i64 = 5000;

pub(crate) struct Groups {
    pub(crate) db: Database,
}

#[async_trait]
impl GroupRepository for Groups {
    async fn create(&self, group: NewGroup) -> Result<Committed<GroupView>, Error> {
        self.db.write(group, |conn, group| Box::pin(create(conn, group))).await
    }

    async fn find(&self, viewer: UserId, group: GroupId) -> Result<GroupView, Error> {
        self.db
            .read((viewer, group), |conn, (viewer, group)| {
                Box::pin(async move {
                    let view = views::group(conn, *viewer, *group).await?;
                    if view.my_role.is_none() && view.group.join_policy == JoinPolicy::Invite {
                        return Err(Refusal::NotFound.into());
                    }
                    Ok(view)
                })
            })
            .await
    }

    async fn search(
        &self,
        viewer: UserId,
        query: &Query,
        page: PageRequest,
    ) -> Result<Page<GroupView>, Error> {
        let after = Ranked::of(&page)?;
        self.db
            .read(
                (viewer, Patterns::of(query), after, page.limit),
                |conn, (viewer, patterns, after, limit)| {
                    Box::pin(group_lists::search(conn, *viewer, patterns, *after, *limit))
                },
            )
            .await
    }

    async fn of_member(&self, member: UserId, page: PageRequest) -> Result<Page<GroupView>, Error> {
        let after = Place::of(&page, Place::NEWEST)?;
        self.db
            .read((member, page.limit, after), |conn, (member, limit, after)| {
                Box::pin(group_lists::of_member(conn, *member, *after, *limit))
            })
            .await
    }

    async fn members(
        &self,
        viewer: UserId,
        group: GroupId,
        page: PageRequest,
    ) -> Result<Page<Member>, Error> {
        let after = Place::of(&page, Place::OLDEST)?;
        self.db
            .read((viewer, group, page.limit, after), |conn, (viewer, group, limit, after)| {
                Box::pin(async move {
                    views::group_row(conn, *group).await?;
                    Permission::SeeMembers
                        .check(members::role(conn, group.conversation(), *viewer).await?)?;
                    group_lists::members(conn, *group, *after, *limit).await
                })
            })
            .await
    }

    async fn change(
        &self,
        caller: UserId,
        group: GroupId,
        change: GroupChange,
        now: Timestamp,
    ) -> Result<Committed<GroupView>, Error> {
        self.db
            .write((caller, group, change, now), |conn, (caller, group, change, now)| {
                Box::pin(self::change(conn, *caller, *group, change, *now))
            })
            .await
    }

    async fn delete(&self, caller: UserId, group: GroupId) -> Result<Committed<()>, Error> {
        self.db
            .write((caller, group), |conn, (caller, group)| {
                Box::pin(async move {
                    let (journal, _) = open(conn, *group).await?;
                    Permission::Delete.check(members::role(conn, group.conversation(), *caller).await?)?;
                    Ok(Committed { value: (), events: delete(conn, journal, *group).await? })
                })
            })
            .await
    }

    async fn join(
        &self,
        user: UserId,
        group: GroupId,
        max_members: u32,
        now: Timestamp,
    ) -> Result<Committed<GroupView>, Error> {
        self.db
            .write((user, group, max_members, now), |conn, (user, group, max_members, now)| {
                Box::pin(async move {
                    let (journal, row) = open(conn, *group).await?;
                    let mut events = Vec::new();
                    if members::find(conn, group.conversation(), *user).await?.is_none() {
                        if sound(JoinPolicy::parse(&row.join_policy))? == JoinPolicy::Invite {
                            return Err(Refusal::InviteOnly.into());
                        }
                        let user = views::user(conn, *user).await?;
                        events = members::admit(conn, journal, row, user, *max_members, *now).await?;
                    }
                    Ok(Committed { value: views::group(conn, *user, *group).await?, events })
                })
            })
            .await
    }

    async fn add(
        &self,
        caller: UserId,
        group: GroupId,
        user: UserId,
        max_members: u32,
        now: Timestamp,
    ) -> Result<Committed<Member>, Error> {
        self.db
            .write(
                (caller, group, user, max_members, now),
                |conn, (caller, group, user, max_members, now)| {
                    Box::pin(async move {
                        let (journal, row) = open(conn, *group).await?;
                        Permission::Add.check(members::role(conn, group.conversation(), *caller).await?)?;
                        let mut events = Vec::new();
                        if members::find(conn, group.conversation(), *user).await?.is_none() {
                            if !friendship::are_friends(conn, *caller, *user).await? {
                                return Err(Refusal::NotFriends.into());
                            }
                            let user = views::user(conn, *user).await?;
                            events = members::admit(conn, journal, row, user, *max_members, *now).await?;
                        }
                        let member = members::get(conn, group.conversation(), *user).await?;
                        let value = member.member(views::user(conn, *user).await?)?;
                        Ok(Committed { value, events })
                    })
                },
            )
            .await
    }

    async fn leave(&self, user: UserId, group: GroupId, now: Timestamp) -> Result<Committed<()>, Error> {
        self.db
            .write((user, group, now), |conn, (user, group, now)| {
                Box::pin(async move {
                    let (journal, row) = open(conn, *group).await?;
                    Permission::Leave.check(members::role(conn, group.conversation(), *user).await?)?;
                    let why = (Notice::MemberLeft { user: *user }, RemovalReason::Left);
                    let events = members::dismiss(conn, journal, row, *user, why, *now).await?;
                    Ok(Committed { value: (), events })
                })
            })
            .await
    }

    async fn kick(
        &self,
        caller: UserId,
        group: GroupId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Committed<()>, Error> {
        self.db
            .write((caller, group, user, now), |conn, (caller, group, user, now)| {
                Box::pin(async move {
                    let (journal, row) = open(conn, *group).await?;
                    let kicker = members::role(conn, group.conversation(), *caller).await?;
                    let kicked = members::role(conn, group.conversation(), *user).await?;
                    may_kick(kicker, kicked)?;
                    let notice = Notice::MemberKicked { user: *user, by: *caller };
                    let why = (notice, RemovalReason::Kicked);
                    let events = members::dismiss(conn, journal, row, *user, why, *now).await?;
                    Ok(Committed { value: (), events })
                })
            })
            .await
    }

    async fn transfer(
        &self,
        caller: UserId,
        group: GroupId,
        new_owner: UserId,
        now: Timestamp,
    ) -> Result<Committed<GroupView>, Error> {
        self.db
            .write((caller, group, new_owner, now), |conn, (caller, group, new_owner, now)| {
                Box::pin(transfer(conn, *caller, *group, *new_owner, *now))
            })
            .await
    }
}

/// Locks the group's conversation, then reads the group.
///
/// # Errors
/// [`Refusal::NotFound`].
async fn open(conn: &mut Conn, group: GroupId) -> Result<(Journal, GroupRow)> {
    let journal = Journal::open(conn, group.conversation()).await?;
    Ok((journal, views::group_row(conn, group).await?))
}

async fn create(conn: &mut Conn, new: &NewGroup) -> Result<Committed<GroupView>> {
    ensure_friends(conn, new.owner, &new.members).await?;
    let id = Id::from(new.id);
    let conversation = ConversationRow::new(id, GROUP, new.now);
    diesel::insert_into(conversations::table).values(conversation).execute(conn).await?;
    let folded = Folded::of(new.name.as_str());
    let row = GroupRow {
        id,
        name: new.name.as_str().to_owned(),
        folded_name: folded.name.clone(),
        folded_length: folded.length,
        description: new.description.as_str().to_owned(),
        owner_id: new.owner.into(),
        join_policy: new.join_policy.as_str().to_owned(),
        history: new.history.as_str().to_owned(),
        member_count: i64::try_from(new.members.len()).unwrap_or(i64::MAX).saturating_add(1),
        rev: 0,
        created_at: new.now.unix_micros(),
    };
    diesel::insert_into(groups::table).values(row).execute(conn).await?;
    insert_terms(conn, id, &folded).await?;
    let roles = [(new.owner, Role::Owner)].into_iter();
    let roles = roles.chain(new.members.iter().map(|member| (*member, Role::Member)));
    for (user, role) in roles.clone() {
        let row = MemberRow::first(id, user.into(), role, new.now);
        diesel::insert_into(member_rows::table).values(row).execute(conn).await?;
    }
    let mut events = Vec::new();
    for (user, _) in roles {
        let conversation = views::conversation(conn, user, new.id.conversation()).await?;
        events.push(personal(conn, user, News::ConversationAdded(Box::new(conversation))).await?);
    }
    Ok(Committed { value: views::group(conn, new.owner, new.id).await?, events })
}

async fn ensure_friends(conn: &mut Conn, owner: UserId, members: &[UserId]) -> Result<()> {
    for member in members {
        if !friendship::are_friends(conn, owner, *member).await? {
            return Err(Refusal::NotFriends.into());
        }
    }
    Ok(())
}

async fn insert_terms(conn: &mut Conn, group: Id, folded: &Folded) -> Result<()> {
    for term in &folded.terms {
        diesel::insert_into(group_terms::table)
            .values((group_terms::term.eq(term), group_terms::group_id.eq(group)))
            .execute(conn)
            .await?;
    }
    Ok(())
}

async fn change(
    conn: &mut Conn,
    caller: UserId,
    group: GroupId,
    change: &GroupChange,
    now: Timestamp,
) -> Result<Committed<GroupView>> {
    let (mut journal, row) = open(conn, group).await?;
    Permission::Change.check(members::role(conn, group.conversation(), caller).await?)?;
    let before = Group::try_from(row.clone())?;
    let changed = changed(&before, change);
    if changed == before {
        return Ok(Committed::quietly(views::group(conn, caller, group).await?));
    }
    let renamed = changed.name != before.name;
    let folded = Folded::of(changed.name.as_str());
    let row = GroupRow {
        name: changed.name.as_str().to_owned(),
        folded_name: folded.name.clone(),
        folded_length: folded.length,
        description: changed.description.as_str().to_owned(),
        join_policy: changed.join_policy.as_str().to_owned(),
        history: changed.history.as_str().to_owned(),
        ..row
    };
    members::save_group(conn, &mut journal, row).await?;
    if renamed {
        let old = group_terms::table.filter(group_terms::group_id.eq(Id::from(group)));
        diesel::delete(old).execute(conn).await?;
        insert_terms(conn, group.into(), &folded).await?;
        let notice = Notice::GroupRenamed { name: changed.name.as_str().to_owned(), by: caller };
        journal.notice(conn, notice, now).await?;
    }
    let events = journal.close(conn).await?;
    Ok(Committed { value: views::group(conn, caller, group).await?, events })
}

fn changed(group: &Group, change: &GroupChange) -> Group {
    let mut group = group.clone();
    group.name = change.name.clone().unwrap_or(group.name);
    group.description = change.description.clone().unwrap_or(group.description);
    group.join_policy = change.join_policy.unwrap_or(group.join_policy);
    group.history = change.history.unwrap_or(group.history);
    group
}

async fn delete(conn: &mut Conn, mut journal: Journal, group: GroupId) -> Result<Vec<Event>> {
    let conversation = group.conversation();
    let id = Id::from(group);
    let members = members::ids(conn, conversation).await?;
    if journal.conversation().last_seq <= MAX_DELETED_MESSAGES {
        macro_rules! delete {
            ($($table:ident)+) => {$(
                diesel::delete($table::table.filter($table::conversation_id.eq(id))).execute(conn).await?;
            )+};
        }
        delete!(messages message_changes mentions reactions);
    }
    diesel::delete(member_rows::table.filter(member_rows::conversation_id.eq(id))).execute(conn).await?;
    diesel::delete(group_terms::table.filter(group_terms::group_id.eq(id))).execute(conn).await?;
    diesel::delete(groups::table.find(id)).execute(conn).await?;
    journal.end();
    let mut events = journal.close(conn).await?;
    for member in members {
        let removed = News::ConversationRemoved { conversation, reason: RemovalReason::Deleted };
        events.push(personal(conn, member, removed).await?);
    }
    Ok(events)
}

async fn transfer(
    conn: &mut Conn,
    caller: UserId,
    group: GroupId,
    new_owner: UserId,
    now: Timestamp,
) -> Result<Committed<GroupView>> {
    let (mut journal, row) = open(conn, group).await?;
    let conversation = group.conversation();
    Permission::Transfer.check(members::role(conn, conversation, caller).await?)?;
    let heir = members::get(conn, conversation, new_owner).await?;
    if row.owner_id == heir.user_id {
        return Ok(Committed::quietly(views::group(conn, caller, group).await?));
    }
    let owner = members::get(conn, conversation, row.owner_id.into()).await?;
    let row = GroupRow { owner_id: heir.user_id, ..row };
    members::set_role(conn, &mut journal, heir, Role::Owner).await?;
    members::set_role(conn, &mut journal, owner, Role::Member).await?;
    journal.notice(conn, Notice::OwnerChanged { user: new_owner }, now).await?;
    members::save_group(conn, &mut journal, row).await?;
    let events = journal.close(conn).await?;
    Ok(Committed { value: views::group(conn, caller, group).await?, events })
}
