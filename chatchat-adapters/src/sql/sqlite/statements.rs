//! The writing statements of the hot path. Their text never changes, so each is prepared once for a connection: diesel
//! writes the text of an insert or an update anew each time, and prepares an update anew too.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::sqlite::Sqlite;

use crate::sql::types::Id;

/// A statement: text, and between its parts the values that it takes, each with its types in Rust and in SQL.
macro_rules! statement {
    ($(#[$doc:meta])* $name:ident $(<$life:lifetime>)?, $known_as:ty:
     $($sql:literal $field:ident: $rust:ty as $kind:ty,)* $(; $end:literal)?) => {
        $(#[$doc])*
        pub(super) struct $name $(<$life>)? {
            $(pub(super) $field: $rust,)*
        }

        impl $(<$life>)? QueryFragment<Sqlite> for $name $(<$life>)? {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
                $(
                    out.push_sql($sql);
                    out.push_bind_param::<$kind, _>(&self.$field)?;
                )*
                $(out.push_sql($end);)?
                Ok(())
            }
        }

        impl $(<$life>)? QueryId for $name $(<$life>)? {
            type QueryId = $known_as;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl $(<$life>)? RunQueryDsl<SqliteConnection> for $name $(<$life>)? {}
    };
}

statement! {
    /// Stores a message, unless its sender's `client_id` is there already.
    InsertMessage<'a>, InsertMessage<'static>:
    "INSERT INTO messages (conversation_id, seq, rev, counted, sender_id, client_id, fingerprint, kind, body, created_at, \
     reply_to, mentions) VALUES (" conversation: Id as Binary,
    ", " seq: i64 as BigInt,
    ", " rev: i64 as BigInt,
    ", " counted: i64 as BigInt,
    ", " sender: Id as Binary,
    ", " client_id: &'a str as Text,
    ", " fingerprint: Option<&'a [u8]> as Nullable<Binary>,
    ", " kind: &'a str as Text,
    ", " body: &'a str as Text,
    ", " created_at: i64 as BigInt,
    ", " reply_to: Option<i64> as Nullable<BigInt>,
    ", " mentions: Option<Vec<u8>> as Nullable<Binary>,
    ; ") ON CONFLICT DO NOTHING"
}

statement! {
    /// Moves a member's read cursor to what they have sent.
    MoveCursor, MoveCursor:
    "UPDATE members SET read_seq = " read_seq: i64 as BigInt,
    ", read_counted = " read_counted: i64 as BigInt,
    " WHERE conversation_id = " conversation: Id as Binary,
    " AND user_id = " user: Id as Binary,
}

statement! {
    /// Moves a conversation's head to its last message.
    MoveHead, MoveHead:
    "UPDATE conversations SET last_seq = " last_seq: i64 as BigInt,
    ", rev = " rev: i64 as BigInt,
    ", counted = " counted: i64 as BigInt,
    ", last_activity_at = " last_activity_at: i64 as BigInt,
    " WHERE id = " conversation: Id as Binary,
}
