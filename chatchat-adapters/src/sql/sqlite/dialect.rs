//! What SQLite says differently from other engines.

use chatchat_domain::Error;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as SqlError};
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::sql::fault::Fault;
use crate::sql::rows::{ConversationRow, MemberRow, MessageChangeRow, UserRow};
use crate::sql::schema::{conversations, members, message_changes, users};
use crate::sql::types::Id;

/// Reads a conversation that nobody else may change until the transaction ends: there is only one writer.
pub(crate) async fn lock_conversation(conn: &mut Conn, id: Id) -> QueryResult<Option<ConversationRow>> {
    conversations::table.find(id).select(ConversationRow::as_select()).first(conn).await.optional()
}

/// Reads people about whom nobody else may decide until the transaction ends: there is only one writer.
pub(crate) async fn lock_users(conn: &mut Conn, ids: [Id; 2]) -> QueryResult<Vec<UserRow>> {
    users::table.filter(users::id.eq_any(ids)).select(UserRow::as_select()).load(conn).await
}

/// Lets nobody else change the session until the transaction ends: there is only one writer.
pub(crate) async fn lock_session(_: &mut Conn, _: Id) -> QueryResult<()> {
    Ok(())
}

/// Puts a member's row in the place of the one there may be.
pub(crate) async fn put_member(conn: &mut Conn, row: MemberRow) -> QueryResult<()> {
    diesel::insert_into(members::table)
        .values(row.clone())
        .on_conflict((members::conversation_id, members::user_id))
        .do_update()
        .set(row)
        .execute(conn)
        .await
        .map(drop)
}

/// Puts a message's change in the place of the one there may be.
pub(crate) async fn put_message_change(conn: &mut Conn, row: MessageChangeRow) -> QueryResult<()> {
    diesel::insert_into(message_changes::table)
        .values(row.clone())
        .on_conflict((message_changes::conversation_id, message_changes::seq))
        .do_update()
        .set(row)
        .execute(conn)
        .await
        .map(drop)
}

/// What a caller is told of a fault.
pub(crate) fn error(fault: Fault) -> Error {
    match fault {
        Fault::Domain(error) => error,
        Fault::Sql(error) if passes(&error) => Error::Unavailable(error.to_string()),
        Fault::Sql(error) => Error::Internal(error.to_string()),
    }
}

/// Whether the cause lies outside the program, so that trying again later may help. SQLite's result codes come
/// as their texts (`sqlite3_errstr`).
fn passes(error: &SqlError) -> bool {
    const OUTSIDE: [&str; 8] = [
        "database is locked",
        "database table is locked",
        "database schema is locked",
        "disk I/O error",
        "database or disk is full",
        "unable to open database file",
        "attempt to write a readonly database",
        "out of memory",
    ];
    match error {
        SqlError::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            OUTSIDE.iter().any(|text| info.message().contains(text))
        }
        SqlError::DatabaseError(
            DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ReadOnlyTransaction
            | DatabaseErrorKind::ClosedConnection,
            _,
        ) => true,
        _ => false,
    }
}
