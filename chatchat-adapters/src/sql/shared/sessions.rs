//! Sessions: opened, used, refreshed, ended. An ended session's row is deleted.

use async_trait::async_trait;
use chatchat_domain::event::{Committed, News};
use chatchat_domain::page::{Page, PageRequest};
use chatchat_domain::session::{Client, NewSession, Refreshed, Rotation, Session, SessionRepository};
use chatchat_domain::{Error, Refusal, SessionId, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, Database, dialect, journal};
use crate::sql::fault::Result;
use crate::sql::keyset::{Place, one_more};
use crate::sql::schema::{sessions, users};
use crate::sql::types::Id;

/// How many ids stand in one query.
const IDS_AT_ONCE: usize = 500;

pub(crate) struct Sessions {
    pub(crate) db: Database,
}

#[async_trait]
impl SessionRepository for Sessions {
    async fn open(&self, session: NewSession) -> Result<(), Error> {
        self.db.write("sessions.open", session, |conn, session| Box::pin(insert(conn, session))).await
    }

    async fn last_seen(&self, session: SessionId, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        self.db
            .read("sessions.last_seen", (session, now), |conn, (session, now)| {
                Box::pin(async move {
                    let seen = sessions::table
                        .find(Id::from(*session))
                        .filter(sessions::expires_at.gt(now.unix_micros()))
                        .select(sessions::last_seen_at)
                        .first(conn)
                        .await
                        .optional()?;
                    Ok(seen.map(Timestamp::from_unix_micros))
                })
            })
            .await
    }

    async fn living(&self, some: &[SessionId], now: Timestamp) -> Result<Vec<SessionId>, Error> {
        let ids: Vec<Id> = some.iter().copied().map(Id::from).collect();
        self.db
            .read("sessions.living", (ids, now), |conn, (ids, now)| {
                Box::pin(async move {
                    let mut living = Vec::with_capacity(ids.len());
                    for ids in ids.chunks(IDS_AT_ONCE) {
                        let found: Vec<Id> = sessions::table
                            .filter(sessions::id.eq_any(ids.to_vec()))
                            .filter(sessions::expires_at.gt(now.unix_micros()))
                            .select(sessions::id)
                            .load(conn)
                            .await?;
                        living.extend(found.into_iter().map(SessionId::from));
                    }
                    Ok(living)
                })
            })
            .await
    }

    async fn rotate(&self, rotation: Rotation) -> Result<Committed<Refreshed>, Error> {
        self.db.write("sessions.rotate", rotation, |conn, rotation| Box::pin(rotate(conn, rotation))).await
    }

    async fn end(&self, owner: UserId, session: SessionId) -> Result<Committed<bool>, Error> {
        self.db
            .write("sessions.end", (owner, session), |conn, (owner, session)| {
                Box::pin(async move {
                    let theirs = sessions::table
                        .filter(sessions::id.eq(Id::from(*session)))
                        .filter(sessions::user_id.eq(Id::from(*owner)));
                    if diesel::delete(theirs).execute(conn).await? == 0 {
                        return Ok(Committed::quietly(false));
                    }
                    let event = journal::personal(conn, *owner, News::SessionEnded(*session)).await?;
                    Ok(Committed { value: true, events: vec![event] })
                })
            })
            .await
    }

    async fn list(&self, owner: UserId, now: Timestamp, page: PageRequest) -> Result<Page<Session>, Error> {
        let after = Place::of(&page, Place::NEWEST)?;
        self.db
            .read("sessions.list", (owner, now, page, after), |conn, (owner, now, page, after)| {
                Box::pin(async move {
                    let rows = sessions::table
                        .filter(sessions::user_id.eq(Id::from(*owner)))
                        .filter(sessions::expires_at.gt(now.unix_micros()))
                        .filter(sessions::created_at.le(after.at))
                        .filter(sessions::created_at.lt(after.at).or(sessions::id.lt(after.id)))
                        .order((sessions::created_at.desc(), sessions::id.desc()))
                        .limit(one_more(page.limit))
                        .select(SessionRow::as_select())
                        .load(conn)
                        .await?;
                    Ok(Page::cut(rows, page.limit, |row| row.place().cursor()).map(Session::from))
                })
            })
            .await
    }

    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u32, Error> {
        self.db
            .write("sessions.sweep", (now, limit), |conn, (now, limit)| {
                Box::pin(async move {
                    let expired = sessions::expires_at.le(now.unix_micros());
                    let oldest = sessions::table.filter(expired).order(sessions::expires_at);
                    let ids: Vec<Id> = oldest.limit((*limit).into()).select(sessions::id).load(conn).await?;
                    let these = sessions::table.filter(sessions::id.eq_any(ids)).filter(expired);
                    let swept = diesel::delete(these).execute(conn).await?;
                    Ok(u32::try_from(swept).unwrap_or(u32::MAX))
                })
            })
            .await
    }

    async fn touch(&self, session: SessionId, now: Timestamp) -> Result<(), Error> {
        self.db
            .write("sessions.touch", (session, now.unix_micros()), |conn, (session, now)| {
                Box::pin(async move {
                    let earlier = sessions::table
                        .filter(sessions::id.eq(Id::from(*session)))
                        .filter(sessions::last_seen_at.lt(*now));
                    diesel::update(earlier).set(sessions::last_seen_at.eq(*now)).execute(conn).await?;
                    Ok(())
                })
            })
            .await
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    id: Id,
    user_id: Id,
    device: Option<String>,
    ip: String,
    created_at: i64,
    last_seen_at: i64,
}

impl SessionRow {
    fn place(&self) -> Place {
        Place { at: self.created_at, id: self.id }
    }
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id.into(),
            user: row.user_id.into(),
            client: Client { device: row.device, ip: row.ip },
            created_at: Timestamp::from_unix_micros(row.created_at),
            last_seen_at: Timestamp::from_unix_micros(row.last_seen_at),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct TokenRow {
    user_id: Id,
    refresh_hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    rotated_at: Option<i64>,
    rotated_ip: Option<String>,
}

impl TokenRow {
    /// Whether this is the very client that has just rotated, asking again.
    fn is_retried_by(&self, rotation: &Rotation) -> bool {
        let in_grace = self
            .rotated_at
            .is_some_and(|at| rotation.now.since(Timestamp::from_unix_micros(at)) < rotation.grace);
        let same_token = self.previous_hash.as_deref() == Some(rotation.presented.as_slice());
        in_grace && same_token && self.rotated_ip.as_deref() == Some(rotation.ip.as_str())
    }
}

/// Opens the session, and forgets those of the same person that have expired. Every way to log in leads here.
///
/// # Errors
/// [`Refusal::Suspended`]; [`Refusal::InvalidCredentials`] when the account is closed.
pub(crate) async fn insert(conn: &mut Conn, session: &NewSession) -> Result<()> {
    let user = Id::from(session.user);
    ensure_admitted(conn, user).await?;
    let now = session.created_at.unix_micros();
    let expired = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::expires_at.le(now));
    diesel::delete(expired).execute(conn).await?;
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(Id::from(session.id)),
            sessions::user_id.eq(user),
            sessions::device.eq(session.client.device.as_deref()),
            sessions::ip.eq(session.client.ip.as_str()),
            sessions::refresh_hash.eq(session.refresh_hash.as_slice()),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::expires_at.eq(session.expires_at.unix_micros()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// That the person may log in, until the transaction ends.
async fn ensure_admitted(conn: &mut Conn, user: Id) -> Result<()> {
    dialect::lock_users(conn, [user, user]).await?;
    let open = users::table.find(user).filter(users::closed_at.is_null()).select(users::suspended_at);
    match open.first::<Option<i64>>(conn).await.optional()? {
        Some(None) => Ok(()),
        Some(Some(_)) => Err(Refusal::Suspended.into()),
        None => Err(Refusal::InvalidCredentials.into()),
    }
}

/// Ends the person's sessions but for one; those that had not expired at `now`, the oldest first.
pub(crate) async fn end_all_but(
    conn: &mut Conn,
    user: UserId,
    keep: Option<SessionId>,
    now: Timestamp,
) -> Result<Vec<SessionId>> {
    let kept = keep.map_or(Id::LOWEST, Id::from);
    let others: Vec<(Id, i64)> = sessions::table
        .filter(sessions::user_id.eq(Id::from(user)))
        .filter(sessions::id.ne(kept))
        .order((sessions::created_at, sessions::id))
        .select((sessions::id, sessions::expires_at))
        .load(conn)
        .await?;
    // Just these: one that is opened meanwhile would end without anybody being told.
    for (id, _) in &others {
        diesel::delete(sessions::table.find(id)).execute(conn).await?;
    }
    let living = others.into_iter().filter(|(_, expires_at)| *expires_at > now.unix_micros());
    Ok(living.map(|(id, _)| id.into()).collect())
}

async fn rotate(conn: &mut Conn, rotation: &Rotation) -> Result<Committed<Refreshed>> {
    dialect::lock_session(conn, rotation.session.into()).await?;
    let session = sessions::table.find(Id::from(rotation.session));
    let living = session.filter(sessions::expires_at.gt(rotation.now.unix_micros()));
    let Some(known) = living.select(TokenRow::as_select()).first(conn).await.optional()? else {
        return Ok(Committed::quietly(Refreshed::Unknown));
    };
    let user = UserId::from(known.user_id);
    if known.refresh_hash == rotation.presented {
        diesel::update(session)
            .set((
                sessions::refresh_hash.eq(rotation.successor.as_slice()),
                sessions::previous_hash.eq(rotation.presented.as_slice()),
                sessions::rotated_at.eq(rotation.now.unix_micros()),
                sessions::rotated_ip.eq(rotation.ip.as_str()),
                sessions::last_seen_at.eq(rotation.now.unix_micros()),
                sessions::expires_at.eq(rotation.expires_at.unix_micros()),
            ))
            .execute(conn)
            .await?;
        return Ok(Committed::quietly(Refreshed::Rotated { user }));
    }
    if known.is_retried_by(rotation) {
        return Ok(Committed::quietly(Refreshed::Rotated { user }));
    }
    diesel::delete(session).execute(conn).await?;
    let event = journal::personal(conn, user, News::SessionEnded(rotation.session)).await?;
    Ok(Committed { value: Refreshed::Reused, events: vec![event] })
}
