//! Rows with all of their columns, as moving to another database needs them.

use diesel::prelude::*;

pub(crate) use super::rows::{
    AttachmentRow, AttachmentUseRow, ConversationRow, GroupRow, MemberRow, MentionRow, MessageChangeRow,
    MessageRow,
};
use super::schema::{
    audit, blocks, friend_requests, friendships, group_terms, identities, join_requests, message_signatures,
    outbox, provider_accounts, provider_grants, provider_tokens, reactions, sessions, user_terms, users,
};
use super::types::Id;

macro_rules! records {
    ($($record:ident of $table:ident { $($column:ident: $type:ty,)+ })+) => {$(
        #[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
        #[diesel(table_name = $table)]
        pub(crate) struct $record { $(pub(crate) $column: $type,)+ }
    )+};
}

records! {
    UserRecord of users {
        id: Id,
        email: Option<String>,
        email_key: Option<String>,
        name: String,
        folded_name: String,
        folded_length: i64,
        bio: String,
        avatar: Option<String>,
        password_hash: Option<String>,
        rev: i64,
        created_at: i64,
        closed_at: Option<i64>,
        suspended_at: Option<i64>,
    }
    UserTermRecord of user_terms {
        term: String,
        user_id: Id,
    }
    SessionRecord of sessions {
        id: Id,
        user_id: Id,
        device: Option<String>,
        ip: String,
        refresh_hash: Vec<u8>,
        previous_hash: Option<Vec<u8>>,
        rotated_at: Option<i64>,
        rotated_ip: Option<String>,
        created_at: i64,
        last_seen_at: i64,
        expires_at: i64,
    }
    FriendRequestRecord of friend_requests {
        id: Id,
        from_id: Id,
        to_id: Id,
        note: String,
        status: String,
        created_at: i64,
    }
    FriendshipRecord of friendships {
        user_id: Id,
        friend_id: Id,
        since: i64,
        remark: Option<String>,
    }
    BlockRecord of blocks {
        user_id: Id,
        blocked_id: Id,
        since: i64,
    }
    JoinRequestRecord of join_requests {
        id: Id,
        group_id: Id,
        user_id: Id,
        status: String,
        created_at: i64,
    }
    GroupTermRecord of group_terms {
        term: String,
        group_id: Id,
    }
    MessageSignatureRecord of message_signatures {
        conversation_id: Id,
        block: i64,
        bits: Vec<u8>,
    }
    ReactionRecord of reactions {
        conversation_id: Id,
        seq: i64,
        emoji: String,
        user_id: Id,
        reacted_at: i64,
    }
    OutboxRecord of outbox {
        id: Id,
        kind: String,
        payload: String,
        created_at: i64,
        due_at: i64,
        attempts: i64,
        last_error: Option<String>,
        dead: bool,
    }
    AuditRecord of audit {
        id: Id,
        at: i64,
        operator: String,
        action: String,
        subject: Option<String>,
        detail: Option<String>,
    }
    IdentityRecord of identities {
        provider: String,
        subject: String,
        user_id: Id,
        name: Option<String>,
        email: Option<String>,
        bound_at: i64,
    }
    ProviderAccountRecord of provider_accounts {
        id: Id,
        username: String,
        username_key: String,
        name: String,
        email: Option<String>,
        password_hash: String,
        created_at: i64,
    }
    ProviderGrantRecord of provider_grants {
        id: Id,
        account_id: Id,
        client_id: String,
        scope: String,
        nonce: Option<String>,
        authenticated_at: i64,
        code_hash: Option<Vec<u8>>,
        code_used: bool,
        code_expires_at: i64,
        redirect_uri: String,
        redirect_uri_given: bool,
        challenge: Option<Vec<u8>>,
        refresh_hash: Option<Vec<u8>>,
        created_at: i64,
        expires_at: i64,
    }
    ProviderTokenRecord of provider_tokens {
        hash: Vec<u8>,
        grant_id: Id,
        expires_at: i64,
    }
}
