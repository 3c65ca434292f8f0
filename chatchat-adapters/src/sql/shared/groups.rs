//! Groups: made, found, changed, deleted; who comes in and who goes.

use async_trait::async_trait;
use chatchat_domain::conversation::Notice;
use chatchat_domain::event::{Committed, Event, News, RemovalReason};
use chatchat_domain::group::{
    Group, GroupChange, GroupRepository, GroupView, JoinPolicy, JoinRequest, Joined, Member, MemberChange,
    NewGroup, NewJoinRequest, Permission, Role,
};
use chatchat_domain::outbox::Owed;
use chatchat_domain::page::{Page, PageRequest};
use chatchat_domain::ports::ObjectKey;
use chatchat_domain::text::Query;
use chatchat_domain::{Error, GroupId, JoinRequestId, Refusal, Timestamp, UserId, WorkId};
use diesel::dsl::min;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::journal::{Journal, personal, personal_to_all};
use super::{
    Conn, Database, attachments, friendship, group_lists, join_requests, members, memberships, outbox, views,
};
use crate::sql::fault::Result;
use crate::sql::keyset::{Place, Ranked};
use crate::sql::rows::{ConversationRow, GROUP, GroupRow, MemberRow};
use crate::sql::schema::{
    conversations, group_terms, groups, join_requests as requests, members as member_rows, mentions,
    message_changes, message_signatures, messages, reactions,
};
use crate::sql::search::{Folded, Patterns};
use crate::sql::types::Id;
use crate::stored::sound;

/// How many messages are erased at once: other writers wait for so long.
const ERASED_AT_ONCE: i64 = 1000;

pub(crate) struct Groups {
    pub(crate) db: Database,
}

#[async_trait]
impl GroupRepository for Groups {
    async fn create(&self, group: NewGroup) -> Result<Committed<GroupView>, Error> {
        self.db.write("groups.create", group, |conn, group| Box::pin(create(conn, group))).await
    }

    async fn find(&self, viewer: UserId, group: GroupId) -> Result<GroupView, Error> {
        self.db
            .read("groups.find", (viewer, group), |conn, (viewer, group)| {
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
                "groups.search",
                (viewer, Patterns::of(query), after, page.limit),
                |conn, (viewer, patterns, after, limit)| {
                    Box::pin(group_lists::search(conn, Some(*viewer), patterns, *after, *limit))
                },
            )
            .await
    }

    async fn of_member(&self, member: UserId, page: PageRequest) -> Result<Page<GroupView>, Error> {
        let after = Place::of(&page, Place::NEWEST)?;
        self.db
            .read("groups.of_member", (member, page.limit, after), |conn, (member, limit, after)| {
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
            .read(
                "groups.members",
                (viewer, group, page.limit, after),
                |conn, (viewer, group, limit, after)| {
                    Box::pin(async move {
                        views::group_row(conn, *group).await?;
                        Permission::SeeMembers
                            .check(members::role(conn, group.conversation(), *viewer).await?)?;
                        group_lists::members(conn, *group, *after, *limit).await
                    })
                },
            )
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
            .write("groups.change", (caller, group, change, now), |conn, (caller, group, change, now)| {
                Box::pin(self::change(conn, *caller, *group, change, *now))
            })
            .await
    }

    async fn delete(&self, caller: UserId, group: GroupId, now: Timestamp) -> Result<Committed<()>, Error> {
        self.db
            .write("groups.delete", (caller, group, now), |conn, (caller, group, now)| {
                Box::pin(async move {
                    let (journal, row) = open(conn, *group).await?;
                    Permission::Delete.check(members::role(conn, group.conversation(), *caller).await?)?;
                    Ok(Committed { value: (), events: delete(conn, journal, row, *now).await? })
                })
            })
            .await
    }

    async fn erase(&self, group: GroupId, now: Timestamp) -> Result<bool, Error> {
        self.db
            .write("groups.erase", (group, now), |conn, (group, now)| Box::pin(erase(conn, *group, *now)))
            .await
    }

    async fn join(&self, wish: NewJoinRequest, max_members: u32) -> Result<Committed<Joined>, Error> {
        self.db
            .write("groups.join", (wish, max_members), |conn, (wish, max_members)| {
                Box::pin(memberships::join(conn, *wish, *max_members))
            })
            .await
    }

    async fn join_requests(
        &self,
        viewer: UserId,
        group: GroupId,
        page: PageRequest,
    ) -> Result<Page<JoinRequest>, Error> {
        self.db
            .read("groups.join_requests", (viewer, group, page), |conn, (viewer, group, page)| {
                Box::pin(async move {
                    views::group_row(conn, *group).await?;
                    Permission::Approve.check(members::role(conn, group.conversation(), *viewer).await?)?;
                    join_requests::list(conn, *group, page).await
                })
            })
            .await
    }

    async fn answer_join_request(
        &self,
        caller: UserId,
        place: (GroupId, JoinRequestId),
        approve: bool,
        max_members: u32,
        now: Timestamp,
    ) -> Result<Committed<JoinRequest>, Error> {
        self.db
            .write(
                "groups.answer_join_request",
                (caller, place, approve, max_members, now),
                |conn, (caller, place, approve, max_members, now)| {
                    Box::pin(memberships::answer(conn, *caller, *place, *approve, *max_members, *now))
                },
            )
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
                "groups.add",
                (caller, group, user, max_members, now),
                |conn, (caller, group, user, max_members, now)| {
                    Box::pin(memberships::add(conn, *caller, *group, *user, *max_members, *now))
                },
            )
            .await
    }

    async fn change_member(
        &self,
        caller: UserId,
        group: GroupId,
        user: UserId,
        change: MemberChange,
        now: Timestamp,
    ) -> Result<Committed<Member>, Error> {
        self.db
            .write(
                "groups.change_member",
                (caller, group, user, change, now),
                |conn, (caller, group, user, change, now)| {
                    Box::pin(memberships::change(conn, *caller, *group, *user, *change, *now))
                },
            )
            .await
    }

    async fn leave(&self, user: UserId, group: GroupId, now: Timestamp) -> Result<Committed<()>, Error> {
        self.db
            .write("groups.leave", (user, group, now), |conn, (user, group, now)| {
                Box::pin(memberships::leave(conn, *user, *group, *now))
            })
            .await
    }

    async fn abandon(&self, user: UserId, group: GroupId, now: Timestamp) -> Result<Committed<()>, Error> {
        self.db
            .write("groups.abandon", (user, group, now), |conn, (user, group, now)| {
                Box::pin(memberships::abandon(conn, *user, *group, *now))
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
            .write("groups.kick", (caller, group, user, now), |conn, (caller, group, user, now)| {
                Box::pin(memberships::kick(conn, *caller, *group, *user, *now))
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
            .write(
                "groups.transfer",
                (caller, group, new_owner, now),
                |conn, (caller, group, new_owner, now)| {
                    Box::pin(memberships::transfer(conn, *caller, *group, *new_owner, *now))
                },
            )
            .await
    }
}

/// Locks the group's conversation, then reads the group.
///
/// # Errors
/// [`Refusal::NotFound`].
pub(crate) async fn open(conn: &mut Conn, group: GroupId) -> Result<(Journal, GroupRow)> {
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
        avatar: None,
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
        avatar: changed.avatar.as_ref().map(|key| key.as_str().to_owned()),
        ..row
    };
    if changed.avatar != before.avatar {
        let old = before.avatar.map(|key| key.as_str().to_owned());
        replace_avatar(conn, old, changed.avatar.as_ref(), now).await?;
    }
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

/// Keeps the new picture, and owes the removal of the old one.
async fn replace_avatar(
    conn: &mut Conn,
    old: Option<String>,
    new: Option<&ObjectKey>,
    now: Timestamp,
) -> Result<()> {
    if let Some(new) = new {
        outbox::take_back(conn, WorkId::removal_of(new)).await?;
    }
    if let Some(old) = sound(old.map(|key| key.parse()).transpose())? {
        outbox::owe(conn, &Owed::removal(old, now)).await?;
    }
    Ok(())
}

fn changed(group: &Group, change: &GroupChange) -> Group {
    let mut group = group.clone();
    group.name = change.name.clone().unwrap_or(group.name);
    group.description = change.description.clone().unwrap_or(group.description);
    group.join_policy = change.join_policy.unwrap_or(group.join_policy);
    group.history = change.history.unwrap_or(group.history);
    group.avatar = change.avatar.clone().unwrap_or(group.avatar);
    group
}

pub(crate) async fn delete(
    conn: &mut Conn,
    mut journal: Journal,
    row: GroupRow,
    now: Timestamp,
) -> Result<Vec<Event>> {
    let (id, conversation) = (row.id, GroupId::from(row.id).conversation());
    replace_avatar(conn, row.avatar, None, now).await?;
    let members = members::ids(conn, conversation).await?;
    outbox::owe(conn, &Owed::erasure(id.into(), now)).await?;
    diesel::delete(member_rows::table.filter(member_rows::conversation_id.eq(id))).execute(conn).await?;
    diesel::delete(group_terms::table.filter(group_terms::group_id.eq(id))).execute(conn).await?;
    diesel::delete(requests::table.filter(requests::group_id.eq(id))).execute(conn).await?;
    diesel::delete(groups::table.find(id)).execute(conn).await?;
    journal.end();
    let mut events = journal.close(conn).await?;
    let removed = News::ConversationRemoved { conversation, reason: RemovalReason::Deleted };
    events.extend(personal_to_all(conn, members, &removed).await?);
    Ok(events)
}

async fn erase(conn: &mut Conn, group: GroupId, now: Timestamp) -> Result<bool> {
    let id = Id::from(group);
    if groups::table.find(id).select(groups::id).first::<Id>(conn).await.optional()?.is_some() {
        return Ok(false);
    }
    let said = messages::table.filter(messages::conversation_id.eq(id));
    let Some(first) = said.select(min(messages::seq)).first::<Option<i64>>(conn).await? else {
        return Ok(false);
    };
    let last = first + ERASED_AT_ONCE - 1;
    attachments::release_between(conn, id, (first, last), now).await?;
    macro_rules! delete {
        ($($table:ident)+) => {$(
            let theirs = $table::table.filter($table::conversation_id.eq(id)).filter($table::seq.le(last));
            diesel::delete(theirs).execute(conn).await?;
        )+};
    }
    delete!(messages message_changes mentions reactions);
    let signatures = message_signatures::table.filter(message_signatures::conversation_id.eq(id));
    diesel::delete(signatures).execute(conn).await?;
    Ok(said.select(messages::seq).first::<i64>(conn).await.optional()?.is_some())
}
