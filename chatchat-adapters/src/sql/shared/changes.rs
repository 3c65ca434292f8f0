//! What has changed since some rev. The cost is that of the answer, however long the conversation is: members are
//! found by an index on (conversation, rev), messages by their `seq`, with which their revs rise, since a message
//! that is stored does not change. So a send pays for no index that only this needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chatchat_domain::UserId;
use chatchat_domain::conversation::{Changes, Message, Rev, StreamPart};
use chatchat_domain::event::Change;
use chatchat_domain::group::{Group, Member};
use chatchat_domain::page::Limit;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::sql::fault::Result;
use crate::sql::rows::{ConversationRow, GroupRow, MemberRow, MessageRow, UserRow};
use crate::sql::schema::{conversations, groups, members, messages, users};
use crate::sql::types::{Id, count, stored};

/// What has changed after `after` for a member: the first `limit` of it, unless it is more than `max` in all.
pub(crate) async fn changes(
    conn: &mut Conn,
    member: &MemberRow,
    after: i64,
    limit: Limit,
    max: u64,
) -> Result<Changes> {
    let id = member.conversation_id;
    let conversation: ConversationRow =
        conversations::table.find(id).select(ConversationRow::as_select()).first(conn).await?;
    let head = conversation.rev;
    let read = seq_at(conn, &conversation, after).await?.max(member.floor);
    let revs = changed_revs(conn, id, after, read, stored(max.saturating_add(1))).await?;
    if u64::try_from(revs.len()).is_ok_and(|changed| changed > max) {
        return Ok(Changes::Reset { head: Rev(count(head)) });
    }
    let cut = revs.get(limit.get()).and_then(|_| revs.get(limit.get() - 1));
    let through = cut.copied().unwrap_or(head);

    let newest = seq_at(conn, &conversation, through).await?;
    let messages = messages_between(conn, id, read, newest).await?;
    let mut page = Page::default();
    for (_, change) in changed_members(conn, id, after, through).await? {
        match change {
            MemberChange::Is(member) => page.members.push(member),
            MemberChange::Gone(user) => page.removed.push(user),
        }
    }
    let group = changed_group(conn, id, after, through).await?.map(|(_, group)| Box::new(group));
    let (through, head) = (Rev(count(through)), Rev(count(head)));
    Ok(Changes::Page { messages, members: page.members, removed: page.removed, group, through, head })
}

#[derive(Default)]
struct Page {
    members: Vec<Member>,
    removed: Vec<UserId>,
}

/// The stream after `after`: a change for each rev, a no-op for what a later change has overtaken.
pub(crate) async fn stream(conn: &mut Conn, id: Id, after: i64, max: i64) -> Result<StreamPart> {
    let conversation = conversations::table.find(id).select(ConversationRow::as_select());
    let Some(conversation) = conversation.first(conn).await.optional()? else {
        return Ok(StreamPart::default());
    };
    let through = after.saturating_add(max).min(conversation.rev);
    let mut changes = if conversation.deleted {
        BTreeMap::from([(conversation.rev, Change::Removed)])
    } else {
        last_changes(conn, &conversation, after, through).await?
    };
    let each_rev = (after.saturating_add(1)..=through)
        .map(|rev| (Rev(count(rev)), changes.remove(&rev).unwrap_or(Change::Noop)));
    Ok(StreamPart { changes: each_rev.collect() })
}

/// What was last changed at each rev in this range.
async fn last_changes(
    conn: &mut Conn,
    conversation: &ConversationRow,
    after: i64,
    through: i64,
) -> Result<BTreeMap<i64, Change>> {
    let id = conversation.id;
    let (read, newest) =
        (seq_at(conn, conversation, after).await?, seq_at(conn, conversation, through).await?);
    let mut changes = BTreeMap::new();
    for message in messages_between(conn, id, read, newest).await? {
        changes.insert(stored(message.rev.0), Change::Message(Arc::new(message)));
    }
    for (rev, change) in changed_members(conn, id, after, through).await? {
        changes.insert(rev, change.into());
    }
    if let Some((rev, group)) = changed_group(conn, id, after, through).await? {
        changes.insert(rev, Change::Group(group));
    }
    Ok(changes)
}

/// The last message that was there at `rev`; 0 if none was.
async fn seq_at(conn: &mut Conn, conversation: &ConversationRow, rev: i64) -> Result<i64> {
    // At most so many changes were none of a message: in a direct conversation none, and there is nothing to seek.
    let others = conversation.rev - conversation.last_seq;
    let mut low = (rev - others).clamp(0, conversation.last_seq);
    let mut high = rev.clamp(0, conversation.last_seq);
    while low < high {
        let middle = high - (high - low) / 2;
        let row = messages::table.find((conversation.id, middle));
        let rev_of_middle: i64 = row.select(messages::rev).first(conn).await?;
        if rev_of_middle <= rev {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Ok(low)
}

/// The revs of what has changed after `after`, and after the message `read`, ascending: at most `limit` of each
/// kind.
async fn changed_revs(conn: &mut Conn, id: Id, after: i64, read: i64, limit: i64) -> Result<Vec<i64>> {
    let mut revs: Vec<i64> = messages::table
        .filter(messages::conversation_id.eq(id))
        .filter(messages::seq.gt(read))
        .order(messages::seq)
        .limit(limit)
        .select(messages::rev)
        .load(conn)
        .await?;
    let of_members: Vec<i64> = members::table
        .filter(members::conversation_id.eq(id))
        .filter(members::rev.gt(after))
        .order(members::rev)
        .limit(limit)
        .select(members::rev)
        .load(conn)
        .await?;
    let of_group: Option<i64> = groups::table
        .find(id)
        .filter(groups::rev.gt(after))
        .select(groups::rev)
        .first(conn)
        .await
        .optional()?;
    revs.extend(of_members);
    revs.extend(of_group);
    revs.sort_unstable();
    Ok(revs)
}

/// The messages after `read` up to `newest`, ascending.
async fn messages_between(conn: &mut Conn, id: Id, read: i64, newest: i64) -> Result<Vec<Message>> {
    let rows: Vec<MessageRow> = messages::table
        .filter(messages::conversation_id.eq(id))
        .filter(messages::seq.gt(read))
        .filter(messages::seq.le(newest))
        .order(messages::seq)
        .select(MessageRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, chatchat_domain::Error>>()?)
}

enum MemberChange {
    Is(Member),
    Gone(UserId),
}

impl From<MemberChange> for Change {
    fn from(change: MemberChange) -> Self {
        match change {
            MemberChange::Is(member) => Self::Member(member),
            MemberChange::Gone(user) => Self::MemberRemoved(user),
        }
    }
}

async fn changed_members(
    conn: &mut Conn,
    id: Id,
    after: i64,
    through: i64,
) -> Result<Vec<(i64, MemberChange)>> {
    let rows: Vec<(MemberRow, UserRow)> = members::table
        .inner_join(users::table.on(users::id.eq(members::user_id)))
        .filter(members::conversation_id.eq(id))
        .filter(members::rev.gt(after))
        .filter(members::rev.le(through))
        .order(members::rev)
        .select((MemberRow::as_select(), UserRow::as_select()))
        .load(conn)
        .await?;
    let change = |(row, user): (MemberRow, UserRow)| {
        let change = if row.removed {
            MemberChange::Gone(user.id.into())
        } else {
            MemberChange::Is(row.member(user.try_into()?)?)
        };
        Ok((row.rev, change))
    };
    rows.into_iter().map(change).collect()
}

async fn changed_group(conn: &mut Conn, id: Id, after: i64, through: i64) -> Result<Option<(i64, Group)>> {
    let row = groups::table
        .find(id)
        .filter(groups::rev.gt(after))
        .filter(groups::rev.le(through))
        .select(GroupRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(|row| Ok((row.rev, row.try_into()?))).transpose()
}
