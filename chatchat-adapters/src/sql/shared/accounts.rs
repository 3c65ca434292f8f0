//! Accounts: people, their profiles and passwords, and how they are found.

use async_trait::async_trait;
use chatchat_domain::account::{
    Account, AccountRepository, Credentials, EmailAddress, NewAccount, PasswordHash, ProfileChange, User,
    UserName,
};
use chatchat_domain::event::{Committed, News};
use chatchat_domain::outbox::Owed;
use chatchat_domain::page::{Limit, Page, PageRequest};
use chatchat_domain::ports::ObjectKey;
use chatchat_domain::session::NewSession;
use chatchat_domain::text::Query;
use chatchat_domain::{Error, Refusal, SessionId, Timestamp, UserId, WorkId};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_async::RunQueryDsl;

use super::{Conn, Database, dialect, journal, outbox, sessions};
use crate::sql::fault::{Result, is_duplicate};
use crate::sql::keyset::{Ranked, one_more};
use crate::sql::rows::{AccountRow, UserRow};
use crate::sql::schema::{blocks, identities, user_terms, users};
use crate::sql::search::{CONTAINS, EQUAL, Folded, PREFIX, Patterns};
use crate::sql::types::Id;
use crate::stored::sound;

pub(crate) struct Accounts {
    pub(crate) db: Database,
}

#[async_trait]
impl AccountRepository for Accounts {
    async fn create(&self, account: NewAccount, session: NewSession) -> Result<Account, Error> {
        self.db
            .write("accounts.create", (account, session), |conn, (account, session)| {
                Box::pin(async move {
                    insert(conn, account).await?;
                    sessions::insert(conn, session).await?;
                    find(conn, account.id).await
                })
            })
            .await
    }

    async fn account(&self, user: UserId) -> Result<Account, Error> {
        self.db.read("accounts.account", user, |conn, user| Box::pin(find(conn, *user))).await
    }

    async fn credentials(&self, email: &EmailAddress) -> Result<Option<Credentials>, Error> {
        self.db
            .read("accounts.credentials", email.key(), |conn, key| {
                Box::pin(async move {
                    let known = users::table
                        .filter(users::email_key.eq(key.as_str()))
                        .select((users::id, users::password_hash))
                        .first(conn)
                        .await
                        .optional()?;
                    Ok(known.map(credentials))
                })
            })
            .await
    }

    async fn credentials_of(&self, user: UserId) -> Result<Credentials, Error> {
        self.db
            .read("accounts.credentials_of", user, |conn, user| {
                Box::pin(async move {
                    let known = users::table
                        .find(Id::from(*user))
                        .select((users::id, users::password_hash))
                        .first(conn)
                        .await
                        .optional()?;
                    Ok(known.map(credentials).ok_or(Refusal::NotFound)?)
                })
            })
            .await
    }

    async fn change_profile(
        &self,
        user: UserId,
        change: ProfileChange,
        now: Timestamp,
    ) -> Result<Account, Error> {
        self.db
            .write("accounts.change_profile", (user, change, now), |conn, (user, change, now)| {
                Box::pin(async move {
                    change_profile(conn, *user, change, *now).await?;
                    find(conn, *user).await
                })
            })
            .await
    }

    async fn set_password(
        &self,
        user: UserId,
        password: PasswordHash,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Committed<Vec<SessionId>>, Error> {
        self.db
            .write(
                "accounts.set_password",
                (user, password, keep, now),
                |conn, (user, password, keep, now)| {
                    Box::pin(async move {
                        let changed = diesel::update(users::table.find(Id::from(*user)))
                            .set(users::password_hash.eq(password.expose()))
                            .execute(conn)
                            .await?;
                        if changed == 0 {
                            return Err(Refusal::NotFound.into());
                        }
                        end_sessions(conn, *user, *keep, *now).await
                    })
                },
            )
            .await
    }

    async fn close(
        &self,
        user: UserId,
        name: UserName,
        now: Timestamp,
    ) -> Result<Committed<Vec<SessionId>>, Error> {
        self.db
            .write("accounts.close", (user, name, now), |conn, (user, name, now)| {
                Box::pin(async move {
                    close(conn, *user, name, *now).await?;
                    end_sessions(conn, *user, None, *now).await
                })
            })
            .await
    }

    async fn search(
        &self,
        query: &Query,
        email: Option<EmailAddress>,
        page: PageRequest,
    ) -> Result<Page<User>, Error> {
        let after = Ranked::of(&page)?;
        let by_email = email.map(|email| email.key());
        let wanted = (Patterns::of(query), by_email, after, page);
        self.db
            .read("accounts.search", wanted, |conn, (patterns, by_email, after, page)| {
                Box::pin(search(conn, patterns, by_email.as_deref(), *after, page))
            })
            .await
    }
}

/// # Errors
/// [`Refusal::EmailTaken`]: nothing but the address can be there before.
pub(super) async fn insert(conn: &mut Conn, account: &NewAccount) -> Result<()> {
    let folded = Folded::of(account.name.as_str());
    let inserted = diesel::insert_into(users::table)
        .values((
            users::id.eq(Id::from(account.id)),
            users::email.eq(account.email.as_str()),
            users::email_key.eq(account.email.key()),
            users::name.eq(account.name.as_str()),
            users::folded_name.eq(folded.name.as_str()),
            users::folded_length.eq(folded.length),
            users::bio.eq(""),
            users::password_hash.eq(account.password.as_ref().map(PasswordHash::expose)),
            users::rev.eq(0_i64),
            users::created_at.eq(account.created_at.unix_micros()),
        ))
        .execute(conn)
        .await;
    match inserted {
        Ok(_) => insert_terms(conn, account.id.into(), &folded).await,
        Err(error) if is_duplicate(&error) => Err(Refusal::EmailTaken.into()),
        Err(error) => Err(error.into()),
    }
}

async fn insert_terms(conn: &mut Conn, user: Id, folded: &Folded) -> Result<()> {
    for term in &folded.terms {
        diesel::insert_into(user_terms::table)
            .values((user_terms::term.eq(term), user_terms::user_id.eq(user)))
            .execute(conn)
            .await?;
    }
    Ok(())
}

pub(super) async fn find(conn: &mut Conn, user: UserId) -> Result<Account> {
    let row = users::table.find(Id::from(user)).select(AccountRow::as_select()).first(conn).await;
    Ok(row.optional()?.ok_or(Refusal::NotFound)?.try_into()?)
}

fn credentials((user, hash): (Id, Option<String>)) -> Credentials {
    Credentials { user: user.into(), password: hash.map(PasswordHash::new) }
}

async fn change_profile(conn: &mut Conn, user: UserId, change: &ProfileChange, now: Timestamp) -> Result<()> {
    let id = Id::from(user);
    let user = users::table.find(id);
    if let Some(name) = &change.name {
        let folded = Folded::of(name.as_str());
        let name = users::name.eq(name.as_str());
        let folded_name = users::folded_name.eq(folded.name.as_str());
        let folded_length = users::folded_length.eq(folded.length);
        let known = diesel::update(user).set((name, folded_name, folded_length)).execute(conn).await?;
        diesel::delete(user_terms::table.filter(user_terms::user_id.eq(id))).execute(conn).await?;
        if known > 0 {
            insert_terms(conn, id, &folded).await?;
        }
    }
    if let Some(bio) = &change.bio {
        diesel::update(user).set(users::bio.eq(bio.as_str())).execute(conn).await?;
    }
    if let Some(avatar) = &change.avatar {
        change_avatar(conn, id, avatar.as_ref(), now).await?;
    }
    Ok(())
}

/// Puts the new picture to use, and owes the removal of the old one.
async fn change_avatar(conn: &mut Conn, user: Id, new: Option<&ObjectKey>, now: Timestamp) -> Result<()> {
    let known = dialect::lock_users(conn, [user, user]).await?.pop();
    let old = known.and_then(|row| row.avatar).map(|key| key.parse()).transpose();
    if let Some(new) = new {
        outbox::take_back(conn, WorkId::removal_of(new)).await?;
    }
    if let Some(old) = sound(old)? {
        outbox::owe(conn, &Owed::removal(old, now)).await?;
    }
    let key = new.map(ObjectKey::as_str);
    diesel::update(users::table.find(user)).set(users::avatar.eq(key)).execute(conn).await?;
    Ok(())
}

/// Leaves nothing of the account but its id and when it was made.
async fn close(conn: &mut Conn, user: UserId, name: &UserName, now: Timestamp) -> Result<()> {
    let id = Id::from(user);
    change_avatar(conn, id, None, now).await?;
    let folded = Folded::of(name.as_str());
    let nothing: Option<&str> = None;
    let open = users::table.find(id).filter(users::closed_at.is_null());
    let closed = diesel::update(open)
        .set((
            users::name.eq(name.as_str()),
            users::folded_name.eq(folded.name.as_str()),
            users::folded_length.eq(folded.length),
            users::bio.eq(""),
            users::email.eq(nothing),
            users::email_key.eq(nothing),
            users::password_hash.eq(nothing),
            users::closed_at.eq(now.unix_micros()),
        ))
        .execute(conn)
        .await?;
    if closed == 0 {
        return Err(Refusal::NotFound.into());
    }
    diesel::delete(user_terms::table.filter(user_terms::user_id.eq(id))).execute(conn).await?;
    diesel::delete(identities::table.filter(identities::user_id.eq(id))).execute(conn).await?;
    diesel::delete(blocks::table.filter(blocks::user_id.eq(id))).execute(conn).await?;
    outbox::owe(conn, &Owed::departure(user, now)).await
}

/// Ends the person's sessions but for one, and tells them so.
pub(super) async fn end_sessions(
    conn: &mut Conn,
    user: UserId,
    keep: Option<SessionId>,
    now: Timestamp,
) -> Result<Committed<Vec<SessionId>>> {
    let ended = sessions::end_all_but(conn, user, keep, now).await?;
    let mut events = Vec::with_capacity(ended.len());
    for session in &ended {
        events.push(journal::personal(conn, user, News::SessionEnded(*session)).await?);
    }
    Ok(Committed { value: ended, events })
}

/// The owner of the address, then who has a name like this.
pub(super) async fn search(
    conn: &mut Conn,
    patterns: &Patterns,
    by_email: Option<&str>,
    after: Ranked,
    page: &PageRequest,
) -> Result<Page<User>> {
    let owner = match by_email {
        Some(key) => owner_of(conn, key).await?,
        None => None,
    };
    let owner_id = owner.as_ref().map_or(Id::LOWEST, |owner| owner.id);
    let first = owner.filter(|_| page.cursor.is_none()).map(|owner| (after, owner));
    let named = named(conn, patterns, owner_id, after, page.limit).await?;
    let found = first.into_iter().chain(named);
    let found: Vec<(Ranked, User)> =
        found.map(|(place, row)| Ok((place, row.try_into()?))).collect::<Result<_>>()?;
    Ok(Page::cut(found, page.limit, |(place, _)| place.cursor()).map(|(_, user)| user))
}

async fn owner_of(conn: &mut Conn, email_key: &str) -> Result<Option<UserRow>> {
    let owner = users::table.filter(users::email_key.eq(email_key)).select(UserRow::as_select());
    Ok(owner.first(conn).await.optional()?)
}

/// Who has a name like this, the best matches first, but for one person.
async fn named(
    conn: &mut Conn,
    patterns: &Patterns,
    but: Id,
    after: Ranked,
    limit: Limit,
) -> Result<Vec<(Ranked, UserRow)>> {
    let candidates = user_terms::table
        .filter(user_terms::term.between(&patterns.first_term, &patterns.last_term))
        .select(user_terms::user_id);
    let rank = || {
        case_when(users::folded_name.eq(&patterns.equal), EQUAL.into_sql::<Integer>())
            .when(users::folded_name.like(&patterns.prefix).escape('!'), PREFIX.into_sql::<Integer>())
            .otherwise(CONTAINS.into_sql::<Integer>())
    };
    let length_and_id_follow = users::folded_length
        .gt(after.length)
        .or(users::folded_length.eq(after.length).and(users::id.gt(after.id)));
    let found: Vec<(i32, i64, UserRow)> = users::table
        .filter(users::id.eq_any(candidates))
        .filter(users::folded_name.like(&patterns.contains).escape('!'))
        .filter(users::id.ne(but))
        .filter(rank().gt(after.rank).or(rank().eq(after.rank).and(length_and_id_follow)))
        .order((rank(), users::folded_length, users::id))
        .limit(one_more(limit))
        .select((rank(), users::folded_length, UserRow::as_select()))
        .load(conn)
        .await?;
    let placed = |(rank, length, row): (i32, i64, UserRow)| (Ranked { rank, length, id: row.id }, row);
    Ok(found.into_iter().map(placed).collect())
}
