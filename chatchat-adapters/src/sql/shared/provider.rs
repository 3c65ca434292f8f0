//! The third party's accounts, what they have granted, and the access tokens of that.

use async_trait::async_trait;
use chatchat_domain::account::{EmailAddress, PasswordHash, UserName};
use chatchat_domain::provider::{
    CodeChallenge, IssuedTokens, NewGrant, NewSubject, ProviderRepository, Redeemed, Redemption, Renewal,
    Renewed, Scope, StoredCode, Subject, TokenOwner, Username,
};
use chatchat_domain::{Error, GrantId, SubjectId, Timestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, Database};
use crate::sql::fault::{Result, is_duplicate};
use crate::sql::schema::{provider_accounts, provider_grants, provider_tokens};
use crate::sql::types::Id;
use crate::stored::sound;

/// How many ended grants of an account are forgotten when it makes a new one.
const FORGOTTEN_AT_ONCE: i64 = 50;

pub(crate) struct Provider {
    pub(crate) db: Database,
}

#[async_trait]
impl ProviderRepository for Provider {
    async fn create(&self, subject: NewSubject) -> Result<bool, Error> {
        self.db.write("provider.create", subject, |conn, subject| Box::pin(create(conn, subject))).await
    }

    async fn credentials(&self, username: &Username) -> Result<Option<(SubjectId, PasswordHash)>, Error> {
        self.db
            .read("provider.credentials", username.key(), |conn, key| {
                Box::pin(async move {
                    let known: Option<(Id, String)> = provider_accounts::table
                        .filter(provider_accounts::username_key.eq(key.as_str()))
                        .select((provider_accounts::id, provider_accounts::password_hash))
                        .first(conn)
                        .await
                        .optional()?;
                    Ok(known.map(|(id, hash)| (id.into(), PasswordHash::new(hash))))
                })
            })
            .await
    }

    async fn subject(&self, id: SubjectId) -> Result<Option<Subject>, Error> {
        self.db
            .read("provider.subject", id, |conn, id| {
                Box::pin(async move {
                    let account = provider_accounts::table.find(Id::from(*id));
                    let row = account.select(AccountRow::as_select()).first(conn).await.optional()?;
                    Ok(row.map(Subject::try_from).transpose()?)
                })
            })
            .await
    }

    async fn grant(&self, grant: NewGrant) -> Result<(), Error> {
        self.db
            .write("provider.grant", grant, |conn, grant| {
                Box::pin(async move {
                    forget_ended(conn, grant.owner.subject, grant.created_at).await?;
                    insert(conn, grant).await?;
                    match &grant.tokens {
                        Some(tokens) => issue(conn, grant.id, tokens, grant.created_at).await,
                        None => Ok(()),
                    }
                })
            })
            .await
    }

    async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, Error> {
        self.db
            .write("provider.redeem", redemption, |conn, redemption| Box::pin(redeem(conn, redemption)))
            .await
    }

    async fn renew(&self, renewal: Renewal) -> Result<Renewed, Error> {
        self.db.write("provider.renew", renewal, |conn, renewal| Box::pin(renew(conn, renewal))).await
    }

    async fn access(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<(TokenOwner, Timestamp)>, Error> {
        self.db
            .read("provider.access", (hash, now), |conn, (hash, now)| {
                Box::pin(async move {
                    let token: Option<(Id, i64)> = provider_tokens::table
                        .find(hash.as_slice())
                        .filter(provider_tokens::expires_at.gt(now.unix_micros()))
                        .select((provider_tokens::grant_id, provider_tokens::expires_at))
                        .first(conn)
                        .await
                        .optional()?;
                    let Some((grant, expires_at)) = token else { return Ok(None) };
                    let owner = find(conn, grant.into()).await?.map(|grant| grant.owner()).transpose()?;
                    Ok(owner.map(|owner| (owner, Timestamp::from_unix_micros(expires_at))))
                })
            })
            .await
    }

    async fn refresh(
        &self,
        grant: GrantId,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(TokenOwner, Timestamp)>, Error> {
        self.db
            .read("provider.refresh", (grant, hash, now), |conn, (grant, hash, now)| {
                Box::pin(async move {
                    let found = find(conn, *grant).await?;
                    let living = found.filter(|found| {
                        found.refresh_hash.as_deref() == Some(hash.as_slice())
                            && found.expires_at > now.unix_micros()
                    });
                    let Some(living) = living else { return Ok(None) };
                    Ok(Some((living.owner()?, Timestamp::from_unix_micros(living.expires_at))))
                })
            })
            .await
    }

    async fn end(&self, grant: GrantId, client: &str) -> Result<(), Error> {
        self.db
            .write("provider.end", (grant, client.to_owned()), |conn, (grant, client)| {
                Box::pin(async move {
                    match find(conn, *grant).await? {
                        Some(found) if found.client_id == *client => delete(conn, *grant).await,
                        _ => Ok(()),
                    }
                })
            })
            .await
    }
}

async fn create(conn: &mut Conn, new: &NewSubject) -> Result<bool> {
    let inserted = diesel::insert_into(provider_accounts::table)
        .values((
            provider_accounts::id.eq(Id::from(new.subject.id)),
            provider_accounts::username.eq(new.subject.username.as_str()),
            provider_accounts::username_key.eq(new.subject.username.key()),
            provider_accounts::name.eq(new.subject.name.as_str()),
            provider_accounts::email.eq(new.subject.email.as_ref().map(EmailAddress::as_str)),
            provider_accounts::password_hash.eq(new.password.expose()),
            provider_accounts::created_at.eq(new.created_at.unix_micros()),
        ))
        .execute(conn)
        .await;
    match inserted {
        Err(error) if is_duplicate(&error) => Ok(false),
        inserted => Ok(inserted.map(|_| true)?),
    }
}

async fn insert(conn: &mut Conn, grant: &NewGrant) -> Result<()> {
    let code = grant.code.as_ref();
    diesel::insert_into(provider_grants::table)
        .values((
            provider_grants::id.eq(Id::from(grant.id)),
            provider_grants::account_id.eq(Id::from(grant.owner.subject)),
            provider_grants::client_id.eq(grant.owner.client.as_str()),
            provider_grants::scope.eq(grant.owner.scope.text()),
            provider_grants::nonce.eq(grant.owner.nonce.as_deref()),
            provider_grants::authenticated_at.eq(grant.owner.authenticated_at.unix_micros()),
            provider_grants::code_hash.eq(code.map(|code| code.hash.as_slice())),
            provider_grants::code_used.eq(false),
            provider_grants::code_expires_at.eq(code.map_or(0, |code| code.expires_at.unix_micros())),
            provider_grants::redirect_uri.eq(code.map_or("", |code| code.redirect_uri.as_str())),
            provider_grants::redirect_uri_given.eq(code.is_some_and(|code| code.redirect_uri_was_given)),
            provider_grants::challenge
                .eq(code.and_then(|code| code.challenge.as_ref()).map(|it| it.as_bytes().as_slice())),
            provider_grants::created_at.eq(grant.created_at.unix_micros()),
            provider_grants::expires_at.eq(grant.expires_at.unix_micros()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives out tokens of the grant, and forgets its access tokens that have ended.
async fn issue(conn: &mut Conn, grant: GrantId, tokens: &IssuedTokens, now: Timestamp) -> Result<()> {
    let of_grant = provider_tokens::table.filter(provider_tokens::grant_id.eq(Id::from(grant)));
    let ended = of_grant.filter(provider_tokens::expires_at.le(now.unix_micros()));
    diesel::delete(ended).execute(conn).await?;
    diesel::update(provider_grants::table.find(Id::from(grant)))
        .set((
            provider_grants::refresh_hash.eq(tokens.refresh_hash.as_ref().map(<[u8; 32]>::as_slice)),
            provider_grants::expires_at.eq(tokens.expires_at.unix_micros()),
        ))
        .execute(conn)
        .await?;
    diesel::insert_into(provider_tokens::table)
        .values((
            provider_tokens::hash.eq(tokens.access_hash.as_slice()),
            provider_tokens::grant_id.eq(Id::from(grant)),
            provider_tokens::expires_at.eq(tokens.access_expires_at.unix_micros()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

async fn redeem(conn: &mut Conn, redemption: &Redemption) -> Result<Redeemed> {
    let Some(found) = find(conn, redemption.grant).await? else { return Ok(Redeemed::Unknown) };
    let code = found.code()?.filter(|code| code.hash == redemption.code_hash);
    let Some(code) = code.filter(|_| found.client_id == redemption.client) else {
        return Ok(Redeemed::Unknown);
    };
    if !found.code_used && !code.is_answered_by(redemption) {
        return Ok(Redeemed::Unknown);
    }
    // Of two at once, the second finds nothing to change.
    let unused =
        provider_grants::table.find(Id::from(redemption.grant)).filter(provider_grants::code_used.eq(false));
    let used = diesel::update(unused).set(provider_grants::code_used.eq(true)).execute(conn).await?;
    if used == 0 {
        delete(conn, redemption.grant).await?;
        return Ok(Redeemed::Reused);
    }
    issue(conn, redemption.grant, &redemption.tokens, redemption.now).await?;
    Ok(Redeemed::Granted(found.owner()?))
}

async fn renew(conn: &mut Conn, renewal: &Renewal) -> Result<Renewed> {
    let Some(found) = find(conn, renewal.grant).await? else { return Ok(Renewed::Unknown) };
    let is_theirs = found.client_id == renewal.client && found.expires_at > renewal.now.unix_micros();
    if !is_theirs || found.refresh_hash.is_none() {
        return Ok(Renewed::Unknown);
    }
    let current = provider_grants::table
        .find(Id::from(renewal.grant))
        .filter(provider_grants::refresh_hash.eq(renewal.presented.as_slice()));
    let successor = renewal.tokens.refresh_hash.as_ref().map(<[u8; 32]>::as_slice);
    let rotated =
        diesel::update(current).set(provider_grants::refresh_hash.eq(successor)).execute(conn).await?;
    if rotated == 0 {
        delete(conn, renewal.grant).await?;
        return Ok(Renewed::Reused);
    }
    issue(conn, renewal.grant, &renewal.tokens, renewal.now).await?;
    Ok(Renewed::Granted(found.owner()?))
}

async fn forget_ended(conn: &mut Conn, subject: SubjectId, now: Timestamp) -> Result<()> {
    let ended: Vec<Id> = provider_grants::table
        .filter(provider_grants::account_id.eq(Id::from(subject)))
        .filter(provider_grants::expires_at.le(now.unix_micros()))
        .limit(FORGOTTEN_AT_ONCE)
        .select(provider_grants::id)
        .load(conn)
        .await?;
    for grant in ended {
        delete(conn, grant.into()).await?;
    }
    Ok(())
}

async fn delete(conn: &mut Conn, grant: GrantId) -> Result<()> {
    let tokens = provider_tokens::table.filter(provider_tokens::grant_id.eq(Id::from(grant)));
    diesel::delete(tokens).execute(conn).await?;
    diesel::delete(provider_grants::table.find(Id::from(grant))).execute(conn).await?;
    Ok(())
}

async fn find(conn: &mut Conn, grant: GrantId) -> Result<Option<GrantRow>> {
    let grant = provider_grants::table.find(Id::from(grant));
    Ok(grant.select(GrantRow::as_select()).first(conn).await.optional()?)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = provider_accounts)]
struct AccountRow {
    id: Id,
    username: String,
    name: String,
    email: Option<String>,
}

impl TryFrom<AccountRow> for Subject {
    type Error = Error;

    fn try_from(row: AccountRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            username: sound(Username::new(&row.username))?,
            name: sound(UserName::new(&row.name))?,
            email: sound(row.email.map(|email| EmailAddress::new(&email)).transpose())?,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = provider_grants)]
struct GrantRow {
    account_id: Id,
    client_id: String,
    scope: String,
    nonce: Option<String>,
    authenticated_at: i64,
    code_hash: Option<Vec<u8>>,
    code_used: bool,
    code_expires_at: i64,
    redirect_uri: String,
    redirect_uri_given: bool,
    challenge: Option<Vec<u8>>,
    refresh_hash: Option<Vec<u8>>,
    expires_at: i64,
}

impl GrantRow {
    fn owner(&self) -> Result<TokenOwner, Error> {
        let scope = Scope::parse(&self.scope);
        Ok(TokenOwner {
            subject: self.account_id.into(),
            client: self.client_id.clone(),
            scope: scope.map_err(|error| Error::Internal(format!("a stored scope: {error}")))?,
            nonce: self.nonce.clone(),
            authenticated_at: Timestamp::from_unix_micros(self.authenticated_at),
        })
    }

    fn code(&self) -> Result<Option<StoredCode>, Error> {
        let bytes = |stored: &Vec<u8>| {
            let bytes: Result<[u8; 32], _> = stored.as_slice().try_into();
            bytes.map_err(|_| Error::Internal("a stored hash has not 32 bytes".to_owned()))
        };
        let Some(hash) = self.code_hash.as_ref().map(bytes).transpose()? else { return Ok(None) };
        Ok(Some(StoredCode {
            hash,
            redirect_uri: self.redirect_uri.clone(),
            redirect_uri_was_given: self.redirect_uri_given,
            challenge: self.challenge.as_ref().map(bytes).transpose()?.map(CodeChallenge::from_bytes),
            expires_at: Timestamp::from_unix_micros(self.code_expires_at),
        }))
    }
}
