//! Work that is owed: the transactional outbox.

use async_trait::async_trait;
use chatchat_domain::outbox::{Backlog, Claimed, OutboxRepository, Owed};
use chatchat_domain::{Error, Timestamp, WorkId};
use diesel::dsl::min;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, Database};
use crate::sql::fault::Result;
use crate::sql::schema::outbox;
use crate::sql::types::{Id, count};
use crate::sql::work;

pub(crate) struct Outbox {
    pub(crate) db: Database,
}

#[async_trait]
impl OutboxRepository for Outbox {
    async fn owe(&self, owed: Owed) -> Result<(), Error> {
        self.db.write("outbox.owe", owed, |conn, owed| Box::pin(owe(conn, owed))).await
    }

    async fn claim(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Claimed>, Error> {
        let due = self
            .db
            .read("outbox.claim", (now, limit), |conn, (now, limit)| Box::pin(due(conn, *now, *limit)))
            .await?;
        if due.is_empty() {
            return Ok(Vec::new()); // who only looks writes nothing
        }
        self.db
            .write("outbox.claim", (due, until), |conn, (due, until)| {
                Box::pin(async move {
                    let mut claimed = Vec::with_capacity(due.len());
                    for row in due {
                        if claim(conn, row, *until).await? {
                            claimed.extend(row.claimed());
                        }
                    }
                    Ok(claimed)
                })
            })
            .await
    }

    async fn backlog(&self) -> Result<Backlog, Error> {
        self.db.read("outbox.backlog", (), |conn, ()| Box::pin(backlog(conn))).await
    }

    async fn settle(&self, id: WorkId) -> Result<(), Error> {
        self.db.write("outbox.settle", id, |conn, id| Box::pin(take_back(conn, *id))).await
    }

    async fn postpone(&self, claimed: &Claimed, due_at: Timestamp, reason: &str) -> Result<(), Error> {
        self.db
            .write(
                "outbox.postpone",
                (Claim::of(claimed), due_at, reason.to_owned()),
                |conn, (claim, due_at, reason)| {
                    Box::pin(async move {
                        diesel::update(
                            outbox::table.find(claim.id).filter(outbox::attempts.eq(claim.attempt)),
                        )
                        .set((outbox::due_at.eq(due_at.unix_micros()), outbox::last_error.eq(reason)))
                        .execute(conn)
                        .await?;
                        Ok(())
                    })
                },
            )
            .await
    }

    async fn bury(&self, claimed: &Claimed, reason: &str, forget_before: Timestamp) -> Result<(), Error> {
        let payload = work::encode_without_secrets(&claimed.work)?;
        let grave = (Claim::of(claimed), payload, reason.to_owned(), forget_before);
        self.db
            .write("outbox.bury", grave, |conn, (claim, payload, reason, forget_before)| {
                Box::pin(async move {
                    let (dead, last_error) = (outbox::dead.eq(true), outbox::last_error.eq(reason));
                    diesel::update(outbox::table.find(claim.id).filter(outbox::attempts.eq(claim.attempt)))
                        .set((dead, last_error, outbox::payload.eq(payload)))
                        .execute(conn)
                        .await?;
                    let forgotten = outbox::created_at.lt(forget_before.unix_micros());
                    diesel::delete(outbox::table.filter(outbox::dead.eq(true)).filter(forgotten))
                        .execute(conn)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

/// Notes that work is owed, in the transaction of what brings it about. Owing the same again changes nothing.
pub(crate) async fn owe(conn: &mut Conn, owed: &Owed) -> Result<()> {
    let (kind, payload) = work::encode(&owed.work)?;
    diesel::insert_or_ignore_into(outbox::table)
        .values((
            outbox::id.eq(Id::from(owed.id)),
            outbox::kind.eq(kind),
            outbox::payload.eq(payload),
            outbox::created_at.eq(owed.since.unix_micros()),
            outbox::due_at.eq(owed.due_at.unix_micros()),
            outbox::attempts.eq(0_i64),
            outbox::dead.eq(false),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that work is not owed any more.
pub(crate) async fn take_back(conn: &mut Conn, id: WorkId) -> Result<()> {
    diesel::delete(outbox::table.find(Id::from(id))).execute(conn).await?;
    Ok(())
}

async fn backlog(conn: &mut Conn) -> Result<Backlog> {
    let owed = outbox::table.filter(outbox::dead.eq(false));
    let waiting: i64 = owed.count().get_result(conn).await?;
    let untried = owed.filter(outbox::attempts.eq(0)).select(min(outbox::due_at));
    let untried: Option<i64> = untried.first(conn).await?;
    // Each attempt puts off when it is due.
    let tried = owed.filter(outbox::attempts.gt(0)).filter(outbox::kind.ne(work::DUE_LATER));
    let tried: Option<i64> = tried.select(min(outbox::created_at)).first(conn).await?;
    let dead: i64 = outbox::table.filter(outbox::dead.eq(true)).count().get_result(conn).await?;
    let first_due_at = untried.into_iter().chain(tried).min().map(Timestamp::from_unix_micros);
    Ok(Backlog { waiting: count(waiting), first_due_at, dead: count(dead) })
}

/// What is due, but for what a newer version of the program has put here: that is left to it.
async fn due(conn: &mut Conn, now: Timestamp, limit: u32) -> Result<Vec<DueRow>> {
    let due = outbox::table
        .filter(outbox::dead.eq(false))
        .filter(outbox::due_at.le(now.unix_micros()))
        .filter(outbox::kind.eq_any(work::KINDS))
        .order((outbox::due_at, outbox::id))
        .limit(limit.into())
        .select(DueRow::as_select());
    Ok(due.load(conn).await?)
}

/// False if somebody else was faster: they have counted an attempt, or are done with it.
async fn claim(conn: &mut Conn, due: &DueRow, until: Timestamp) -> Result<bool> {
    let unchanged = outbox::attempts.eq(due.attempts).and(outbox::due_at.eq(due.due_at));
    let changed = diesel::update(outbox::table.find(due.id).filter(unchanged).filter(outbox::dead.eq(false)))
        .set((outbox::attempts.eq(due.attempts + 1), outbox::due_at.eq(until.unix_micros())))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct DueRow {
    id: Id,
    kind: String,
    payload: String,
    created_at: i64,
    due_at: i64,
    attempts: i64,
}

impl DueRow {
    /// The work as whoever has claimed it sees it; none if it makes no sense, which is told each time it is due.
    fn claimed(&self) -> Option<Claimed> {
        let work = work::decode(&self.kind, &self.payload);
        let work = work
            .inspect_err(|error| tracing::error!(id = %self.id, %error, "owed work is not known"))
            .ok()?;
        Some(Claimed {
            id: self.id.into(),
            work,
            since: Timestamp::from_unix_micros(self.created_at),
            attempt: u32::try_from(self.attempts + 1).unwrap_or(u32::MAX),
        })
    }
}

/// What tells one claim from all others.
struct Claim {
    id: Id,
    attempt: i64,
}

impl Claim {
    fn of(claimed: &Claimed) -> Self {
        Self { id: claimed.id.into(), attempt: claimed.attempt.into() }
    }
}
