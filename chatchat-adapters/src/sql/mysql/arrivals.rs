//! Rows that come from another database, in the order of their keys.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::sql::fault::Result;
use crate::sql::records::*;
use crate::sql::schema;

macro_rules! arrivals {
    ($($table:ident: $record:ident by $($key:ident)+;)+) => {$(
        pub(crate) mod $table {
            use super::schema::$table::{self as t, table};
            use super::*;

            /// The row that has come last.
            pub(crate) async fn last(conn: &mut Conn, _: &()) -> Result<Option<$record>> {
                let last = table.select($record::as_select()).order(($(t::$key.desc(),)+));
                Ok(last.first(conn).await.optional()?)
            }

            /// Takes rows in.
            pub(crate) async fn put(conn: &mut Conn, rows: &[$record]) -> Result<()> {
                diesel::insert_into(table).values(rows.to_vec()).execute(conn).await?;
                Ok(())
            }
        }
    )+};
}

arrivals! {
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
