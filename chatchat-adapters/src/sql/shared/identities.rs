//! Identities: who is who at third parties, and whose account that is.

use async_trait::async_trait;
use chatchat_domain::account::{Account, EmailAddress, NewAccount, UserName};
use chatchat_domain::identity::{
    Claims, ExternalSubject, Identity, IdentityKey, IdentityRepository, ProviderId,
};
use chatchat_domain::session::NewSession;
use chatchat_domain::{Error, Refusal, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, Database, accounts, dialect, sessions};
use crate::sql::fault::{Result, is_duplicate};
use crate::sql::schema::{identities, users};
use crate::sql::types::Id;
use crate::stored::sound;

pub(crate) struct Identities {
    pub(crate) db: Database,
}

#[async_trait]
impl IdentityRepository for Identities {
    async fn owner(&self, identity: &IdentityKey) -> Result<Option<UserId>, Error> {
        self.db
            .read("identities.owner", identity.clone(), |conn, identity| Box::pin(owner(conn, identity)))
            .await
    }

    async fn log_in(&self, identity: IdentityKey, session: NewSession) -> Result<bool, Error> {
        self.db
            .write("identities.log_in", (identity, session), |conn, (identity, session)| {
                Box::pin(async move {
                    dialect::lock_users(conn, [session.user.into(), session.user.into()]).await?;
                    let is_theirs = owner(conn, identity).await? == Some(session.user);
                    if is_theirs {
                        sessions::insert(conn, session).await?;
                    }
                    Ok(is_theirs)
                })
            })
            .await
    }

    async fn register(
        &self,
        account: NewAccount,
        identity: Identity,
        session: NewSession,
    ) -> Result<Account, Error> {
        self.db
            .write(
                "identities.register",
                (account, identity, session),
                |conn, (account, identity, session)| {
                    Box::pin(async move {
                        accounts::insert(conn, account).await?;
                        insert(conn, account.id, identity).await?;
                        sessions::insert(conn, session).await?;
                        accounts::find(conn, account.id).await
                    })
                },
            )
            .await
    }

    async fn bind(
        &self,
        user: UserId,
        identity: Identity,
        session: Option<NewSession>,
    ) -> Result<Identity, Error> {
        self.db
            .write("identities.bind", (user, identity, session), |conn, (user, identity, session)| {
                Box::pin(async move {
                    let bound = bind(conn, *user, identity).await?;
                    if let Some(session) = session {
                        sessions::insert(conn, session).await?;
                    }
                    Ok(bound)
                })
            })
            .await
    }

    async fn list(&self, user: UserId) -> Result<Vec<Identity>, Error> {
        self.db.read("identities.list", user, |conn, user| Box::pin(list(conn, *user))).await
    }

    async fn unbind(
        &self,
        user: UserId,
        provider: ProviderId,
        others: Vec<ProviderId>,
    ) -> Result<IdentityKey, Error> {
        self.db
            .write("identities.unbind", (user, provider, others), |conn, (user, provider, others)| {
                Box::pin(unbind(conn, *user, provider, others))
            })
            .await
    }
}

async fn owner(conn: &mut Conn, identity: &IdentityKey) -> Result<Option<UserId>> {
    let owner: Option<Id> = identities::table
        .find((identity.provider.as_str(), identity.subject.as_str()))
        .select(identities::user_id)
        .first(conn)
        .await
        .optional()?;
    Ok(owner.map(UserId::from))
}

/// # Errors
/// [`Refusal::IdentityTaken`]: of several who are bound to it at once, one is.
async fn insert(conn: &mut Conn, user: UserId, identity: &Identity) -> Result<()> {
    let claims = &identity.claims;
    let inserted = diesel::insert_into(identities::table)
        .values((
            identities::provider.eq(identity.provider.as_str()),
            identities::subject.eq(claims.subject.as_str()),
            identities::user_id.eq(Id::from(user)),
            identities::name.eq(claims.name.as_ref().map(UserName::as_str)),
            identities::email.eq(claims.email.as_ref().map(EmailAddress::as_str)),
            identities::bound_at.eq(identity.bound_at.unix_micros()),
        ))
        .execute(conn)
        .await;
    match inserted {
        Err(error) if is_duplicate(&error) => Err(Refusal::IdentityTaken.into()),
        inserted => Ok(inserted.map(|_| ())?),
    }
}

async fn bind(conn: &mut Conn, user: UserId, identity: &Identity) -> Result<Identity> {
    dialect::lock_users(conn, [user.into(), user.into()]).await?;
    let theirs = list(conn, user).await?.into_iter().find(|known| known.provider == identity.provider);
    match theirs {
        Some(known) if known.claims.subject == identity.claims.subject => Ok(known),
        known => {
            if owner(conn, &identity.key()).await?.is_some() {
                return Err(Refusal::IdentityTaken.into());
            }
            if known.is_some() {
                return Err(Refusal::AlreadyBound.into());
            }
            insert(conn, user, identity).await?;
            Ok(identity.clone())
        }
    }
}

async fn list(conn: &mut Conn, user: UserId) -> Result<Vec<Identity>> {
    let of_user = identities::table.filter(identities::user_id.eq(Id::from(user)));
    let rows: Vec<IdentityRow> = of_user
        .order((identities::bound_at, identities::provider))
        .select(IdentityRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Identity::try_from).collect::<Result<_, _>>()?)
}

async fn unbind(
    conn: &mut Conn,
    user: UserId,
    provider: &ProviderId,
    others: &[ProviderId],
) -> Result<IdentityKey> {
    dialect::lock_users(conn, [user.into(), user.into()]).await?;
    let bound = list(conn, user).await?;
    let unbound = bound.iter().find(|identity| identity.provider == *provider).ok_or(Refusal::NotFound)?;
    let password: Option<Option<String>> =
        users::table.find(Id::from(user)).select(users::password_hash).first(conn).await.optional()?;
    let can_log_in =
        password.flatten().is_some() || bound.iter().any(|identity| others.contains(&identity.provider));
    if !can_log_in {
        return Err(Refusal::LastCredential.into());
    }
    let key = unbound.key();
    let row = identities::table.find((key.provider.as_str(), key.subject.as_str()));
    diesel::delete(row).execute(conn).await?;
    Ok(key)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = identities)]
struct IdentityRow {
    provider: String,
    subject: String,
    name: Option<String>,
    email: Option<String>,
    bound_at: i64,
}

impl TryFrom<IdentityRow> for Identity {
    type Error = Error;

    fn try_from(row: IdentityRow) -> Result<Self, Error> {
        Ok(Self {
            provider: sound(ProviderId::new(&row.provider))?,
            claims: Claims {
                subject: sound(ExternalSubject::new(&row.subject))?,
                name: sound(row.name.map(|name| UserName::new(&name)).transpose())?,
                email: sound(row.email.map(|email| EmailAddress::new(&email)).transpose())?,
            },
            bound_at: Timestamp::from_unix_micros(row.bound_at),
        })
    }
}
