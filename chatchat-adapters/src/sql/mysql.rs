//! The MySQL protocol: MySQL 8, MariaDB from 10.11 on, TiDB.
//!
//! Units of work run in transactions on pooled connections: reads on a snapshot (REPEATABLE READ), writes on the
//! newest state (READ COMMITTED) behind the row locks that `dialect` takes. A write that loses against another one
//! is run again. Sends take a way of their own: [`batcher`] gathers what arrives while the last batch is committed,
//! and [`append`] stores a batch with a handful of statements, however many messages it holds.
//!
//! A unit runs in a task of its own, so that a caller who stops waiting never leaves a connection in the midst of
//! a transaction.

mod append;
#[cfg(feature = "sqlite")]
pub(super) mod arrivals;
mod batcher;
mod dialect;
mod guard;
mod keys;
mod open;
mod pool;

#[path = "shared/accounts.rs"]
mod accounts;
#[path = "shared/admin.rs"]
mod admin;
#[path = "shared/attachments.rs"]
mod attachments;
#[path = "shared/blocks.rs"]
mod blocks;
#[path = "shared/changes.rs"]
mod changes;
#[path = "shared/conversations.rs"]
mod conversations;
#[path = "shared/epochs.rs"]
mod epochs;
#[path = "shared/friends.rs"]
mod friends;
#[path = "shared/friendship.rs"]
mod friendship;
#[path = "shared/group_lists.rs"]
mod group_lists;
#[path = "shared/groups.rs"]
mod groups;
#[path = "shared/identities.rs"]
mod identities;
#[path = "shared/join_requests.rs"]
mod join_requests;
#[path = "shared/journal.rs"]
mod journal;
#[path = "shared/members.rs"]
mod members;
#[path = "shared/memberships.rs"]
mod memberships;
#[path = "shared/messages.rs"]
mod messages;
#[path = "shared/outbox.rs"]
mod outbox;
#[path = "shared/provider.rs"]
mod provider;
#[path = "shared/searches.rs"]
mod searches;
#[path = "shared/sessions.rs"]
mod sessions;
#[cfg(feature = "sqlite")]
#[path = "shared/tables.rs"]
pub(super) mod tables;
#[path = "shared/trails.rs"]
mod trails;
#[path = "shared/updates.rs"]
mod updates;
#[path = "shared/views.rs"]
mod views;

use std::sync::Arc;

use chatchat_domain::{Error, Timestamp};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl as _};
use futures_util::future::BoxFuture;
use prometheus_client::registry::Registry;
use tokio::task::JoinHandle;

use super::watch::{self, Watch};
use super::{Repositories, fault};
#[cfg(feature = "embedded")]
use crate::breaker::Breaker;
use crate::keys::Keys;
use crate::live::Live;
use batcher::Batcher;
pub use open::OpenError;
use pool::{Isolation, Pool};

/// A connection, as the shared queries know it.
pub(crate) type Conn = AsyncMysqlConnection;

/// What a unit of work does. It borrows what it works on, and captures nothing, so that it can be run again.
pub(crate) type Work<A, T> = for<'c> fn(&'c mut Conn, &'c A) -> BoxFuture<'c, fault::Result<T>>;

/// A database that speaks MySQL's protocol.
#[derive(Clone)]
pub struct Mysql {
    db: Database,
}

/// Brings the tables of the database at `url` up to date; of several processes that do so at once, one does and the
/// others wait. Gives the migrations that were run: none if all had been.
///
/// # Errors
/// [`OpenError`] says what could not be done.
pub async fn migrate(url: &str) -> Result<Vec<String>, OpenError> {
    open::migrate(&open::options(url)?).await
}

/// What the server at `url` calls itself, such as `MariaDB 10.11.6`.
///
/// # Errors
/// [`OpenError`] if it lets nobody in, or is too old.
pub async fn version(url: &str) -> Result<String, OpenError> {
    open::version(&open::options(url)?).await
}

/// The secret of the service whose database is at `url`: changes nothing.
///
/// # Errors
/// [`OpenError`] if it cannot be read, or no service has used the database yet.
pub async fn secret(url: &str) -> Result<[u8; 32], OpenError> {
    keys::secret(&open::options(url)?).await
}

/// Lets the streams of a database that was put back from a backup go on where no client has been.
///
/// # Errors
/// [`OpenError`], also if a service has it open: it would not know.
pub async fn begin_epoch(url: &str, now: Timestamp) -> Result<(), OpenError> {
    let mut conn = open::alone(&open::options(url)?).await?;
    let begun = epochs::begin(&mut conn, now).await;
    begun.map_err(|fault| OpenError::Epoch(dialect::error(fault)))
}

impl Mysql {
    /// Opens the database at `mysql://user:password@host[:port]/name`, and brings its tables up to date.
    ///
    /// The URL's query may ask for TLS: `require_ssl=true`, and where the server's certificate is none that the
    /// world trusts, `ssl_ca=/path/to/ca.pem`; `verify_ca=false` and `verify_identity=false` trust more than they
    /// should.
    ///
    /// # Errors
    /// [`OpenError`] says what could not be done; never with the password.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let options = open::options(url)?;
        open::migrate(&options).await?;
        let readers = Pool::new(&options, Isolation::Snapshot)?;
        let writers = Pool::new(&options, Isolation::Newest)?;
        let watch = Watch::new("mysql");
        let batcher = Batcher::start(&writers, &watch);
        let engine = Engine { readers, writers, batcher, watch };
        Ok(Self { db: Database { engine: Arc::new(engine) } })
    }

    /// What is kept in it.
    pub fn repositories(&self) -> Repositories {
        let db = || self.db.clone();
        Repositories {
            accounts: Arc::new(accounts::Accounts { db: db() }),
            sessions: Arc::new(sessions::Sessions { db: db() }),
            identities: Arc::new(identities::Identities { db: db() }),
            friends: Arc::new(friends::Friends { db: db() }),
            groups: Arc::new(groups::Groups { db: db() }),
            conversations: Arc::new(conversations::Conversations { db: db() }),
            log: Arc::new(append::Log { db: db() }),
            messages: Arc::new(updates::Messages { db: db() }),
            attachments: Arc::new(attachments::Attachments { db: db() }),
            index: Arc::new(searches::Index { db: db() }),
            trail: Arc::new(trails::Trails { db: db() }),
            outbox: Arc::new(outbox::Outbox { db: db() }),
            admin: Arc::new(admin::Admin { db: db() }),
            provider: Arc::new(provider::Provider { db: db() }),
        }
    }

    /// The service's secret and its signing keys, made if there are none yet: the same for all who ask.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database does not answer, or a transfer to it has not been finished.
    pub async fn keys(&self) -> Result<Keys, Error> {
        keys::load_or_create(&self.db).await
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn db(&self) -> &Database {
        &self.db
    }

    /// Marks the database as the target of a transfer of the service with these keys. False if it is in use, or
    /// another service is on its way to it.
    #[cfg(feature = "sqlite")]
    pub(super) async fn begin_transfer(&self, keys: &Keys) -> Result<bool, Error> {
        keys::begin_transfer(&self.db, keys.clone()).await
    }

    /// From now on it is a service's database.
    #[cfg(feature = "sqlite")]
    pub(super) async fn end_transfer(&self) -> Result<(), Error> {
        keys::end_transfer(&self.db).await
    }

    /// Lets be shown how it fares.
    pub fn register(&self, registry: &mut Registry) {
        self.db.engine.watch.register(registry);
        let engine = Arc::clone(&self.db.engine);
        let waiting = move || {
            let Engine { readers, writers, batcher, .. } = &*engine;
            let waiting =
                [("read", readers.waiting()), ("write", writers.waiting()), ("append", batcher.waiting())];
            waiting.map(|(kind, waiting)| (kind.to_owned(), waiting)).into()
        };
        registry.register("database_waiting", watch::WAITING, Live::gauge("use", waiting));
        let engine = Arc::clone(&self.db.engine);
        let busy = move || {
            let Engine { readers, writers, .. } = &*engine;
            vec![("read".to_owned(), readers.busy()), ("write".to_owned(), writers.busy())]
        };
        let help = "How many connections to the database are in use";
        registry.register("database_connections", help, Live::gauge("use", busy));
    }

    #[cfg(feature = "embedded")]
    pub(crate) fn breakers(&self) -> [Arc<Breaker>; 2] {
        self.db.engine.watch.breakers()
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it does not in time.
    pub async fn ping(&self) -> Result<(), Error> {
        self.db
            .read("ping", (), |conn, ()| {
                Box::pin(async move {
                    diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1")).execute(conn).await?;
                    Ok(())
                })
            })
            .await
    }
}

/// Runs units of work in transactions.
#[derive(Clone)]
pub(crate) struct Database {
    engine: Arc<Engine>,
}

struct Engine {
    readers: Pool,
    writers: Pool,
    batcher: Batcher,
    watch: Watch,
}

impl Database {
    /// Runs `work`, which traces call so, on a snapshot of the database.
    pub(crate) async fn read<A, T>(&self, name: &'static str, args: A, work: Work<A, T>) -> Result<T, Error>
    where
        A: Send + Sync + 'static,
        T: Send + 'static,
    {
        let pool = self.engine.readers.clone();
        let read = async { outcome(tokio::spawn(async move { pool.run(&args, work).await })).await };
        self.engine.watch.read(name, read).await
    }

    /// Runs `work`, which traces call so, in a transaction that is durable when this returns. An error leaves no trace.
    pub(crate) async fn write<A, T>(&self, name: &'static str, args: A, work: Work<A, T>) -> Result<T, Error>
    where
        A: Send + Sync + 'static,
        T: Send + 'static,
    {
        let pool = self.engine.writers.clone();
        let write = async { outcome(tokio::spawn(async move { pool.run(&args, work).await })).await };
        self.engine.watch.write(name, write).await
    }
}

async fn outcome<T>(unit: JoinHandle<Result<T, Error>>) -> Result<T, Error> {
    unit.await.unwrap_or_else(|_| Err(Error::Internal("a unit of work has panicked".to_owned())))
}
