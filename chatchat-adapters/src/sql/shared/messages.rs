//! Messages: history, and what counts as unread.

use chatchat_domain::conversation::{ClientId, HistoryPage, Message, Seq, Window};
use chatchat_domain::page::Limit;
use chatchat_domain::{ConversationId, Error, Refusal, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::sql::fault::Result;
use crate::sql::keyset::one_more;
use crate::sql::rows::{MemberRow, StoredMessage, stored_messages};
use crate::sql::schema::messages;
use crate::sql::types::{Id, stored};

/// The part of the history that `member` asks for, above their floor.
pub(crate) async fn history(
    conn: &mut Conn,
    member: &MemberRow,
    window: Window,
    limit: Limit,
) -> Result<HistoryPage> {
    let (after, before, ascending) = match window {
        Window::Newest => (0, i64::MAX, false),
        Window::Before(seq) => (0, stored(seq.0), false),
        Window::After(seq) => (stored(seq.0), i64::MAX, true),
    };
    let readable = stored_messages()
        .filter(messages::conversation_id.eq(member.conversation_id))
        .filter(messages::seq.gt(after.max(member.floor)))
        .filter(messages::seq.lt(before))
        .limit(one_more(limit))
        .select(StoredMessage::columns());
    let mut rows: Vec<StoredMessage> = if ascending {
        readable.order(messages::seq.asc()).load(conn).await?
    } else {
        readable.order(messages::seq.desc()).load(conn).await?
    };
    let has_more = rows.len() > limit.get();
    rows.truncate(limit.get());
    if !ascending {
        rows.reverse();
    }
    Ok(HistoryPage { items: parsed(rows)?, has_more })
}

/// How many messages up to `seq`, which is there or 0, count as unread for who has read none.
pub(crate) async fn counted_at(conn: &mut Conn, conversation: Id, seq: i64) -> Result<i64> {
    let counted = messages::table.find((conversation, seq)).select(messages::counted).first(conn).await;
    Ok(counted.optional()?.unwrap_or_default())
}

/// What somebody has sent, in the order of the names that their client gave it.
pub(crate) async fn sent_by(
    conn: &mut Conn,
    user: UserId,
    conversation: ConversationId,
    after: Option<&ClientId>,
    limit: Limit,
) -> Result<Vec<Message>> {
    let sent = stored_messages()
        .filter(messages::conversation_id.eq(Id::from(conversation)))
        .filter(messages::sender_id.eq(Id::from(user)))
        .filter(messages::client_id.gt(after.map_or("", ClientId::as_str)))
        .order(messages::client_id)
        .limit(i64::try_from(limit.get()).unwrap_or(i64::MAX))
        .select(StoredMessage::columns());
    Ok(parsed(sent.load(conn).await?)?)
}

/// The messages with these numbers that are there, in no order.
pub(crate) async fn numbered(conn: &mut Conn, conversation: Id, seqs: Vec<i64>) -> Result<Vec<Message>> {
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let those = stored_messages()
        .filter(messages::conversation_id.eq(conversation))
        .filter(messages::seq.eq_any(seqs))
        .select(StoredMessage::columns());
    Ok(parsed(those.load(conn).await?)?)
}

/// The message, if it is there and above the member's floor.
///
/// # Errors
/// [`Refusal::NotFound`].
pub(crate) async fn get(conn: &mut Conn, member: &MemberRow, seq: Seq) -> Result<StoredMessage> {
    let message = stored_messages()
        .filter(messages::conversation_id.eq(member.conversation_id))
        .filter(messages::seq.eq(stored(seq.0)))
        .filter(messages::seq.gt(member.floor))
        .select(StoredMessage::columns());
    Ok(message.first(conn).await.optional()?.ok_or(Refusal::NotFound)?)
}

fn parsed(rows: Vec<StoredMessage>) -> Result<Vec<Message>, Error> {
    rows.into_iter().map(TryInto::try_into).collect()
}
