//! What befriending and parting do, whichever call brings them about.

use chatchat_domain::account::User;
use chatchat_domain::event::{Event, News, RemovalReason};
use chatchat_domain::friend::{Friend, FriendRequest, FriendRequestStatus, NewFriendRequest, Note, Remark};
use chatchat_domain::group::Role;
use chatchat_domain::ports::PresenceOf;
use chatchat_domain::{ConversationId, Error, Refusal, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, dialect, journal, views};
use crate::sql::fault::Result;
use crate::sql::rows::{ConversationRow, DIRECT, MemberRow};
use crate::sql::schema::{conversations, friend_requests, friendships, members};
use crate::sql::types::Id;
use crate::stored::sound;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = friend_requests)]
pub(crate) struct FriendRequestRow {
    pub(crate) id: Id,
    pub(crate) from_id: Id,
    pub(crate) to_id: Id,
    note: String,
    status: String,
    pub(crate) created_at: i64,
}

impl FriendRequestRow {
    pub(crate) fn pending(request: &NewFriendRequest) -> Self {
        Self {
            id: request.id.into(),
            from_id: request.from.into(),
            to_id: request.to.into(),
            note: request.note.as_str().to_owned(),
            status: FriendRequestStatus::Pending.as_str().to_owned(),
            created_at: request.now.unix_micros(),
        }
    }

    pub(crate) fn status(&self) -> Result<FriendRequestStatus, Error> {
        use FriendRequestStatus::{Accepted, Cancelled, Declined, Pending};
        [Pending, Accepted, Declined, Cancelled]
            .into_iter()
            .find(|status| status.as_str() == self.status)
            .ok_or_else(|| Error::Internal(format!("a stored friend request is {:?}", self.status)))
    }

    /// The request between these two people, whichever of them has asked.
    pub(crate) fn between(self, one: &User, other: &User) -> Result<FriendRequest, Error> {
        let (from, to) = if one.id == self.from_id.into() { (one, other) } else { (other, one) };
        Ok(FriendRequest {
            id: self.id.into(),
            status: self.status()?,
            from: from.clone(),
            to: to.clone(),
            note: sound(Note::new(&self.note))?,
            created_at: Timestamp::from_unix_micros(self.created_at),
        })
    }
}

/// Both people, locked so that only one transaction at a time decides about their friendship.
///
/// # Errors
/// [`Refusal::NotFound`] unless both are there.
pub(crate) async fn lock_pair(conn: &mut Conn, one: UserId, other: UserId) -> Result<[User; 2]> {
    let rows = dialect::lock_users(conn, [one.into(), other.into()]).await?;
    let find = |user: UserId| {
        let row = rows.iter().find(|row| row.id == user.into()).cloned();
        row.ok_or(Error::from(Refusal::NotFound))?.try_into()
    };
    Ok([find(one)?, find(other)?])
}

pub(crate) async fn are_friends(conn: &mut Conn, user: UserId, friend: UserId) -> Result<bool> {
    let friendship = friendships::table.find((Id::from(user), Id::from(friend)));
    let since: Option<i64> = friendship.select(friendships::since).first(conn).await.optional()?;
    Ok(since.is_some())
}

/// The pending request from one to the other.
pub(crate) async fn pending_request(
    conn: &mut Conn,
    from: UserId,
    to: UserId,
) -> Result<Option<FriendRequestRow>> {
    let pending = friend_requests::table
        .filter(friend_requests::from_id.eq(Id::from(from)))
        .filter(friend_requests::to_id.eq(Id::from(to)))
        .filter(friend_requests::status.eq(FriendRequestStatus::Pending.as_str()))
        .select(FriendRequestRow::as_select());
    Ok(pending.first(conn).await.optional()?)
}

/// Gives the request another status.
pub(crate) async fn set_status(
    conn: &mut Conn,
    mut request: FriendRequestRow,
    status: FriendRequestStatus,
) -> Result<FriendRequestRow> {
    request.status = status.as_str().to_owned();
    diesel::update(friend_requests::table.find(request.id))
        .set(friend_requests::status.eq(status.as_str()))
        .execute(conn)
        .await?;
    Ok(request)
}

/// Makes two people friends who are not: their requests, the friendship, their conversation, and the news.
pub(crate) async fn befriend(conn: &mut Conn, pair: &[User; 2], now: Timestamp) -> Result<Vec<Event>> {
    let [one, other] = pair;
    let requests = accept_requests(conn, one, other).await?;
    let conversation = open_conversation(conn, one.id, other.id, now).await?;
    let mut events = Vec::new();
    for (user, friend) in [(one, other), (other, one)] {
        let since = friendships::since.eq(now.unix_micros());
        let (id, friend_id) = (Id::from(user.id), Id::from(friend.id));
        diesel::insert_into(friendships::table)
            .values((friendships::user_id.eq(id), friendships::friend_id.eq(friend_id), since))
            .execute(conn)
            .await?;
        for request in &requests {
            events.push(journal::personal(conn, user.id, News::FriendRequest(request.clone())).await?);
        }
        let new_friend = News::Friend(as_friend(user.id, friend.clone(), now, None));
        events.push(journal::personal(conn, user.id, new_friend).await?);
        let added = views::conversation(conn, user.id, conversation).await?;
        events.push(journal::personal(conn, user.id, News::ConversationAdded(Box::new(added))).await?);
    }
    Ok(events)
}

/// Ends the friendship and closes the conversation.
///
/// # Errors
/// [`Refusal::NotFound`] when the two are not friends.
pub(crate) async fn part(conn: &mut Conn, user: UserId, friend: UserId) -> Result<Vec<Event>> {
    lock_pair(conn, user, friend).await?;
    if !are_friends(conn, user, friend).await? {
        return Err(Refusal::NotFound.into());
    }
    let conversation = ConversationId::direct(user, friend);
    diesel::update(conversations::table.find(Id::from(conversation)))
        .set(conversations::closed.eq(true))
        .execute(conn)
        .await?;
    let mut events = Vec::new();
    for (user, friend) in [(user, friend), (friend, user)] {
        let friendship = friendships::table.find((Id::from(user), Id::from(friend)));
        diesel::delete(friendship).execute(conn).await?;
        events.push(journal::personal(conn, user, News::FriendRemoved(friend)).await?);
        let reason = RemovalReason::Unfriended;
        let removed = News::ConversationRemoved { conversation, reason };
        events.push(journal::personal(conn, user, removed).await?);
    }
    Ok(events)
}

/// How `user` sees their friend; whether the friend is there is not ours to know.
pub(crate) fn as_friend(user: UserId, friend: User, since: Timestamp, remark: Option<Remark>) -> Friend {
    let conversation = ConversationId::direct(user, friend.id);
    Friend { user: friend, remark, conversation, since, presence: PresenceOf::default() }
}

/// Accepts what is pending between the two, the oldest first.
async fn accept_requests(conn: &mut Conn, one: &User, other: &User) -> Result<Vec<FriendRequest>> {
    let mut pending = Vec::new();
    pending.extend(pending_request(conn, one.id, other.id).await?);
    pending.extend(pending_request(conn, other.id, one.id).await?);
    pending.sort_unstable_by_key(|request| (request.created_at, request.id));
    let mut accepted = Vec::with_capacity(pending.len());
    for request in pending {
        let request = set_status(conn, request, FriendRequestStatus::Accepted).await?;
        accepted.push(request.between(one, other)?);
    }
    Ok(accepted)
}

/// Opens the conversation of the two, again if they had one. Neither is a change of its stream.
async fn open_conversation(
    conn: &mut Conn,
    one: UserId,
    other: UserId,
    now: Timestamp,
) -> Result<ConversationId> {
    let conversation = ConversationId::direct(one, other);
    let id = Id::from(conversation);
    let reopened = diesel::update(conversations::table.find(id))
        .set((conversations::closed.eq(false), conversations::last_activity_at.eq(now.unix_micros())))
        .execute(conn)
        .await?;
    if reopened == 0 {
        let row = ConversationRow::new(id, DIRECT, now);
        diesel::insert_into(conversations::table).values(row).execute(conn).await?;
        for user in [one, other] {
            let row = MemberRow::first(id, user.into(), Role::Member, now);
            diesel::insert_into(members::table).values(row).execute(conn).await?;
        }
    }
    Ok(conversation)
}
