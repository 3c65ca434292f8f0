//! What the MySQL protocol says differently from other engines.

use chatchat_domain::Error;
use diesel::dsl::DuplicatedKeys;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as SqlError};
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::sql::fault::Fault;
use crate::sql::rows::{ConversationRow, MemberRow, MessageChangeRow, UserRow};
use crate::sql::schema::{conversations, members, message_changes, sessions, users};
use crate::sql::types::Id;

/// Reads a conversation that nobody else may change until the transaction ends.
pub(crate) async fn lock_conversation(conn: &mut Conn, id: Id) -> QueryResult<Option<ConversationRow>> {
    let row = conversations::table.find(id).select(ConversationRow::as_select()).for_update();
    row.first(conn).await.optional()
}

/// Reads people about whom nobody else may decide until the transaction ends. In the order of their ids, so that two
/// transactions do not wait for each other.
pub(crate) async fn lock_users(conn: &mut Conn, ids: [Id; 2]) -> QueryResult<Vec<UserRow>> {
    let rows = users::table.filter(users::id.eq_any(ids)).order(users::id).select(UserRow::as_select());
    rows.for_update().load(conn).await
}

/// Lets nobody else change the session until the transaction ends.
pub(crate) async fn lock_session(conn: &mut Conn, id: Id) -> QueryResult<()> {
    let row = sessions::table.find(id).select(sessions::id).for_update();
    row.first::<Id>(conn).await.optional().map(drop)
}

/// Puts a member's row in the place of the one there may be.
pub(crate) async fn put_member(conn: &mut Conn, row: MemberRow) -> QueryResult<()> {
    diesel::insert_into(members::table)
        .values(row.clone())
        .on_conflict(DuplicatedKeys)
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
        .on_conflict(DuplicatedKeys)
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
        Fault::Sql(error) if has_lost(&error) || passes(&error) => Error::Unavailable(error.to_string()),
        Fault::Sql(error) => Error::Internal(error.to_string()),
    }
}

/// Whether another transaction was in the way, and this one may be run again. The driver gives no error codes, only
/// texts: MySQL's and MariaDB's for a deadlock and a lock that was waited for too long, TiDB's and MariaDB's for a
/// conflict.
pub(super) fn has_lost(error: &SqlError) -> bool {
    const LOST: [&str; 4] = [
        "try restarting transaction",
        "Write conflict",
        "[try again later]",
        "Record has changed since last read",
    ];
    mentions(error, &LOST)
}

/// Whether the cause lies outside the program, so that trying again later may help: the connection is lost, or the
/// server is going away, cannot write now, or is full.
fn passes(error: &SqlError) -> bool {
    const OUTSIDE: [&str; 10] = [
        "Input/output error",
        "Driver error",
        "Server shutdown in progress",
        "Connection was killed",
        "Query execution was interrupted",
        "Too many connections",
        "read-only",
        "is full",
        "Region is unavailable",
        "server is not available",
    ];
    mentions(error, &OUTSIDE)
}

fn mentions(error: &SqlError, texts: &[&str]) -> bool {
    match error {
        SqlError::DatabaseError(
            DatabaseErrorKind::Unknown | DatabaseErrorKind::ReadOnlyTransaction,
            info,
        ) => texts.iter().any(|text| info.message().contains(text)),
        _ => false,
    }
}
