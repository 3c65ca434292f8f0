//! What the nodes of a service know together and nobody else: kept in the database, so that a node needs to be told
//! nothing but where that is.

use chatchat_domain::Error;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, Database};
use crate::keys::{Keys, new_key};
use crate::sql::fault::{Fault, Result, is_duplicate};

diesel::table! {
    server_keys (name) {
        name -> Text,
        value -> Binary,
    }
}

const SECRET: &str = "secret";
/// The keys that sign tokens, the newest the one whose name sorts last.
const TOKEN_KEYS: &str = "token-%";
const FIRST_TOKEN_KEY: &str = "token-0001";

/// The value that stands here while a service is on its way from another database is its secret.
const TRANSFER: &str = "transfer";

pub(super) async fn load_or_create(db: &Database) -> Result<Keys, Error> {
    let random = || new_key().map_err(|error| Error::Unavailable(format!("no randomness: {error}")));
    let (secret, token) = (random()?, random()?);
    db.write((secret, token), |conn, (secret, token)| {
        Box::pin(async move {
            if value_of(conn, TRANSFER).await?.is_some() {
                return Err(
                    Error::Unavailable("a transfer to the database is not finished".to_owned()).into()
                );
            }
            create(conn, SECRET, secret).await?;
            create(conn, FIRST_TOKEN_KEY, token).await?;
            load(conn).await
        })
    })
    .await
}

/// Keeps the value, unless there is one of this name. All token keys are of one name until they are changed by hand.
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
    let tokens: Vec<Vec<u8>> = server_keys::table
        .filter(server_keys::name.like(TOKEN_KEYS))
        .order(server_keys::name)
        .select(server_keys::value)
        .load(conn)
        .await?;
    let token_seeds = tokens.into_iter().map(seed_of).collect::<Result<_>>()?;
    Ok(Keys { secret: seed_of(secret)?, token_seeds })
}

/// Takes in the keys of a service that is on its way. False if there are others.
#[cfg(feature = "sqlite")]
pub(super) async fn begin_transfer(db: &Database, keys: Keys) -> Result<bool, Error> {
    db.write(keys, |conn, keys| {
        Box::pin(async move {
            let (mark, known) = (value_of(conn, TRANSFER).await?, value_of(conn, SECRET).await?);
            if known.is_none() {
                create(conn, TRANSFER, &keys.secret).await?;
                create(conn, SECRET, &keys.secret).await?;
                for (number, seed) in keys.token_seeds.iter().enumerate() {
                    create(conn, &format!("token-{:04}", number + 1), seed).await?;
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
    db.write((), |conn, ()| {
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
