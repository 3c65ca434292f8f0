//! Connections, and how a unit of work runs on one.

use std::time::Duration;

use chatchat_domain::Error;
use diesel::{ConnectionError, QueryResult};
use diesel_async::pooled_connection::deadpool::{Object, Pool as Deadpool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncMysqlConnection, SimpleAsyncConnection as _};
use futures_util::FutureExt as _;
use mysql_async::Opts;
use tokio::time::{Instant, sleep, timeout_at};

use super::{Conn, OpenError, Work, dialect, open};
use crate::sql::fault::{self, Fault};

/// How many connections a pool has at most. Two pools a node: six nodes stay below the 151 that servers take.
const CONNECTIONS: usize = 10;
/// How many units may wait for a connection. More than that would time out before their turn.
const MAX_WAITING: usize = 4096;
/// How long a unit takes at most, with all that it waits for.
const DONE_WITHIN: Duration = Duration::from_secs(5);
/// How long a new connection may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(3);
/// How often a unit is run that loses against others.
const MAX_TRIES: u32 = 8;
/// How long the loser waits before it tries again: up to this for each time that it has lost.
const PAUSE: Duration = Duration::from_millis(10);

/// What a transaction sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Isolation {
    /// The database as it was at the first query; nothing can be written.
    Snapshot,
    /// What is committed when each query runs. What must not change meanwhile is locked.
    Newest,
}

impl Isolation {
    const fn setup(self) -> &'static str {
        match self {
            Self::Snapshot => "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            Self::Newest => "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        }
    }

    const fn begin(self) -> &'static str {
        match self {
            Self::Snapshot => "START TRANSACTION READ ONLY",
            Self::Newest => "START TRANSACTION",
        }
    }
}

/// A bounded number of connections to one database.
#[derive(Clone)]
pub(super) struct Pool {
    connections: Deadpool<Conn>,
    isolation: Isolation,
}

impl Pool {
    pub(super) fn new(options: &Opts, isolation: Isolation) -> Result<Self, OpenError> {
        let options = options.clone();
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |_| connect(options.clone(), isolation).boxed());
        let manager = AsyncDieselConnectionManager::new_with_config("", config);
        let connections = Deadpool::builder(manager)
            .max_size(CONNECTIONS)
            .build()
            .map_err(|error| OpenError::Pool(error.to_string()))?;
        Ok(Self { connections, isolation })
    }

    /// How many units wait for a connection.
    pub(super) fn waiting(&self) -> u64 {
        u64::try_from(self.connections.status().waiting).unwrap_or_default()
    }

    /// How many connections are in use.
    pub(super) fn busy(&self) -> u64 {
        let status = self.connections.status();
        u64::try_from(status.size.saturating_sub(status.available)).unwrap_or_default()
    }

    /// Runs `work` in a transaction; again if it loses against another one.
    pub(super) async fn run<A: Sync, T>(&self, args: &A, work: Work<A, T>) -> Result<T, Error> {
        let deadline = Instant::now() + DONE_WITHIN;
        let mut tries = 0;
        loop {
            match self.try_once(deadline, args, work).await {
                Err(Fault::Sql(error)) if dialect::has_lost(&error) && tries < MAX_TRIES => {
                    tries += 1;
                    sleep(rand::random_range(Duration::ZERO..PAUSE * tries)).await;
                }
                outcome => return outcome.map_err(dialect::error),
            }
        }
    }

    async fn try_once<A: Sync, T>(&self, deadline: Instant, args: &A, work: Work<A, T>) -> fault::Result<T> {
        let in_time = async { self.begin(deadline).await?.finish(args, work).await };
        timeout_at(deadline, in_time).await.unwrap_or_else(|_| Err(too_late()))
    }

    /// Begins a transaction. A connection that has died in the pool is replaced.
    async fn begin(&self, deadline: Instant) -> fault::Result<Unfinished> {
        let mut dead = 0;
        loop {
            let mut unfinished = Unfinished(Some(self.connection(deadline).await?));
            match unfinished.execute(self.isolation.begin()).await {
                Ok(()) => return Ok(unfinished),
                Err(error) if dead == CONNECTIONS => return Err(away(&error)),
                Err(_) => dead += 1,
            }
        }
    }

    /// That none is free in time says that too much waits, not that the database is away: those say so who have one.
    async fn connection(&self, deadline: Instant) -> fault::Result<Object<Conn>> {
        if self.connections.status().waiting >= MAX_WAITING {
            return Err(overloaded());
        }
        let connection = timeout_at(deadline, self.connections.get()).await;
        connection.map_err(|_| overloaded())?.map_err(|error| away(&error))
    }
}

/// A connection that is in a transaction, or in the midst of a statement. Unless it is finished, it is closed: the
/// server then undoes what was done.
struct Unfinished(Option<Object<Conn>>);

impl Unfinished {
    async fn finish<A, T>(mut self, args: &A, work: Work<A, T>) -> fault::Result<T> {
        let Some(conn) = self.0.as_mut() else { return Err(too_late()) };
        let outcome = work(conn, args).await;
        let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
        match (self.execute(end).await, outcome) {
            (Ok(()), outcome) => {
                drop(self.0.take()); // back to the pool
                outcome
            }
            (Err(_), Err(fault)) => Err(fault),
            (Err(error), Ok(_)) if dialect::has_lost(&error) => Err(error.into()),
            (Err(error), Ok(_)) => Err(away(&error)),
        }
    }

    async fn execute(&mut self, statement: &str) -> QueryResult<()> {
        match self.0.as_mut() {
            Some(conn) => conn.batch_execute(statement).await,
            None => Ok(()),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        drop(self.0.take().map(Object::take));
    }
}

async fn connect(options: Opts, isolation: Isolation) -> Result<AsyncMysqlConnection, ConnectionError> {
    let connected = tokio::time::timeout(CONNECTED_WITHIN, open::connect(&options)).await;
    let connected = connected.map_err(|_| ConnectionError::BadConnection("it takes too long".to_owned()))?;
    let conn = connected.map_err(|error| ConnectionError::BadConnection(error.to_string()))?;
    let mut conn = AsyncMysqlConnection::try_from(conn).await?;
    let set = conn.batch_execute(isolation.setup()).await;
    set.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

fn overloaded() -> Fault {
    Error::Overloaded("too much waits for the database".to_owned()).into()
}

fn too_late() -> Fault {
    Error::Unavailable("the database did not answer in time".to_owned()).into()
}

fn away(error: &dyn std::error::Error) -> Fault {
    Error::Unavailable(format!("the database: {error}")).into()
}
