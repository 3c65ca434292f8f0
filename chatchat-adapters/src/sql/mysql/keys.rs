//! What the nodes of a service know together and nobody else: kept in the database, so that a node needs to be told
//! nothing but where that is.

use async_trait::async_trait;
use chatchat_domain::Error;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use mysql_async::Opts;
use mysql_async::prelude::Queryable as _;

use super::{Conn, Database, Mysql, OpenError, open};
use crate::keys::{FIRST_TOKEN_KEY, Keys, TokenKey, TokenKeyStore, new_key};
use crate::sql::fault::{Fault, Result, is_duplicate};

diesel::table! {
    server_keys (name) {
        name -> Text,
        value -> Binary,
    }
}

const SECRET: &str = "secret";
/// The keys that sign tokens.
const TOKEN_KEYS: &str = "token-%";

/// The value that stands here while a service is on its way from another database is its secret.
const TRANSFER: &str = "transfer";

pub(super) async fn load_or_create(db: &Database) -> Result<Keys, Error> {
    let random = || new_key().map_err(|error| Error::Unavailable(format!("no randomness: {error}")));
    let (secret, token) = (random()?, random()?);
    db.write("keys.load_or_create", (secret, token), |conn, (secret, token)| {
        Box::pin(async move {
            if value_of(conn, TRANSFER).await?.is_some() {
                return Err(
                    Error::Unavailable("a transfer to the database is not finished".to_owned()).into()
                );
            }
            create(conn, SECRET, secret).await?;
            if token_keys(conn).await?.is_empty() {
                create(conn, FIRST_TOKEN_KEY, token).await?;
            }
            load(conn).await
        })
    })
    .await
}

/// Keeps the value, unless there is one of this name. Of first token keys there is one name, so that those who start at
/// once make one.
async fn create(conn: &mut Conn, name: &str, value: &[u8; 32]) -> Result<()> {
    let row = (server_keys::name.eq(name), server_keys::value.eq(value.as_slice()));
    match diesel::insert_into(server_keys::table).values(row).execute(conn).await {
        Err(error) if !is_duplicate(&error) => Err(error.into()),
        _ => Ok(()),
    }
}

async fn value_of(conn: &mut Conn, name: &str) -> Result<Option<Vec<u8>>> {
    let value = server_keys::table.find(name).select(server_keys::value);
    Ok(value.first(conn).await.optional()?)
}

async fn load(conn: &mut Conn) -> Result<Keys> {
    let secret = value_of(conn, SECRET).await?.unwrap_or_default();
    Ok(Keys { secret: seed_of(secret)?, token_keys: token_keys(conn).await? })
}

async fn token_keys(conn: &mut Conn) -> Result<Vec<TokenKey>> {
    let rows: Vec<(String, Vec<u8>)> = server_keys::table
        .filter(server_keys::name.like(TOKEN_KEYS))
        .order(server_keys::name)
        .load(conn)
        .await?;
    rows.into_iter().map(|(name, value)| Ok(TokenKey { name, seed: seed_of(value)? })).collect()
}

#[async_trait]
impl TokenKeyStore for Mysql {
    async fn all(&self) -> Result<Vec<TokenKey>, Error> {
        self.db.read("keys.all", (), |conn, ()| Box::pin(token_keys(conn))).await
    }

    async fn add(&self, key: TokenKey) -> Result<(), Error> {
        self.db.write("keys.add", key, |conn, key| Box::pin(create(conn, &key.name, &key.seed))).await
    }

    async fn remove(&self, name: &str) -> Result<(), Error> {
        self.db
            .write("keys.remove", name.to_owned(), |conn, name| {
                Box::pin(async move {
                    diesel::delete(server_keys::table.find(name)).execute(conn).await?;
                    Ok(())
                })
            })
            .await
    }
}

/// The secret alone. Reads, and changes nothing.
pub(super) async fn secret(options: &Opts) -> Result<[u8; 32], OpenError> {
    let mut conn = open::connect(options).await?;
    let query = format!("SELECT value FROM server_keys WHERE name = '{SECRET}'");
    let value = conn.query_first::<Vec<u8>, _>(query).await;
    drop(conn.disconnect().await);
    let secret = value.ok().flatten().and_then(|value| value.try_into().ok());
    secret.ok_or_else(|| OpenError::Refused("no service has used this database yet".to_owned()))
}

/// Takes in the keys of a service that is on its way. False if there are others.
#[cfg(feature = "sqlite")]
pub(super) async fn begin_transfer(db: &Database, keys: Keys) -> Result<bool, Error> {
    db.write("keys.begin_transfer", keys, |conn, keys| {
        Box::pin(async move {
            let (mark, known) = (value_of(conn, TRANSFER).await?, value_of(conn, SECRET).await?);
            if known.is_none() {
                create(conn, TRANSFER, &keys.secret).await?;
                create(conn, SECRET, &keys.secret).await?;
                for key in &keys.token_keys {
                    create(conn, &key.name, &key.seed).await?;
                }
                return Ok(true);
            }
            Ok(mark.is_some_and(|mark| mark == keys.secret))
        })
    })
    .await
}

#[cfg(feature = "sqlite")]
pub(super) async fn end_transfer(db: &Database) -> Result<(), Error> {
    db.write("keys.end_transfer", (), |conn, ()| {
        Box::pin(async move {
            diesel::delete(server_keys::table.find(TRANSFER)).execute(conn).await?;
            Ok(())
        })
    })
    .await
}

fn seed_of(bytes: Vec<u8>) -> Result<[u8; 32]> {
    let damaged = |_| Fault::Domain(Error::Internal("a stored key does not have 32 bytes".to_owned()));
    bytes.try_into().map_err(damaged)
}
