//! SQLite: a file, a pool of reader threads, and one writer thread that commits for many callers at once.
//!
//! SQLite has one writer at a time and its commit waits for the disk. So all writing is done by one thread, which
//! takes what has gathered while the last commit was under way into the next transaction (group commit), and
//! answers everybody after it. Readers have connections of their own and never wait for the writer (WAL).
//!
//! The connections are synchronous and live on these threads. [`Inline`] lets the shared, asynchronous queries
//! run on them in place: their futures never pend, so a unit of work costs one hop, not one for each query.

mod append;
mod backup;
mod dialect;
mod open;
mod queue;
mod readers;
#[cfg(feature = "mysql")]
mod source;
mod statements;
mod unit;
mod writer;

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
#[cfg(feature = "mysql")]
#[path = "shared/tables.rs"]
pub(super) mod tables;
#[path = "shared/trails.rs"]
mod trails;
#[path = "shared/updates.rs"]
mod updates;
#[path = "shared/views.rs"]
mod views;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chatchat_domain::conversation::{Appended, Draft};
use chatchat_domain::{Error, Timestamp};
use diesel::SqliteConnection;
use diesel_async::RunQueryDsl as _;
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use prometheus_client::registry::Registry;
use tokio::sync::oneshot;

use super::watch::{self, Watch};
use super::{Repositories, fault};
#[cfg(feature = "embedded")]
use crate::breaker::Breaker;
use crate::live::Live;
pub use open::OpenError;
use readers::Readers;
#[cfg(feature = "mysql")]
pub(super) use source::Source;
use unit::Unit;
pub(crate) use unit::Work;
use writer::{AppendJob, Job, Writer};

/// How long a caller waits for an answer. A write that comes later than that is still done.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A connection, as the shared queries know it.
pub(crate) type Conn = SyncConnectionWrapper<SqliteConnection, Inline>;

/// A SQLite database that is open. Its threads end with the last of its repositories.
#[derive(Clone)]
pub struct Sqlite {
    db: Database,
}

/// Makes the file where there is none, and brings its tables up to date; of several processes that do so at once, one
/// does and the others wait. Gives the migrations that were run: none if all had been.
///
/// # Errors
/// [`OpenError`] says what could not be done.
pub fn migrate(path: &Path) -> Result<Vec<String>, OpenError> {
    open::prepare(path)
}

/// Whether there is a database in this file already. Changes nothing.
///
/// # Errors
/// [`OpenError`] if there is something else.
pub fn is_there(path: &Path) -> Result<bool, OpenError> {
    open::is_there(path)
}

/// Copies the database as it is at one moment to a new file, while a service may use it.
///
/// # Errors
/// [`OpenError`] says what could not be done; the new file is of no use then.
pub fn copy(path: &Path, to: &Path) -> Result<(), OpenError> {
    backup::copy(path, to)
}

/// Lets the streams of a database that was put back from a backup go on where no client has been.
///
/// # Errors
/// [`OpenError`], also if a service has it open: it would not know.
pub fn begin_epoch(path: &Path, now: Timestamp) -> Result<(), OpenError> {
    let mut conn = open::alone(path)?;
    run(epochs::begin(&mut conn, now)).map_err(OpenError::Epoch)
}

impl Sqlite {
    /// Opens the database in this file. Makes the file and its folder, and brings the tables up to date, where
    /// need be; of several processes that do so at once, one does and the others wait.
    ///
    /// # Errors
    /// [`OpenError`] says what could not be done.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        open::prepare(path)?;
        let watch = Watch::new("sqlite");
        let engine =
            Engine { readers: Readers::open(path)?, writer: Writer::open(path, watch.clone())?, watch };
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

    /// Lets be shown how it fares.
    pub fn register(&self, registry: &mut Registry) {
        self.db.engine.watch.register(registry);
        let engine = Arc::clone(&self.db.engine);
        let waiting = move || {
            let Engine { readers, writer, .. } = &*engine;
            vec![("read".to_owned(), readers.waiting()), ("write".to_owned(), writer.waiting())]
        };
        registry.register("database_waiting", watch::WAITING, Live::gauge("use", waiting));
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
    readers: Readers,
    writer: Writer,
    watch: Watch,
}

impl Database {
    /// Runs `work`, which traces call so, on a snapshot of the database.
    pub(crate) async fn read<A, T>(&self, name: &'static str, args: A, work: Work<A, T>) -> Result<T, Error>
    where
        A: Send + 'static,
        T: Send + 'static,
    {
        let read = async {
            let (unit, answer) = Unit::new(args, work);
            self.engine.readers.submit(Box::new(unit))?;
            in_time(answer).await?
        };
        self.engine.watch.read(name, read).await
    }

    /// Runs `work`, which traces call so, in a transaction that is durable when this returns. An error leaves no trace.
    pub(crate) async fn write<A, T>(&self, name: &'static str, args: A, work: Work<A, T>) -> Result<T, Error>
    where
        A: Send + 'static,
        T: Send + 'static,
    {
        let write = async {
            let (unit, answer) = Unit::new(args, work);
            self.engine.writer.submit(Job::Unit(Box::new(unit)))?;
            in_time(answer).await?
        };
        self.engine.watch.write(name, write).await
    }

    /// Appends messages, as [`Database::write`] would, without the cost of a unit of work.
    async fn append(&self, drafts: Vec<Draft>) -> Result<Vec<Result<Appended, Error>>, Error> {
        let append = async {
            let (job, answer) = AppendJob::new(drafts);
            self.engine.writer.submit(Job::Append(job))?;
            in_time(answer).await
        };
        self.engine.watch.append(append).await
    }
}

async fn in_time<T>(answer: oneshot::Receiver<T>) -> Result<T, Error> {
    let answered = tokio::time::timeout(ANSWER_WITHIN, answer).await;
    let answered =
        answered.map_err(|_| Error::Unavailable("the database did not answer in time".to_owned()))?;
    answered.map_err(|_| Error::Unavailable("the database is shutting down".to_owned()))
}

/// Runs "blocking" work in place: the connection has its thread to itself.
pub(crate) struct Inline;

impl SpawnBlocking for Inline {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn std::error::Error + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        Box::pin(ready(Ok(task())))
    }

    fn get_runtime() -> Self {
        Self
    }
}

/// The outcome of a future whose queries run in place, and which so never pends.
fn run<T>(work: impl Future<Output = fault::Result<T>>) -> Result<T, Error> {
    match work.now_or_never() {
        Some(outcome) => outcome.map_err(dialect::error),
        None => Err(Error::Internal("a unit of work waited for something that is no query".to_owned())),
    }
}

/// Runs statements, apart from any cache.
fn execute(conn: &mut Conn, statements: &'static str) -> Result<(), Error> {
    run(conn
        .spawn_blocking(move |conn| diesel::connection::SimpleConnection::batch_execute(conn, statements))
        .map(|done| Ok(done?)))
}
