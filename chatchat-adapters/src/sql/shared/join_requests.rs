//! Who wishes to be let into a group.

use chatchat_domain::account::User;
use chatchat_domain::group::{JoinRequest, JoinRequestStatus, NewJoinRequest};
use chatchat_domain::page::{Page, PageRequest};
use chatchat_domain::{Error, GroupId, JoinRequestId, Refusal, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::sql::fault::Result;
use crate::sql::keyset::{Place, one_more};
use crate::sql::rows::UserRow;
use crate::sql::schema::{join_requests, users};
use crate::sql::types::Id;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = join_requests)]
struct JoinRequestRow {
    id: Id,
    group_id: Id,
    user_id: Id,
    status: String,
    created_at: i64,
}

impl JoinRequestRow {
    fn status(&self) -> Result<JoinRequestStatus, Error> {
        let known = JoinRequestStatus::ALL.into_iter().find(|status| status.as_str() == self.status);
        known.ok_or_else(|| Error::Internal(format!("a stored join request is {:?}", self.status)))
    }

    fn of(self, user: User) -> Result<JoinRequest, Error> {
        Ok(JoinRequest {
            id: self.id.into(),
            group: self.group_id.into(),
            status: self.status()?,
            user,
            created_at: Timestamp::from_unix_micros(self.created_at),
        })
    }
}

/// Keeps the wish, unless the same one waits already.
pub(crate) async fn keep(conn: &mut Conn, wish: &NewJoinRequest) -> Result<()> {
    let waiting = join_requests::table.filter(pending_of(wish.group.into(), wish.user.into()));
    if waiting.select(join_requests::id).first::<Id>(conn).await.optional()?.is_none() {
        let row = JoinRequestRow {
            id: wish.id.into(),
            group_id: wish.group.into(),
            user_id: wish.user.into(),
            status: JoinRequestStatus::Pending.as_str().to_owned(),
            created_at: wish.now.unix_micros(),
        };
        diesel::insert_into(join_requests::table).values(row).execute(conn).await?;
    }
    Ok(())
}

/// Ends a pending wish, if there is one.
pub(crate) async fn settle(
    conn: &mut Conn,
    group: Id,
    user: UserId,
    status: JoinRequestStatus,
) -> Result<bool> {
    let settled = diesel::update(join_requests::table.filter(pending_of(group, user.into())))
        .set(join_requests::status.eq(status.as_str()))
        .execute(conn)
        .await?;
    Ok(settled > 0)
}

/// The pending wish.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::NotPending`].
pub(crate) async fn pending(conn: &mut Conn, group: GroupId, id: JoinRequestId) -> Result<JoinRequest> {
    let found: Option<(JoinRequestRow, UserRow)> = join_requests::table
        .inner_join(users::table.on(users::id.eq(join_requests::user_id)))
        .filter(join_requests::id.eq(Id::from(id)))
        .filter(join_requests::group_id.eq(Id::from(group)))
        .select((JoinRequestRow::as_select(), UserRow::as_select()))
        .first(conn)
        .await
        .optional()?;
    let (row, user) = found.ok_or(Refusal::NotFound)?;
    match row.status()? {
        JoinRequestStatus::Pending => Ok(row.of(user.try_into()?)?),
        _ => Err(Refusal::NotPending.into()),
    }
}

/// All pending ones, the oldest first.
pub(crate) async fn list(conn: &mut Conn, group: GroupId, page: &PageRequest) -> Result<Page<JoinRequest>> {
    let after = Place::of(page, Place::OLDEST)?;
    let rows: Vec<(JoinRequestRow, UserRow)> = join_requests::table
        .inner_join(users::table.on(users::id.eq(join_requests::user_id)))
        .filter(join_requests::group_id.eq(Id::from(group)))
        .filter(join_requests::status.eq(JoinRequestStatus::Pending.as_str()))
        .filter(join_requests::created_at.ge(after.at))
        .filter(join_requests::created_at.gt(after.at).or(join_requests::id.gt(after.id)))
        .order((join_requests::created_at, join_requests::id))
        .limit(one_more(page.limit))
        .select((JoinRequestRow::as_select(), UserRow::as_select()))
        .load(conn)
        .await?;
    let place = |(row, _): &(JoinRequestRow, UserRow)| Place { at: row.created_at, id: row.id }.cursor();
    let rows = Page::cut(rows, page.limit, place);
    let request = |(row, user): (JoinRequestRow, UserRow)| row.of(user.try_into()?);
    let items = rows.items.into_iter().map(request).collect::<Result<_, Error>>()?;
    Ok(Page { items, next: rows.next })
}

#[diesel::dsl::auto_type]
fn pending_of(group: Id, user: Id) -> _ {
    let pending: &'static str = JoinRequestStatus::Pending.as_str();
    let theirs = join_requests::group_id.eq(group).and(join_requests::user_id.eq(user));
    theirs.and(join_requests::status.eq(pending))
}
