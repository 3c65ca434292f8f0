//! Whole tables, page by page in the order of their keys.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::sql::fault::Result;
use crate::sql::records::*;
use crate::sql::schema;

/// How many rows are in a page.
const ROWS: i64 = 500;

macro_rules! tables {
    ($($table:ident: $record:ident by $($key:ident)+;)+) => {$(
        /// The rows that follow `last`, or the first ones.
        pub(crate) async fn $table(conn: &mut Conn, last: &Option<$record>) -> Result<Vec<$record>> {
            use schema::$table::{self as t, table};
            let rows = table.select($record::as_select()).order(($(t::$key,)+)).limit(ROWS);
            Ok(match last {
                None => rows.load(conn).await?,
                Some(last) => rows.filter(tables!(@after last, $($key)+)).load(conn).await?,
            })
        }
    )+};
    (@after $last:ident, $only:ident) => { t::$only.gt($last.$only.clone()) };
    (@after $last:ident, $first:ident $($more:ident)+) => {
        t::$first.ge($last.$first.clone()).and(
            t::$first.gt($last.$first.clone()).or(tables!(@after $last, $($more)+)),
        )
    };
}

tables! {
    users: UserRecord by id;
    user_terms: UserTermRecord by term user_id;
    sessions: SessionRecord by id;
    friend_requests: FriendRequestRecord by id;
    friendships: FriendshipRecord by user_id friend_id;
    blocks: BlockRecord by user_id blocked_id;
    conversations: ConversationRow by id;
    groups: GroupRow by id;
    join_requests: JoinRequestRecord by id;
    group_terms: GroupTermRecord by term group_id;
    members: MemberRow by conversation_id user_id;
    messages: MessageRow by conversation_id seq;
    message_changes: MessageChangeRow by conversation_id seq;
    message_signatures: MessageSignatureRecord by conversation_id block;
    mentions: MentionRow by conversation_id user_id seq;
    reactions: ReactionRecord by conversation_id seq emoji user_id;
    attachments: AttachmentRow by id;
    attachment_uses: AttachmentUseRow by attachment_id conversation_id seq;
    outbox: OutboxRecord by id;
    audit: AuditRecord by id;
    identities: IdentityRecord by provider subject;
    provider_accounts: ProviderAccountRecord by id;
    provider_grants: ProviderGrantRecord by id;
    provider_tokens: ProviderTokenRecord by hash;
}
