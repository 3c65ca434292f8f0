//! What operators see and do, and the log of it.

use std::collections::HashMap;

use async_trait::async_trait;
use chatchat_domain::admin::{AdminRepository, AuditEntry, Note, Operator, OwedWork, PeopleQuery, Person};
use chatchat_domain::event::Committed;
use chatchat_domain::group::Group;
use chatchat_domain::page::{Page, PageRequest};
use chatchat_domain::text::Query;
use chatchat_domain::{Error, GroupId, Refusal, SessionId, Timestamp, UserId, WorkId};
use diesel::backend::Backend;
use diesel::dsl::AsSelect;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, Database, accounts, dialect, group_lists, groups, memberships, views};
use crate::sql::fault::Result;
use crate::sql::keyset::{Ranked, below, one_more};
use crate::sql::rows::{AccountRow, GroupRow};
use crate::sql::schema::{audit, groups as group_rows, outbox, users};
use crate::sql::search::Patterns;
use crate::sql::types::Id;
use crate::sql::work;
use crate::stored::sound;

pub(crate) struct Admin {
    pub(crate) db: Database,
}

#[async_trait]
impl AdminRepository for Admin {
    async fn people(&self, query: Option<PeopleQuery>, page: PageRequest) -> Result<Page<Person>, Error> {
        let Some(PeopleQuery { name, email }) = query else {
            let before = below(&page)?;
            return self
                .db
                .read("admin.people", (before, page), |conn, (before, page)| {
                    Box::pin(newest_people(conn, *before, page))
                })
                .await;
        };
        let wanted = (Patterns::of(&name), email.map(|email| email.key()), Ranked::of(&page)?, page);
        self.db
            .read("admin.people", wanted, |conn, (patterns, by_email, after, page)| {
                Box::pin(async move {
                    let found = accounts::search(conn, patterns, by_email.as_deref(), *after, page).await?;
                    let ids = found.items.iter().map(|user| user.id.into()).collect();
                    let mut people = people(conn, ids).await?;
                    let items =
                        found.items.iter().filter_map(|user| people.remove(&user.id.into())).collect();
                    Ok(Page { items, next: found.next })
                })
            })
            .await
    }

    async fn person(&self, user: UserId) -> Result<Person, Error> {
        self.db.read("admin.person", user, |conn, user| Box::pin(person(conn, *user))).await
    }

    async fn suspend(&self, user: UserId, note: Note) -> Result<Committed<Vec<SessionId>>, Error> {
        self.db
            .write("admin.suspend", (user, note), |conn, (user, note)| {
                Box::pin(async move {
                    let known = locked_person(conn, *user).await?;
                    if known.closed_at.is_some() {
                        return Err(Refusal::NotFound.into());
                    }
                    if known.suspended_at.is_some() {
                        return Ok(Committed::quietly(Vec::new()));
                    }
                    set_suspended(conn, *user, Some(note.at)).await?;
                    keep(conn, note).await?;
                    accounts::end_sessions(conn, *user, None, note.at).await
                })
            })
            .await
    }

    async fn reinstate(&self, user: UserId, note: Note) -> Result<(), Error> {
        self.db
            .write("admin.reinstate", (user, note), |conn, (user, note)| {
                Box::pin(async move {
                    if locked_person(conn, *user).await?.suspended_at.is_none() {
                        return Ok(());
                    }
                    set_suspended(conn, *user, None).await?;
                    keep(conn, note).await
                })
            })
            .await
    }

    async fn end_sessions(&self, user: UserId, note: Note) -> Result<Committed<Vec<SessionId>>, Error> {
        self.db
            .write("admin.end_sessions", (user, note), |conn, (user, note)| {
                Box::pin(async move {
                    locked_person(conn, *user).await?;
                    let ended = accounts::end_sessions(conn, *user, None, note.at).await?;
                    if !ended.value.is_empty() {
                        keep(conn, note).await?;
                    }
                    Ok(ended)
                })
            })
            .await
    }

    async fn groups(&self, query: Option<Query>, page: PageRequest) -> Result<Page<Group>, Error> {
        let Some(query) = query else {
            let before = below(&page)?;
            return self
                .db
                .read("admin.groups", (before, page), |conn, (before, page)| {
                    Box::pin(newest_groups(conn, *before, page))
                })
                .await;
        };
        self.db
            .read(
                "admin.groups",
                (Patterns::of(&query), Ranked::of(&page)?, page),
                |conn, (patterns, after, page)| {
                    Box::pin(async move {
                        let found = group_lists::search(conn, None, patterns, *after, page.limit).await?;
                        Ok(found.map(|view| view.group))
                    })
                },
            )
            .await
    }

    async fn group(&self, group: GroupId) -> Result<Group, Error> {
        self.db.read("admin.group", group, |conn, group| Box::pin(group_of(conn, *group))).await
    }

    async fn delete_group(&self, group: GroupId, note: Note) -> Result<Committed<()>, Error> {
        self.db
            .write("admin.delete_group", (group, note), |conn, (group, note)| {
                Box::pin(async move {
                    let (journal, row) = groups::open(conn, *group).await?;
                    keep(conn, note).await?;
                    Ok(Committed { value: (), events: groups::delete(conn, journal, row, note.at).await? })
                })
            })
            .await
    }

    async fn transfer_group(
        &self,
        group: GroupId,
        new_owner: UserId,
        note: Note,
    ) -> Result<Committed<Group>, Error> {
        self.db
            .write("admin.transfer_group", (group, new_owner, note), |conn, (group, new_owner, note)| {
                Box::pin(async move {
                    let (journal, row) = groups::open(conn, *group).await?;
                    let events = memberships::hand_over(conn, journal, row, *new_owner, note.at).await?;
                    if !events.is_empty() {
                        keep(conn, note).await?;
                    }
                    Ok(Committed { value: group_of(conn, *group).await?, events })
                })
            })
            .await
    }

    async fn work(&self, dead: bool, page: PageRequest) -> Result<Page<OwedWork>, Error> {
        let before = below(&page)?;
        self.db
            .read("admin.work", (dead, before, page), |conn, (dead, before, page)| {
                Box::pin(async move {
                    let rows = outbox::table
                        .filter(outbox::dead.eq(*dead))
                        .filter(outbox::id.lt(before))
                        .order(outbox::id.desc())
                        .limit(one_more(page.limit))
                        .select(WorkRow::as_select())
                        .load(conn)
                        .await?;
                    Ok(Page::cut(rows, page.limit, |row| row.id.cursor()).map(OwedWork::from))
                })
            })
            .await
    }

    async fn retry(&self, id: WorkId, note: Note) -> Result<(), Error> {
        self.db
            .write("admin.retry", (id, note), |conn, (id, note)| {
                Box::pin(async move {
                    let row = outbox::table.find(Id::from(*id));
                    let known: Option<(String, bool)> =
                        row.select((outbox::kind, outbox::dead)).first(conn).await.optional()?;
                    let (kind, dead) = known.ok_or(Refusal::NotFound)?;
                    if dead && work::holds_secrets(&kind) {
                        return Err(Refusal::TooLate.into());
                    }
                    diesel::update(row).set(outbox::due_at.eq(note.at.unix_micros())).execute(conn).await?;
                    if dead {
                        let anew = (outbox::dead.eq(false), outbox::attempts.eq(0_i64));
                        diesel::update(row).set(anew).execute(conn).await?;
                    }
                    keep(conn, note).await
                })
            })
            .await
    }

    async fn note(&self, note: Note) -> Result<(), Error> {
        self.db.write("admin.note", note, |conn, note| Box::pin(keep(conn, note))).await
    }

    async fn audit(&self, page: PageRequest) -> Result<Page<AuditEntry>, Error> {
        let before = below(&page)?;
        self.db
            .read("admin.audit", (before, page), |conn, (before, page)| {
                Box::pin(async move {
                    let rows = audit::table
                        .filter(audit::id.lt(before))
                        .order(audit::id.desc())
                        .limit(one_more(page.limit))
                        .select(AuditRow::as_select())
                        .load(conn)
                        .await?;
                    let page = Page::cut(rows, page.limit, |row| row.id.cursor());
                    let items = page.items.into_iter().map(AuditEntry::try_from);
                    Ok(Page { items: items.collect::<Result<_, Error>>()?, next: page.next })
                })
            })
            .await
    }
}

/// Appends to the log, in the transaction of what is noted.
async fn keep(conn: &mut Conn, note: &Note) -> Result<()> {
    diesel::insert_into(audit::table)
        .values((
            audit::id.eq(Id::from(note.id)),
            audit::at.eq(note.at.unix_micros()),
            audit::operator.eq(note.operator.as_str()),
            audit::action.eq(note.action.name()),
            audit::subject.eq(note.action.subject()),
            audit::detail.eq(note.action.detail()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

async fn set_suspended(conn: &mut Conn, user: UserId, since: Option<Timestamp>) -> Result<()> {
    let since = users::suspended_at.eq(since.map(Timestamp::unix_micros));
    diesel::update(users::table.find(Id::from(user))).set(since).execute(conn).await?;
    Ok(())
}

/// The person, about whom nobody else may decide until the transaction ends.
async fn locked_person(conn: &mut Conn, user: UserId) -> Result<Person> {
    dialect::lock_users(conn, [user.into(), user.into()]).await?;
    person(conn, user).await
}

async fn person(conn: &mut Conn, user: UserId) -> Result<Person> {
    let found = people(conn, vec![user.into()]).await?.into_values().next();
    Ok(found.ok_or(Refusal::NotFound)?)
}

async fn people(conn: &mut Conn, ids: Vec<Id>) -> Result<HashMap<Id, Person>> {
    let rows = users::table.filter(users::id.eq_any(ids)).select(PersonRow::columns());
    let rows: Vec<PersonRow> = rows.load(conn).await?;
    let people = rows.into_iter().map(Person::try_from);
    let people = people.map(|person| person.map(|person| (person.account.user.id.into(), person)));
    Ok(people.collect::<Result<_, Error>>()?)
}

async fn newest_people(conn: &mut Conn, before: Id, page: &PageRequest) -> Result<Page<Person>> {
    let rows: Vec<PersonRow> = users::table
        .filter(users::id.lt(before))
        .order(users::id.desc())
        .limit(one_more(page.limit))
        .select(PersonRow::columns())
        .load(conn)
        .await?;
    let people = rows.into_iter().map(Person::try_from).collect::<Result<_, Error>>()?;
    Ok(Page::cut(people, page.limit, |person: &Person| Id::from(person.account.user.id).cursor()))
}

async fn newest_groups(conn: &mut Conn, before: Id, page: &PageRequest) -> Result<Page<Group>> {
    let rows: Vec<GroupRow> = group_rows::table
        .filter(group_rows::id.lt(before))
        .order(group_rows::id.desc())
        .limit(one_more(page.limit))
        .select(GroupRow::as_select())
        .load(conn)
        .await?;
    let groups = rows.into_iter().map(Group::try_from).collect::<Result<_, Error>>()?;
    Ok(Page::cut(groups, page.limit, |group: &Group| Id::from(group.id).cursor()))
}

async fn group_of(conn: &mut Conn, group: GroupId) -> Result<Group> {
    Ok(views::group_row(conn, group).await?.try_into()?)
}

#[derive(Queryable)]
struct PersonRow {
    account: AccountRow,
    suspended_at: Option<i64>,
    closed_at: Option<i64>,
}

impl PersonRow {
    fn columns<DB: Backend>() -> (AsSelect<AccountRow, DB>, users::suspended_at, users::closed_at) {
        (AccountRow::as_select(), users::suspended_at, users::closed_at)
    }
}

impl TryFrom<PersonRow> for Person {
    type Error = Error;

    fn try_from(row: PersonRow) -> Result<Self, Error> {
        Ok(Self {
            account: row.account.try_into()?,
            suspended_at: row.suspended_at.map(Timestamp::from_unix_micros),
            closed_at: row.closed_at.map(Timestamp::from_unix_micros),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct WorkRow {
    id: Id,
    kind: String,
    payload: String,
    created_at: i64,
    due_at: i64,
    attempts: i64,
    last_error: Option<String>,
    dead: bool,
}

impl From<WorkRow> for OwedWork {
    fn from(row: WorkRow) -> Self {
        Self {
            id: row.id.into(),
            subject: work::subject(&row.payload),
            kind: row.kind,
            since: Timestamp::from_unix_micros(row.created_at),
            due_at: Timestamp::from_unix_micros(row.due_at),
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            dead: row.dead,
            last_error: row.last_error,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit)]
struct AuditRow {
    id: Id,
    at: i64,
    operator: String,
    action: String,
    subject: Option<String>,
    detail: Option<String>,
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = Error;

    fn try_from(row: AuditRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            at: Timestamp::from_unix_micros(row.at),
            operator: sound(Operator::new(&row.operator))?,
            action: row.action,
            subject: row.subject,
            detail: row.detail,
        })
    }
}
