//! Whom people block.

use chatchat_domain::account::User;
use chatchat_domain::event::{Event, News};
use chatchat_domain::friend::{FriendRequest, FriendRequestStatus};
use chatchat_domain::page::{Page, PageRequest};
use chatchat_domain::{Error, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, friends, friendship, journal};
use crate::sql::fault::Result;
use crate::sql::keyset::{Place, one_more};
use crate::sql::rows::UserRow;
use crate::sql::schema::{blocks, users};
use crate::sql::types::Id;

/// Whether `user` blocks the other one.
pub(crate) async fn blocks(conn: &mut Conn, user: UserId, other: UserId) -> Result<bool> {
    let block = blocks::table.find((Id::from(user), Id::from(other))).select(blocks::since);
    Ok(block.first::<i64>(conn).await.optional()?.is_some())
}

/// Blocks somebody, and ends what there is between the two.
pub(crate) async fn block(
    conn: &mut Conn,
    user: UserId,
    other: UserId,
    now: Timestamp,
) -> Result<Vec<Event>> {
    let [me, them] = friendship::lock_pair(conn, user, other).await?;
    let mut events = Vec::new();
    if friendship::are_friends(conn, user, other).await? {
        events = friendship::part(conn, user, other).await?;
    }
    if let Some(asked) = friendship::pending_request(conn, user, other).await? {
        let asked = friendship::set_status(conn, asked, FriendRequestStatus::Cancelled).await?;
        events.extend(friends::tell_both(conn, &asked.between(&me, &them)?).await?);
    }
    if !blocks(conn, user, other).await?
        && let Some(theirs) = friendship::pending_request(conn, other, user).await?
    {
        // To who blocks it is as good as declined; to the other one it stays without an answer.
        let theirs = FriendRequest { status: FriendRequestStatus::Declined, ..theirs.between(&them, &me)? };
        events.push(journal::personal(conn, user, News::FriendRequest(theirs)).await?);
    }
    let block = (
        blocks::user_id.eq(Id::from(user)),
        blocks::blocked_id.eq(Id::from(other)),
        blocks::since.eq(now.unix_micros()),
    );
    diesel::insert_or_ignore_into(blocks::table).values(block).execute(conn).await?;
    Ok(events)
}

/// Ends the block. What the other one has asked in the meantime can be seen now.
pub(crate) async fn unblock(conn: &mut Conn, user: UserId, other: UserId) -> Result<Vec<Event>> {
    if !blocks(conn, user, other).await? {
        return Ok(Vec::new());
    }
    let [me, them] = friendship::lock_pair(conn, user, other).await?;
    diesel::delete(blocks::table.find((Id::from(user), Id::from(other)))).execute(conn).await?;
    match friendship::pending_request(conn, other, user).await? {
        Some(asked) => {
            let asked = News::FriendRequest(asked.between(&them, &me)?);
            Ok(vec![journal::personal(conn, user, asked).await?])
        }
        None => Ok(Vec::new()),
    }
}

/// Whom `user` blocks, the newest first.
pub(crate) async fn list(conn: &mut Conn, user: UserId, page: &PageRequest) -> Result<Page<User>> {
    let after = Place::of(page, Place::NEWEST)?;
    let rows: Vec<(i64, UserRow)> = blocks::table
        .inner_join(users::table.on(users::id.eq(blocks::blocked_id)))
        .filter(blocks::user_id.eq(Id::from(user)))
        .filter(blocks::since.le(after.at))
        .filter(blocks::since.lt(after.at).or(blocks::blocked_id.lt(after.id)))
        .order((blocks::since.desc(), blocks::blocked_id.desc()))
        .limit(one_more(page.limit))
        .select((blocks::since, UserRow::as_select()))
        .load(conn)
        .await?;
    let rows = Page::cut(rows, page.limit, |(at, row)| Place { at: *at, id: row.id }.cursor());
    let items = rows.items.into_iter().map(|(_, row)| row.try_into()).collect::<Result<_, Error>>()?;
    Ok(Page { items, next: rows.next })
}
