//! What the nodes of a service know together and nobody else: kept in the database, so that a node needs to be told
//! nothing but where that is.

use chatchat_domain::{Error, ServerSecret};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rand::TryRng as _;
use rand::rngs::SysRng;

use super::{Conn, Database};
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

/// The secrets of a service.
pub struct Keys {
    /// For [`chatchat_domain::Settings`].
    pub secret: ServerSecret,
    /// The seeds of the Ed25519 keys that sign tokens, the newest last.
    pub token_seeds: Vec<[u8; 32]>,
}

pub(super) async fn load_or_create(db: &Database) -> Result<Keys, Error> {
    let (secret, token) = (random()?, random()?);
    db.write((secret, token), |conn, (secret, token)| {
        Box::pin(async move {
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

async fn load(conn: &mut Conn) -> Result<Keys> {
    let secret: Vec<u8> = server_keys::table.find(SECRET).select(server_keys::value).first(conn).await?;
    let tokens: Vec<Vec<u8>> = server_keys::table
        .filter(server_keys::name.like(TOKEN_KEYS))
        .order(server_keys::name)
        .select(server_keys::value)
        .load(conn)
        .await?;
    let token_seeds = tokens.into_iter().map(seed_of).collect::<Result<_>>()?;
    Ok(Keys { secret: ServerSecret::new(seed_of(secret)?), token_seeds })
}

fn seed_of(bytes: Vec<u8>) -> Result<[u8; 32]> {
    let damaged = |_| Fault::Domain(Error::Internal("a stored key does not have 32 bytes".to_owned()));
    bytes.try_into().map_err(damaged)
}

fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Error::Unavailable(format!("no randomness: {error}")))?;
    Ok(bytes)
}
