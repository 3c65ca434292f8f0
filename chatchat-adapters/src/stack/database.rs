use std::path::Path;
use std::sync::Arc;

use chatchat_domain::ports::Clock as _;
use chatchat_domain::{Error, ServerSecret};
use prometheus_client::registry::Registry;

use super::{DatabaseOptions, KEYS, OpenError};
use crate::breaker::Breaker;
use crate::keys::{KeyFolder, Keys, TokenKeyStore};
use crate::sql::Repositories;
#[cfg(feature = "mysql")]
use crate::sql::mysql::{self, Mysql};
use crate::sql::sqlite::{self, Sqlite};
use crate::system::SystemClock;

const SETTING: &str = "database.url";

/// A database that is open.
pub(super) enum Database {
    Sqlite(Sqlite),
    #[cfg(feature = "mysql")]
    Mysql(Mysql),
}

impl Database {
    pub(super) async fn open(options: &DatabaseOptions) -> Result<Self, OpenError> {
        match options {
            DatabaseOptions::Sqlite(path) => Sqlite::open(path).map(Self::Sqlite).map_err(wrong),
            #[cfg(feature = "mysql")]
            DatabaseOptions::Mysql(url) => {
                let opened = super::patiently(|| Mysql::open(url.expose()), mysql::OpenError::may_pass).await;
                opened.map(Self::Mysql).map_err(wrong)
            }
        }
    }

    /// The secrets of the service: beside the database if that is a file, else in it.
    pub(super) async fn keys(&self, folder: &Path) -> Result<Keys, OpenError> {
        match self {
            Self::Sqlite(_) => Keys::in_folder(folder).map_err(OpenError::folder(folder)),
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => mysql.keys().await.map_err(wrong),
        }
    }

    /// Where its nodes keep the keys that sign tokens: beside the other secrets.
    pub(super) fn token_keys(&self, folder: &Path) -> Arc<dyn TokenKeyStore> {
        match self {
            Self::Sqlite(_) => Arc::new(KeyFolder(folder.to_owned())),
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => Arc::new(mysql.clone()),
        }
    }

    pub(super) fn repositories(&self) -> Repositories {
        match self {
            Self::Sqlite(sqlite) => sqlite.repositories(),
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => mysql.repositories(),
        }
    }

    pub(super) fn breakers(&self) -> [Arc<Breaker>; 2] {
        match self {
            Self::Sqlite(sqlite) => sqlite.breakers(),
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => mysql.breakers(),
        }
    }

    /// Lets be shown how it fares.
    pub(super) fn register(&self, registry: &mut Registry) {
        match self {
            Self::Sqlite(sqlite) => sqlite.register(registry),
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => mysql.register(registry),
        }
    }

    pub(super) async fn ping(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.ping().await,
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => mysql.ping().await,
        }
    }
}

/// What is known of it without starting.
pub(super) async fn look_at(options: &DatabaseOptions) -> Result<String, OpenError> {
    match options {
        DatabaseOptions::Sqlite(path) => {
            let there = sqlite::is_there(path).map_err(wrong)?;
            let note = if there { "" } else { ", to be made at the first start" };
            Ok(format!("SQLite, {}{note}", path.display()))
        }
        #[cfg(feature = "mysql")]
        DatabaseOptions::Mysql(url) => mysql::version(url.expose()).await.map_err(wrong),
    }
}

/// The secret of the service with these settings, for whoever administers it: changes nothing.
///
/// # Errors
/// [`OpenError`] if it cannot be read, or there is none yet.
pub async fn secret(options: &DatabaseOptions, data_dir: &Path) -> Result<ServerSecret, OpenError> {
    let secret = match options {
        DatabaseOptions::Sqlite(_) => {
            let folder = data_dir.join(KEYS);
            Keys::secret_in(&folder).map_err(OpenError::folder(&folder))
        }
        #[cfg(feature = "mysql")]
        DatabaseOptions::Mysql(url) => mysql::secret(url.expose()).await.map_err(wrong),
    };
    secret.map(ServerSecret::new)
}

/// Brings the tables up to date; says which migrations that took.
///
/// # Errors
/// [`OpenError`] says why it could not be done.
pub async fn migrate(options: &DatabaseOptions) -> Result<Vec<String>, OpenError> {
    match options {
        DatabaseOptions::Sqlite(path) => sqlite::migrate(path).map_err(wrong),
        #[cfg(feature = "mysql")]
        DatabaseOptions::Mysql(url) => mysql::migrate(url.expose()).await.map_err(wrong),
    }
}

/// Lets the streams of a database that was put back from a backup go on where no client has been, so that clients fetch
/// afresh what they know from after the backup. No server may use it meanwhile.
///
/// # Errors
/// [`OpenError`] says why it could not be done.
pub async fn begin_epoch(options: &DatabaseOptions) -> Result<(), OpenError> {
    let now = SystemClock.now();
    match options {
        DatabaseOptions::Sqlite(path) => sqlite::begin_epoch(path, now).map_err(wrong),
        #[cfg(feature = "mysql")]
        DatabaseOptions::Mysql(url) => mysql::begin_epoch(url.expose(), now).await.map_err(wrong),
    }
}

fn wrong(error: impl std::fmt::Display) -> OpenError {
    OpenError::new(SETTING, error)
}
