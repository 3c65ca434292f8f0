//! What has changed since some rev. The cost is that of the answer, however long the conversation is: members are
//! found by an index on (conversation, rev), new messages by their `seq`, with which the revs rise that they were stored
//! with, and messages that were changed since by an index of their own. So a send pays for no index that only this needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chatchat_domain::UserId;
use chatchat_domain::conversation::{Changes, Message, Rev, StreamPart};
use chatchat_domain::event::Change;
use chatchat_domain::group::{Group, Member};
use chatchat_domain::page::Limit;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, messages as history};
use crate::sql::fault::Result;
use crate::sql::rows::{ConversationRow, GroupRow, MemberRow, UserRow, stored_messages};
use crate::sql::schema::{conversations, groups, members, message_changes, messages, users};
use crate::sql::types::{Id, count, stored};

/// What has changed after `after` for a member: the first `limit` of it, unless it is more than `max` in all, or `after`
/// is none that the conversation has had.
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
    if !Rev(count(after)).leads_to(Rev(count(head))) {
        return Ok(Changes::Reset { head: Rev(count(head)) });
    }
    let read = seq_at(conn, &conversation, after).await?.max(member.floor);
    let span = Span { after, through: head, floor: member.floor, read, newest: conversation.last_seq };
    let mut changed = changed(conn, id, span, stored(max.saturating_add(1))).await?;
    if u64::try_from(changed.len()).is_ok_and(|changed| changed > max) {
        return Ok(Changes::Reset { head: Rev(count(head)) });
    }
    let has_more = changed.len() > limit.get();
    changed.truncate(limit.get());
    let through = changed.last().filter(|_| has_more).map_or(head, |(rev, _)| *rev);
    let states = states(conn, id, changed).await?;
    Ok(page(states, Rev(count(through)), Rev(count(head))))
}

fn page(states: BTreeMap<i64, State>, through: Rev, head: Rev) -> Changes {
    let (mut messages, mut members, mut removed, mut group) = (Vec::new(), Vec::new(), Vec::new(), None);
    for state in states.into_values() {
        match state {
            State::Message { message, .. } => messages.push(message),
            State::Member(member) => members.push(member),
            State::Gone(user) => removed.push(user),
            State::Group(changed) => group = Some(changed),
        }
    }
    Changes::Page { messages, members, removed, group, through, head }
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
    let read = seq_at(conn, conversation, after).await?;
    let newest = seq_at(conn, conversation, through).await?;
    let changed =
        changed(conn, conversation.id, Span { after, through, floor: 0, read, newest }, i64::MAX).await?;
    let states = states(conn, conversation.id, changed).await?;
    Ok(states.into_iter().map(|(rev, state)| (rev, state.into())).collect())
}

/// A part of a stream: what was changed after one rev, up to another.
#[derive(Debug, Clone, Copy)]
struct Span {
    after: i64,
    through: i64,
    /// Messages up to this one are nobody's business here.
    floor: i64,
    /// The last message that was there at the beginning …
    read: i64,
    /// … and at the end.
    newest: i64,
}

/// Something that was changed.
enum Changed {
    Message { seq: i64, is_new: bool },
    Member(Id),
    Group,
}

/// What was last changed at each rev of the span, ascending: at most `limit` of each kind.
async fn changed(conn: &mut Conn, id: Id, span: Span, limit: i64) -> Result<Vec<(i64, Changed)>> {
    let mut changed = new_messages(conn, id, span, limit).await?;
    changed.extend(changed_messages(conn, id, span, limit).await?);
    let of_members: Vec<(i64, Id)> = members::table
        .filter(members::conversation_id.eq(id))
        .filter(members::rev.gt(span.after))
        .filter(members::rev.le(span.through))
        .order(members::rev)
        .limit(limit)
        .select((members::rev, members::user_id))
        .load(conn)
        .await?;
    changed.extend(of_members.into_iter().map(|(rev, user)| (rev, Changed::Member(user))));
    let of_group: Option<i64> = groups::table
        .find(id)
        .filter(groups::rev.gt(span.after))
        .filter(groups::rev.le(span.through))
        .select(groups::rev)
        .first(conn)
        .await
        .optional()?;
    changed.extend(of_group.map(|rev| (rev, Changed::Group)));
    changed.sort_unstable_by_key(|(rev, _)| *rev);
    Ok(changed)
}

/// The messages that have come in the span, but for those that were changed again after it.
async fn new_messages(conn: &mut Conn, id: Id, span: Span, limit: i64) -> Result<Vec<(i64, Changed)>> {
    let new: Vec<(i64, i64, Option<i64>)> = stored_messages()
        .filter(messages::conversation_id.eq(id))
        .filter(messages::seq.gt(span.read))
        .filter(messages::seq.le(span.newest))
        .order(messages::seq)
        .limit(limit)
        .select((messages::seq, messages::rev, message_changes::rev.nullable()))
        .load(conn)
        .await?;
    let last = new.into_iter().map(|(seq, rev, changed_at)| {
        (changed_at.unwrap_or(rev), Changed::Message { seq, is_new: changed_at.is_none() })
    });
    Ok(last.filter(|(rev, _)| *rev <= span.through).collect())
}

/// The messages that were there before the span and have changed in it.
async fn changed_messages(conn: &mut Conn, id: Id, span: Span, limit: i64) -> Result<Vec<(i64, Changed)>> {
    let changed: Vec<(i64, i64)> = message_changes::table
        .filter(message_changes::conversation_id.eq(id))
        .filter(message_changes::rev.gt(span.after))
        .filter(message_changes::rev.le(span.through))
        .filter(message_changes::seq.le(span.read))
        .filter(message_changes::seq.gt(span.floor))
        .order(message_changes::rev)
        .limit(limit)
        .select((message_changes::rev, message_changes::seq))
        .load(conn)
        .await?;
    Ok(changed.into_iter().map(|(rev, seq)| (rev, Changed::Message { seq, is_new: false })).collect())
}

/// Something that was changed, as it is now.
enum State {
    Message { message: Message, is_new: bool },
    Member(Member),
    Gone(UserId),
    Group(Box<Group>),
}

impl From<State> for Change {
    fn from(state: State) -> Self {
        match state {
            State::Message { message, is_new: true } => Self::Message(Arc::new(message)),
            State::Message { message, is_new: false } => Self::MessageUpdated(Arc::new(message)),
            State::Member(member) => Self::Member(member),
            State::Gone(user) => Self::MemberRemoved(user),
            State::Group(group) => Self::Group(*group),
        }
    }
}

/// All that was changed, as it is now, by its rev.
async fn states(conn: &mut Conn, id: Id, changed: Vec<(i64, Changed)>) -> Result<BTreeMap<i64, State>> {
    let (mut new, mut seqs, mut users, mut states) = (Vec::new(), Vec::new(), Vec::new(), BTreeMap::new());
    for (rev, changed) in changed {
        match changed {
            Changed::Message { seq, is_new } => {
                seqs.push(seq);
                new.extend(is_new.then_some(seq));
            }
            Changed::Member(user) => users.push(user),
            Changed::Group => {
                let row = groups::table.find(id).select(GroupRow::as_select()).first(conn).await?;
                states.insert(rev, State::Group(Box::new(row.try_into()?)));
            }
        }
    }
    for message in history::numbered(conn, id, seqs).await? {
        let is_new = new.binary_search(&stored(message.seq.0)).is_ok();
        states.insert(stored(message.rev.0), State::Message { message, is_new });
    }
    states.extend(member_states(conn, id, users).await?);
    Ok(states)
}

async fn member_states(conn: &mut Conn, id: Id, users: Vec<Id>) -> Result<Vec<(i64, State)>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(MemberRow, UserRow)> = members::table
        .inner_join(users::table.on(users::id.eq(members::user_id)))
        .filter(members::conversation_id.eq(id))
        .filter(members::user_id.eq_any(users))
        .select((MemberRow::as_select(), UserRow::as_select()))
        .load(conn)
        .await?;
    let state = |(row, user): (MemberRow, UserRow)| {
        let state = if row.removed {
            State::Gone(user.id.into())
        } else {
            State::Member(row.member(user.try_into()?)?)
        };
        Ok((row.rev, state))
    };
    rows.into_iter().map(state).collect()
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
