//! Friends: requests, answers, lists.

use async_trait::async_trait;
use chatchat_domain::account::User;
use chatchat_domain::event::{Committed, Event, News};
use chatchat_domain::friend::{
    Answer, Asked, Direction, Friend, FriendRepository, FriendRequest, FriendRequestStatus, NewFriendRequest,
    Remark,
};
use chatchat_domain::page::{Page, PageRequest};
use chatchat_domain::{Error, FriendRequestId, Refusal, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::friendship::{self, FriendRequestRow};
use super::{Conn, Database, blocks, journal, views};
use crate::sql::fault::Result;
use crate::sql::keyset::{Place, one_more};
use crate::sql::rows::UserRow;
use crate::sql::schema::{blocks as block_rows, friend_requests, friendships, users};
use crate::sql::types::Id;
use crate::stored::sound;

pub(crate) struct Friends {
    pub(crate) db: Database,
}

#[async_trait]
impl FriendRepository for Friends {
    async fn ask(&self, request: NewFriendRequest) -> Result<Committed<Asked>, Error> {
        self.db.write("friends.ask", request, |conn, request| Box::pin(ask(conn, request))).await
    }

    async fn accept(
        &self,
        caller: UserId,
        request: FriendRequestId,
        now: Timestamp,
    ) -> Result<Committed<Friend>, Error> {
        self.db
            .write("friends.accept", (caller, request, now), |conn, (caller, request, now)| {
                Box::pin(async move {
                    let request = find_request(conn, *request).await?;
                    if request.to_id != (*caller).into() {
                        return Err(Refusal::NotFound.into());
                    }
                    ensure_seen(conn, *caller, &request).await?;
                    let pair = friendship::lock_pair(conn, *caller, request.from_id.into()).await?;
                    ensure_pending(conn, &request).await?;
                    let events = friendship::befriend(conn, &pair, *now).await?;
                    let [_, friend] = pair;
                    Ok(Committed { value: friendship::as_friend(*caller, friend, *now, None), events })
                })
            })
            .await
    }

    async fn answer(
        &self,
        caller: UserId,
        request: FriendRequestId,
        answer: Answer,
    ) -> Result<Committed<FriendRequest>, Error> {
        self.db
            .write("friends.answer", (caller, request, answer), |conn, (caller, request, answer)| {
                Box::pin(async move {
                    let request = find_request(conn, *request).await?;
                    let (concerned, status) = match answer {
                        Answer::Decline => (request.to_id, FriendRequestStatus::Declined),
                        Answer::Cancel => (request.from_id, FriendRequestStatus::Cancelled),
                    };
                    if concerned != (*caller).into() {
                        return Err(Refusal::NotFound.into());
                    }
                    ensure_seen(conn, *caller, &request).await?;
                    let [from, to] =
                        friendship::lock_pair(conn, request.from_id.into(), request.to_id.into()).await?;
                    ensure_pending(conn, &request).await?;
                    let request = friendship::set_status(conn, request, status).await?.between(&from, &to)?;
                    let events = tell_both(conn, &request).await?;
                    Ok(Committed { value: request, events })
                })
            })
            .await
    }

    async fn pending(
        &self,
        user: UserId,
        direction: Direction,
        page: PageRequest,
    ) -> Result<Page<FriendRequest>, Error> {
        let after = Place::of(&page, Place::NEWEST)?;
        self.db
            .read(
                "friends.pending",
                (user, direction, page, after),
                |conn, (user, direction, page, after)| {
                    Box::pin(async move {
                        let rows = match direction {
                            Direction::Incoming => {
                                incoming(conn, *user, *after, one_more(page.limit)).await?
                            }
                            Direction::Outgoing => {
                                outgoing(conn, *user, *after, one_more(page.limit)).await?
                            }
                        };
                        let rows = Page::cut(rows, page.limit, |(request, _)| {
                            Place { at: request.created_at, id: request.id }.cursor()
                        });
                        let me = views::user(conn, *user).await?;
                        let with = |(request, other): (FriendRequestRow, UserRow)| {
                            request.between(&me, &User::try_from(other)?)
                        };
                        let items = rows.items.into_iter().map(with).collect::<Result<_, Error>>()?;
                        Ok(Page { items, next: rows.next })
                    })
                },
            )
            .await
    }

    async fn friends(&self, user: UserId, page: PageRequest) -> Result<Page<Friend>, Error> {
        let after = Place::of(&page, Place::NEWEST)?;
        self.db
            .read("friends.friends", (user, page, after), |conn, (user, page, after)| {
                Box::pin(async move {
                    let rows: Vec<(FriendshipRow, UserRow)> = friendships::table
                        .inner_join(users::table.on(users::id.eq(friendships::friend_id)))
                        .filter(friendships::user_id.eq(Id::from(*user)))
                        .filter(friendships::since.le(after.at))
                        .filter(friendships::since.lt(after.at).or(friendships::friend_id.lt(after.id)))
                        .order((friendships::since.desc(), friendships::friend_id.desc()))
                        .limit(one_more(page.limit))
                        .select((FriendshipRow::as_select(), UserRow::as_select()))
                        .load(conn)
                        .await?;
                    let rows = Page::cut(rows, page.limit, |(friendship, row)| {
                        Place { at: friendship.since, id: row.id }.cursor()
                    });
                    let friend =
                        |(friendship, row): (FriendshipRow, UserRow)| friendship.with(*user, row.try_into()?);
                    let items = rows.items.into_iter().map(friend).collect::<Result<_, Error>>()?;
                    Ok(Page { items, next: rows.next })
                })
            })
            .await
    }

    async fn unfriend(&self, user: UserId, friend: UserId) -> Result<Committed<()>, Error> {
        self.db
            .write("friends.unfriend", (user, friend), |conn, (user, friend)| {
                Box::pin(async move {
                    let events = friendship::part(conn, *user, *friend).await?;
                    Ok(Committed { value: (), events })
                })
            })
            .await
    }

    async fn set_remark(
        &self,
        user: UserId,
        friend: UserId,
        change: Option<Option<Remark>>,
    ) -> Result<Committed<Friend>, Error> {
        self.db
            .write("friends.set_remark", (user, friend, change), |conn, (user, friend, change)| {
                Box::pin(set_remark(conn, *user, *friend, change.as_ref()))
            })
            .await
    }

    async fn block(&self, user: UserId, other: UserId, now: Timestamp) -> Result<Committed<()>, Error> {
        self.db
            .write("friends.block", (user, other, now), |conn, (user, other, now)| {
                Box::pin(async move {
                    let events = blocks::block(conn, *user, *other, *now).await?;
                    Ok(Committed { value: (), events })
                })
            })
            .await
    }

    async fn unblock(&self, user: UserId, other: UserId) -> Result<Committed<()>, Error> {
        self.db
            .write("friends.unblock", (user, other), |conn, (user, other)| {
                Box::pin(async move {
                    let events = blocks::unblock(conn, *user, *other).await?;
                    Ok(Committed { value: (), events })
                })
            })
            .await
    }

    async fn blocks(&self, user: UserId, page: PageRequest) -> Result<Page<User>, Error> {
        self.db
            .read("friends.blocks", (user, page), |conn, (user, page)| {
                Box::pin(blocks::list(conn, *user, page))
            })
            .await
    }

    async fn friend_ids(&self, user: UserId) -> Result<Vec<UserId>, Error> {
        self.db
            .read("friends.friend_ids", user, |conn, user| {
                Box::pin(async move {
                    let ids: Vec<Id> = friendships::table
                        .filter(friendships::user_id.eq(Id::from(*user)))
                        .select(friendships::friend_id)
                        .load(conn)
                        .await?;
                    Ok(ids.into_iter().map(UserId::from).collect())
                })
            })
            .await
    }
}

async fn ask(conn: &mut Conn, new: &NewFriendRequest) -> Result<Committed<Asked>> {
    let pair = friendship::lock_pair(conn, new.from, new.to).await?;
    let [from, to] = &pair;
    if friendship::are_friends(conn, from.id, to.id).await? {
        return Err(Refusal::AlreadyFriends.into());
    }
    if let Some(pending) = friendship::pending_request(conn, from.id, to.id).await? {
        return Ok(Committed::quietly(Asked::Pending(pending.between(from, to)?)));
    }
    let closed = users::table.find(Id::from(to.id)).filter(users::closed_at.is_not_null());
    if closed.select(users::id).first::<Id>(conn).await.optional()?.is_some() {
        return Err(Refusal::NotFound.into());
    }
    if blocks::blocks(conn, from.id, to.id).await? {
        return Err(Refusal::Blocked.into());
    }
    let crossing = friendship::pending_request(conn, to.id, from.id).await?.is_some();
    let row = FriendRequestRow::pending(new);
    diesel::insert_into(friend_requests::table).values(row.clone()).execute(conn).await?;
    let mut request = row.between(from, to)?;
    let events = if crossing {
        request.status = FriendRequestStatus::Accepted;
        friendship::befriend(conn, &pair, new.now).await?
    } else {
        tell_both(conn, &request).await?
    };
    Ok(Committed { value: Asked::Made(request), events })
}

async fn set_remark(
    conn: &mut Conn,
    user: UserId,
    friend: UserId,
    change: Option<&Option<Remark>>,
) -> Result<Committed<Friend>> {
    let [_, other] = friendship::lock_pair(conn, user, friend).await?;
    let theirs = friendships::table.find((Id::from(user), Id::from(friend)));
    let row = theirs.select(FriendshipRow::as_select()).first(conn).await.optional()?;
    let mut friend = row.ok_or(Refusal::NotFound)?.with(user, other)?;
    let Some(remark) = change else { return Ok(Committed::quietly(friend)) };
    let text = remark.as_ref().map(Remark::as_str);
    diesel::update(theirs).set(friendships::remark.eq(text)).execute(conn).await?;
    friend.remark.clone_from(remark);
    let event = journal::personal(conn, user, News::Friend(friend.clone())).await?;
    Ok(Committed { value: friend, events: vec![event] })
}

async fn find_request(conn: &mut Conn, request: FriendRequestId) -> Result<FriendRequestRow> {
    let request = friend_requests::table.find(Id::from(request)).select(FriendRequestRow::as_select());
    Ok(request.first(conn).await.optional()?.ok_or(Refusal::NotFound)?)
}

/// Must be asked behind the lock of the pair: what was read before may have been answered meanwhile.
async fn ensure_pending(conn: &mut Conn, request: &FriendRequestRow) -> Result<()> {
    match find_request(conn, request.id.into()).await?.status()? {
        FriendRequestStatus::Pending => Ok(()),
        _ => Err(Refusal::NotPending.into()),
    }
}

/// Who blocks the one that asks does not know of the request.
async fn ensure_seen(conn: &mut Conn, caller: UserId, request: &FriendRequestRow) -> Result<()> {
    let is_asked = request.to_id == caller.into();
    if is_asked && blocks::blocks(conn, caller, request.from_id.into()).await? {
        return Err(Refusal::NotFound.into());
    }
    Ok(())
}

/// Tells both of the request, but for who blocks the one that asks.
pub(crate) async fn tell_both(conn: &mut Conn, request: &FriendRequest) -> Result<Vec<Event>> {
    let (from, to) = (request.from.id, request.to.id);
    let mut events = vec![journal::personal(conn, from, News::FriendRequest(request.clone())).await?];
    if !blocks::blocks(conn, to, from).await? {
        events.push(journal::personal(conn, to, News::FriendRequest(request.clone())).await?);
    }
    Ok(events)
}

/// What others ask of `user`, with who asks.
async fn incoming(
    conn: &mut Conn,
    user: UserId,
    after: Place,
    limit: i64,
) -> Result<Vec<(FriendRequestRow, UserRow)>> {
    let of_who_is_blocked = block_rows::user_id
        .eq(friend_requests::to_id)
        .and(block_rows::blocked_id.eq(friend_requests::from_id));
    let pending = friend_requests::table
        .inner_join(users::table.on(users::id.eq(friend_requests::from_id)))
        .left_join(block_rows::table.on(of_who_is_blocked))
        .filter(friend_requests::to_id.eq(Id::from(user)))
        .filter(block_rows::since.is_null())
        .filter(friend_requests::status.eq(FriendRequestStatus::Pending.as_str()))
        .filter(friend_requests::created_at.le(after.at))
        .filter(friend_requests::created_at.lt(after.at).or(friend_requests::id.lt(after.id)))
        .order((friend_requests::created_at.desc(), friend_requests::id.desc()))
        .limit(limit)
        .select((FriendRequestRow::as_select(), UserRow::as_select()));
    Ok(pending.load(conn).await?)
}

/// What `user` asks of others, with who is asked.
async fn outgoing(
    conn: &mut Conn,
    user: UserId,
    after: Place,
    limit: i64,
) -> Result<Vec<(FriendRequestRow, UserRow)>> {
    let pending = friend_requests::table
        .inner_join(users::table.on(users::id.eq(friend_requests::to_id)))
        .filter(friend_requests::from_id.eq(Id::from(user)))
        .filter(friend_requests::status.eq(FriendRequestStatus::Pending.as_str()))
        .filter(friend_requests::created_at.le(after.at))
        .filter(friend_requests::created_at.lt(after.at).or(friend_requests::id.lt(after.id)))
        .order((friend_requests::created_at.desc(), friend_requests::id.desc()))
        .limit(limit)
        .select((FriendRequestRow::as_select(), UserRow::as_select()));
    Ok(pending.load(conn).await?)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = friendships)]
struct FriendshipRow {
    since: i64,
    remark: Option<String>,
}

impl FriendshipRow {
    /// The friend whom `user` has in this person.
    fn with(self, user: UserId, friend: User) -> Result<Friend, Error> {
        let remark = sound(self.remark.map(|remark| Remark::new(&remark)).transpose())?;
        let since = Timestamp::from_unix_micros(self.since);
        Ok(friendship::as_friend(user, friend, since, remark))
    }
}
