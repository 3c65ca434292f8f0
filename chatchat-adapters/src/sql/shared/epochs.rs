//! A new epoch of all streams, for a database that was put back from a backup.

use chatchat_domain::Timestamp;
use chatchat_domain::conversation::Rev;
use diesel::dsl::max;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::sql::fault::Result;
use crate::sql::schema::{conversations, users};
use crate::sql::types::{Id, count, stored};

/// How many rows are changed at once.
const ROWS: i64 = 1000;

/// Lets the streams of all conversations and people go on where no client has been.
pub(crate) async fn begin(conn: &mut Conn, now: Timestamp) -> Result<()> {
    let of_conversations: Option<i64> =
        conversations::table.select(max(conversations::rev)).first(conn).await?;
    let of_users: Option<i64> = users::table.select(max(users::rev)).first(conn).await?;
    let newest = of_conversations.max(of_users).unwrap_or_default();
    let Rev(start) = Rev::in_a_new_epoch(Rev(count(newest)), now);
    move_conversations(conn, stored(start)).await?;
    move_users(conn, stored(start)).await
}

macro_rules! moves {
    ($($name:ident: $table:ident;)+) => {$(
        async fn $name(conn: &mut Conn, start: i64) -> Result<()> {
            use crate::sql::schema::$table::{id, rev, table};
            let mut last = Id::LOWEST;
            loop {
                let page = table.filter(id.gt(last)).order(id).limit(ROWS).select(id);
                let ids: Vec<Id> = page.load(conn).await?;
                let Some(newest) = ids.last().copied() else { return Ok(()) };
                diesel::update(table.filter(id.eq_any(ids))).set(rev.eq(start)).execute(conn).await?;
                last = newest;
            }
        }
    )+};
}

moves! {
    move_conversations: conversations;
    move_users: users;
}
