//! The adapters of a service, put together as its settings say. With none at all it is the embedded default:
//! everything in one process and one folder.
//!
//! | in the folder | what |
//! | --- | --- |
//! | `keys/` | the secrets of a service whose database is a file; others keep them in their database |
//! | `mail/` | mail that is not sent |
//! | the database, the pictures | unless [`StackOptions`] says otherwise |

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chatchat_domain::account::CodeStore;
use chatchat_domain::ports::{Cache, EventListener, EventSource, Presence, RateLimiter};
use chatchat_domain::{Error, Ports, ServerSecret};

use crate::images::Images;
use crate::keys::Keys;
use crate::mail::MailFolder;
use crate::memory::{MemoryBus, MemoryCache, MemoryCodes, MemoryPresence, MemoryRateLimiter, Unlimited};
use crate::password::Bcrypt;
use crate::sql::Repositories;
#[cfg(feature = "mysql")]
use crate::sql::mysql::{self, Mysql};
use crate::sql::sqlite::Sqlite;
use crate::storage::Objects;
use crate::system::{SystemClock, SystemRandom};
use crate::token::Ed25519Tokens;

/// How long a start waits for what does not answer yet: containers start together.
const PATIENCE: Duration = Duration::from_secs(10);
const BETWEEN_TRIES: Duration = Duration::from_millis(250);
/// How long a dependency may take to say that it is there.
const CHECKED_WITHIN: Duration = Duration::from_secs(2);

/// What may differ from one service to another.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Where keys and mail are.
    pub data_dir: PathBuf,
    /// What everything is kept in.
    pub database: DatabaseOptions,
    /// The folder for pictures.
    pub objects: PathBuf,
    /// Who signs the access tokens (`iss`).
    pub issuer: String,
    /// bcrypt's cost, from 4 to 31.
    pub bcrypt_cost: u32,
    /// Whether abuse is limited.
    pub limits_enabled: bool,
}

/// What everything is kept in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseOptions {
    /// A file.
    Sqlite(PathBuf),
    /// A server that speaks MySQL's protocol.
    #[cfg(feature = "mysql")]
    Mysql(ServerUrl),
}

/// Where a server is, and as whom to talk to it. Only its scheme is ever printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(String);

impl ServerUrl {
    /// The server at this URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL, with the secrets in it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:…", self.0.split_once(':').map_or("", |(scheme, _)| scheme))
    }
}

impl StackOptions {
    /// The embedded default in a folder.
    pub fn embedded(data_dir: &Path, issuer: impl Into<String>) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            database: DatabaseOptions::Sqlite(data_dir.join("chatchat.db")),
            objects: data_dir.join("objects"),
            issuer: issuer.into(),
            bcrypt_cost: 12,
            limits_enabled: true,
        }
    }
}

/// All ports of a service, and what of it a server needs besides.
pub struct Stack {
    /// For [`chatchat_domain::App::new`].
    pub ports: Ports,
    /// For [`chatchat_domain::Settings`].
    pub secret: ServerSecret,
    /// For whoever shows the mails that are not sent.
    pub mailbox: Option<Arc<MailFolder>>,
    /// For whoever publishes the public keys.
    pub tokens: Arc<Ed25519Tokens>,
    bus: Arc<MemoryBus>,
    database: Database,
}

/// Why a service does not start: what is wrong with which setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct OpenError {
    /// The setting, as the contract names it.
    pub setting: &'static str,
    /// What is wrong; never with a secret.
    pub reason: String,
}

impl OpenError {
    fn new(setting: &'static str, reason: impl fmt::Display) -> Self {
        Self { setting, reason: reason.to_string().replace('\n', " ") }
    }

    fn folder(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::new("server.data_dir", format!("cannot use {}: {error}", path.display()))
    }
}

/// A server that a service needs, and whether it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is for.
    pub name: &'static str,
    /// Whether the service can do without it for a while.
    pub is_vital: bool,
    /// Whether it answers.
    pub answers: bool,
}

impl Stack {
    /// Opens everything, and makes what is not there yet. Must be called inside the runtime that is to serve.
    ///
    /// # Errors
    /// [`OpenError`] names the setting that is wrong, or whose server does not answer.
    pub async fn open(options: StackOptions) -> Result<Self, OpenError> {
        let database = Database::open(&options.database).await?;
        let keys = database.keys(&options.data_dir.join("keys")).await?;
        let tokens = Ed25519Tokens::new(&keys.token_seeds, options.issuer);
        let tokens = Arc::new(tokens.map_err(|error| OpenError::new("database.url", error))?);
        let clock = Arc::new(SystemClock);
        let mail = options.data_dir.join("mail");
        let mailbox = Arc::new(MailFolder::open(&mail, clock.clone()).map_err(OpenError::folder(&mail))?);
        let objects = Objects::folder(&options.objects);
        let objects = objects.map_err(|error| OpenError::new("storage.url", error))?;
        let shared = Shared::in_process(options.limits_enabled);
        let repositories = database.repositories();
        let ports = Ports {
            accounts: repositories.accounts,
            codes: shared.codes,
            sessions: repositories.sessions,
            friends: repositories.friends,
            groups: repositories.groups,
            conversations: repositories.conversations,
            log: repositories.log,
            bus: shared.bus.clone(),
            cache: shared.cache,
            presence: shared.presence,
            mailer: mailbox.clone(),
            outbox: repositories.outbox,
            transport: mailbox.clone(),
            objects: Arc::new(objects),
            images: Arc::new(Images::new()),
            passwords: Arc::new(Bcrypt::new(options.bcrypt_cost)),
            tokens: tokens.clone(),
            limiter: shared.limiter,
            pacer: shared.pacer,
            clock,
            random: Arc::new(SystemRandom),
        };
        let secret = ServerSecret::new(keys.secret);
        Ok(Self { ports, secret, mailbox: Some(mailbox), tokens, bus: shared.bus, database })
    }

    /// From now on, `listener` hears everything that the service's bus carries.
    pub fn attach(&self, listener: Arc<dyn EventListener>) {
        self.bus.attach(listener);
    }

    /// Where the service's bus is told what a node is interested in.
    pub fn source(&self) -> Arc<dyn EventSource> {
        self.bus.clone()
    }

    /// Which of the servers that it needs answer.
    pub async fn check(&self) -> Vec<Check> {
        let database = answers(self.database.ping()).await;
        vec![Check { name: "database", is_vital: true, answers: database }]
    }
}

async fn answers(ping: impl Future<Output = Result<(), Error>>) -> bool {
    matches!(tokio::time::timeout(CHECKED_WITHIN, ping).await, Ok(Ok(())))
}

/// A database that is open.
enum Database {
    Sqlite(Sqlite),
    #[cfg(feature = "mysql")]
    Mysql(Mysql),
}

impl Database {
    async fn open(options: &DatabaseOptions) -> Result<Self, OpenError> {
        match options {
            DatabaseOptions::Sqlite(path) => Sqlite::open(path).map(Self::Sqlite).map_err(of_database),
            #[cfg(feature = "mysql")]
            DatabaseOptions::Mysql(url) => {
                let opened = patiently(|| Mysql::open(url.expose()), mysql::OpenError::may_pass).await;
                opened.map(Self::Mysql).map_err(of_database)
            }
        }
    }

    /// The secrets of the service: beside the database if that is a file, else in it.
    async fn keys(&self, folder: &Path) -> Result<Keys, OpenError> {
        match self {
            Self::Sqlite(_) => Keys::in_folder(folder).map_err(OpenError::folder(folder)),
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => mysql.keys().await.map_err(of_database),
        }
    }

    fn repositories(&self) -> Repositories {
        match self {
            Self::Sqlite(sqlite) => sqlite.repositories(),
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => mysql.repositories(),
        }
    }

    async fn ping(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.ping().await,
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => mysql.ping().await,
        }
    }
}

fn of_database(error: impl fmt::Display) -> OpenError {
    OpenError::new("database.url", error)
}

/// Tries again for a while where the cause may pass.
#[cfg(feature = "mysql")]
async fn patiently<T, E>(
    mut open: impl AsyncFnMut() -> Result<T, E>,
    may_pass: impl Fn(&E) -> bool,
) -> Result<T, E> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        match open().await {
            Err(error) if may_pass(&error) && tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            outcome => return outcome,
        }
    }
}

/// What the nodes of a service share besides the database.
struct Shared {
    bus: Arc<MemoryBus>,
    cache: Arc<dyn Cache>,
    codes: Arc<dyn CodeStore>,
    presence: Arc<dyn Presence>,
    limiter: Arc<dyn RateLimiter>,
    pacer: Arc<dyn RateLimiter>,
}

impl Shared {
    /// For a service of one node.
    fn in_process(limits_enabled: bool) -> Self {
        Self {
            bus: Arc::new(MemoryBus::new()),
            cache: Arc::new(MemoryCache::new()),
            codes: Arc::new(MemoryCodes::new()),
            presence: Arc::new(MemoryPresence::new()),
            limiter: if limits_enabled { Arc::new(MemoryRateLimiter::new()) } else { Arc::new(Unlimited) },
            pacer: Arc::new(MemoryRateLimiter::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_embedded_default_starts_in_an_empty_folder_and_starts_again() {
        let home = tempfile::tempdir().unwrap();
        let options = StackOptions::embedded(&home.path().join("data"), "http://localhost");
        let first = Stack::open(options.clone()).await.unwrap();
        assert!(first.check().await.iter().all(|check| check.answers));
        let jwks = first.tokens.jwks();
        drop(first);
        assert_eq!(Stack::open(options).await.unwrap().tokens.jwks(), jwks);
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_used_is_named() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("data"), "a file").unwrap();
        let options = StackOptions::embedded(&home.path().join("data"), "http://localhost");
        let error = Stack::open(options).await.map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("database.url: ") && error.contains("data"), "{error}");
    }

    #[test]
    fn a_server_s_url_never_shows_its_secrets() {
        assert_eq!(format!("{:?}", ServerUrl::new("mysql://ann:secret@host/db")), "mysql:…");
    }
}
