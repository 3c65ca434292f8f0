//! Conversations and groups as one person sees them.

use std::collections::HashMap;

use chatchat_domain::account::User;
use chatchat_domain::conversation::{Conversation, ConversationKind, ConversationSettings, Rev, Seq};
use chatchat_domain::group::{GroupView, Role};
use chatchat_domain::{ConversationId, Error, GroupId, Refusal, UserId};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, members};
use crate::sql::fault::Result;
use crate::sql::keyset::{ListPlace, Place};
use crate::sql::rows::{
    ConversationRow, DIRECT, GroupRow, MemberRow, MessageChangeRow, MessageRow, StoredMessage, UserRow,
};
use crate::sql::schema::{
    conversations, groups, members as member_rows, mentions, message_changes, messages, users,
};
use crate::sql::types::{Id, count};
use crate::stored::sound;

/// A conversation that somebody is in, and what they see of it.
#[derive(Queryable)]
pub(crate) struct Seen {
    conversation: ConversationRow,
    member: MemberRow,
    newest: Option<MessageRow>,
    newest_change: Option<MessageChangeRow>,
    group: Option<GroupRow>,
}

impl Seen {
    /// Where it stands in the list of conversations.
    pub(crate) fn place(&self) -> ListPlace {
        let place = Place { at: self.conversation.last_activity_at, id: self.conversation.id };
        ListPlace { pinned: self.member.pinned, place }
    }

    fn view(self, peer: Option<User>, mentions: u64) -> Result<Conversation, Error> {
        let Self { conversation, member, newest, newest_change, group } = self;
        let kind = match (group, peer) {
            (Some(group), _) => {
                ConversationKind::Group(GroupView { group: group.try_into()?, my_role: Some(member.role()?) })
            }
            (None, Some(peer)) => ConversationKind::Direct(peer),
            (None, None) => return Err(Error::Internal("a conversation with nobody".to_owned())),
        };
        let newest = newest.map(|row| StoredMessage { row, change: newest_change });
        Ok(Conversation {
            id: conversation.id.into(),
            kind,
            last_message: newest.map(TryInto::try_into).transpose()?,
            last_seq: Seq(count(conversation.last_seq)),
            rev: Rev(count(conversation.rev)),
            read_seq: Seq(count(member.read_seq)),
            unread: member.unread(&conversation),
            mentions,
            settings: ConversationSettings { muted: member.muted, pinned: member.pinned },
            floor: Seq(count(member.floor)),
        })
    }
}

/// The conversations that `user` is in, as their list has them; or the only one that is wanted.
pub(crate) async fn seen_by(
    conn: &mut Conn,
    user: UserId,
    only: Option<ConversationId>,
    after: ListPlace,
    limit: i64,
) -> Result<Vec<Seen>> {
    let newest_readable = messages::conversation_id
        .eq(conversations::id)
        .and(messages::seq.eq(conversations::last_seq))
        .and(messages::seq.gt(member_rows::floor));
    let its_change = message_changes::conversation_id
        .eq(messages::conversation_id)
        .and(message_changes::seq.eq(messages::seq));
    let Place { at, id } = after.place;
    let later_in_list = member_rows::pinned
        .eq(after.pinned)
        .and(conversations::last_activity_at.le(at))
        .and(conversations::last_activity_at.lt(at).or(conversations::id.lt(id)))
        .or(member_rows::pinned.lt(after.pinned));
    let mut seen = member_rows::table
        .inner_join(conversations::table.on(conversations::id.eq(member_rows::conversation_id)))
        .left_join(messages::table.on(newest_readable))
        .left_join(message_changes::table.on(its_change))
        .left_join(groups::table.on(groups::id.eq(conversations::id)))
        .filter(member_rows::user_id.eq(Id::from(user)))
        .filter(member_rows::removed.eq(false))
        .filter(later_in_list)
        .order((member_rows::pinned.desc(), conversations::last_activity_at.desc(), conversations::id.desc()))
        .limit(limit)
        .select((
            ConversationRow::as_select(),
            MemberRow::as_select(),
            Option::<MessageRow>::as_select(),
            Option::<MessageChangeRow>::as_select(),
            Option::<GroupRow>::as_select(),
        ))
        .into_boxed();
    if let Some(only) = only {
        seen = seen.filter(member_rows::conversation_id.eq(Id::from(only)));
    }
    Ok(seen.load(conn).await?)
}

/// These conversations as `user`, who is in them, sees them.
pub(crate) async fn conversations(
    conn: &mut Conn,
    user: UserId,
    seen: Vec<Seen>,
) -> Result<Vec<Conversation>> {
    let direct = seen.iter().filter(|seen| seen.conversation.kind == DIRECT);
    let direct = direct.map(|seen| seen.conversation.id).collect();
    let mut peers = peers(conn, user, direct).await?;
    let mentions =
        unread_mentions(conn, user, seen.iter().map(|seen| seen.conversation.id).collect()).await?;
    let conversations = seen.into_iter().map(|seen| {
        let id = seen.conversation.id;
        seen.view(peers.remove(&id), mentions.get(&id).copied().unwrap_or_default())
    });
    Ok(conversations.collect::<Result<_, Error>>()?)
}

/// How many messages that `user` has not read mention them, where any does.
async fn unread_mentions(conn: &mut Conn, user: UserId, conversations: Vec<Id>) -> Result<HashMap<Id, u64>> {
    let its_member = member_rows::conversation_id
        .eq(mentions::conversation_id)
        .and(member_rows::user_id.eq(mentions::user_id));
    let counts: Vec<(Id, i64)> = mentions::table
        .inner_join(member_rows::table.on(its_member))
        .filter(mentions::user_id.eq(Id::from(user)))
        .filter(mentions::conversation_id.eq_any(conversations))
        .filter(mentions::seq.gt(member_rows::read_seq))
        .filter(mentions::seq.gt(member_rows::floor))
        .group_by(mentions::conversation_id)
        .select((mentions::conversation_id, count_star()))
        .load(conn)
        .await?;
    Ok(counts.into_iter().map(|(id, unread)| (id, count(unread))).collect())
}

/// The conversation as `user` sees it.
///
/// # Errors
/// [`Refusal::NotFound`] unless they are in it.
pub(crate) async fn conversation(
    conn: &mut Conn,
    user: UserId,
    conversation: ConversationId,
) -> Result<Conversation> {
    let seen = seen_by(conn, user, Some(conversation), ListPlace::FIRST, 1).await?;
    Ok(conversations(conn, user, seen).await?.pop().ok_or(Refusal::NotFound)?)
}

/// With whom `user` is in these direct conversations.
async fn peers(conn: &mut Conn, user: UserId, direct: Vec<Id>) -> Result<HashMap<Id, User>> {
    if direct.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Id, UserRow)> = member_rows::table
        .inner_join(users::table.on(users::id.eq(member_rows::user_id)))
        .filter(member_rows::conversation_id.eq_any(direct))
        .filter(member_rows::user_id.ne(Id::from(user)))
        .select((member_rows::conversation_id, UserRow::as_select()))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, row)| Ok((id, row.try_into()?))).collect::<Result<_, Error>>()?)
}

/// The person.
///
/// # Errors
/// [`Refusal::NotFound`].
pub(crate) async fn user(conn: &mut Conn, user: UserId) -> Result<User> {
    let row = users::table.find(Id::from(user)).select(UserRow::as_select()).first(conn).await;
    Ok(row.optional()?.ok_or(Refusal::NotFound)?.try_into()?)
}

/// The group's row.
///
/// # Errors
/// [`Refusal::NotFound`].
pub(crate) async fn group_row(conn: &mut Conn, group: GroupId) -> Result<GroupRow> {
    let row = groups::table.find(Id::from(group)).select(GroupRow::as_select()).first(conn).await;
    Ok(row.optional()?.ok_or(Refusal::NotFound)?)
}

/// The group as `viewer` sees it, whether or not they may.
///
/// # Errors
/// [`Refusal::NotFound`] when there is none.
pub(crate) async fn group(conn: &mut Conn, viewer: UserId, group: GroupId) -> Result<GroupView> {
    let row = group_row(conn, group).await?;
    let my_role = members::role(conn, group.conversation(), viewer).await?;
    Ok(GroupView { group: row.try_into()?, my_role })
}

/// A group's row, and what the viewer is in it, as they see it.
pub(crate) fn group_view((row, role): (GroupRow, Option<String>)) -> Result<GroupView> {
    let my_role = sound(role.map(|role| Role::parse(&role)).transpose())?;
    Ok(GroupView { group: row.try_into()?, my_role })
}
