//! Opening: what the URL says, connections, versions, tables.

use std::path::PathBuf;
use std::time::Duration;

use chatchat_domain::Error;
use diesel_async::AsyncMysqlConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder};
use tokio::time::{Instant, sleep};
use url::Url;

use super::guard;
use crate::tls;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/mysql");

/// How long all else of opening may take, and how long another process may migrate.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
const MIGRATED_WITHIN_SECONDS: u64 = 300;
/// How long the server may still tell of connections that have just been closed, and how often it is asked.
const GONE_WITHIN: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A lock that is waited for longer than this has the transaction run again.
const LOCK_WAIT: &str = "SET SESSION innodb_lock_wait_timeout = 3";
/// In the order of the protocol's documentation: wrong user or password, no right to the database, no such database.
const REFUSALS: [u16; 4] = [1044, 1045, 1049, 1698];

/// Why a database could not be opened. Never holds the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL is none, or says what is not known.
    #[error("the URL is not usable: {0}")]
    Url(String),
    /// The server does not let us in.
    #[error("{0}")]
    Refused(String),
    /// Nothing answers; this may pass.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// A server that is too old.
    #[error("{found} is not supported: it must be MySQL 8, MariaDB 10.11, TiDB, or newer")]
    Version {
        /// What the server calls itself.
        found: String,
    },
    /// The tables could not be brought up to date.
    #[error("cannot migrate: {0}")]
    Migrate(String),
    /// Others are connected to a database that nobody may use meanwhile.
    #[error("the database is in use: end all nodes first")]
    InUse,
    /// The streams could not be moved.
    #[error("cannot begin a new epoch: {0}")]
    Epoch(Error),
    /// The pool could not be made.
    #[error("cannot make a pool: {0}")]
    Pool(String),
}

impl OpenError {
    /// Whether it may go well a moment later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

/// What the URL says.
pub(super) fn options(url: &str) -> Result<Opts, OpenError> {
    let malformed = |_| OpenError::Url("it is not mysql://user:password@host:port/database".to_owned());
    let mut url = Url::parse(url).map_err(malformed)?;
    let ca = tls::take_ca(&mut url);
    let given = Opts::from_url(url.as_str()).map_err(|error| OpenError::Url(error.to_string()))?;
    if given.db_name().is_none_or(str::is_empty) {
        return Err(OpenError::Url("it names no database".to_owned()));
    }
    let trusting = |path: PathBuf| {
        let roots = vec![path.into()];
        given.ssl_opts().cloned().unwrap_or_default().with_root_certs(roots)
    };
    let tls = ca.map(trusting).or_else(|| given.ssl_opts().cloned());
    Ok(OptsBuilder::from_opts(given)
        .ssl_opts(tls)
        .prefer_socket(false)
        .stmt_cache_size(0) // diesel has its own
        .client_found_rows(true) // as all other engines count
        .init(vec![LOCK_WAIT])
        .into())
}

/// A new connection.
pub(super) async fn connect(options: &Opts) -> Result<Conn, OpenError> {
    let connected = tokio::time::timeout(CONNECTED_WITHIN, Conn::new(options.clone())).await;
    match connected {
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(mysql_async::Error::Server(error))) if REFUSALS.contains(&error.code) => {
            Err(OpenError::Refused(error.message))
        }
        Ok(Err(error)) => Err(OpenError::Unreachable(one_line(&error))),
        Err(_) => Err(OpenError::Unreachable("it does not answer".to_owned())),
    }
}

/// What the server calls itself.
///
/// # Errors
/// [`OpenError::Version`] if that is too old.
pub(super) async fn version(options: &Opts) -> Result<String, OpenError> {
    let mut conn = connect(options).await?;
    let reported = conn.query_first::<String, _>("SELECT VERSION()").await.map_err(unreachable)?;
    let version = Version::of(&reported.unwrap_or_default());
    drop(conn.disconnect().await);
    if version.is_supported() {
        Ok(version.to_string())
    } else {
        Err(OpenError::Version { found: version.to_string() })
    }
}

/// Brings the tables up to date, one process at a time; gives the migrations that were run.
pub(super) async fn migrate(options: &Opts) -> Result<Vec<String>, OpenError> {
    version(options).await?;
    let mut guard = connect(options).await?;
    // One name for each database of the server.
    let lock = format!(
        "SELECT GET_LOCK(LEFT(CONCAT('chatchat-migration:', DATABASE()), 64), {MIGRATED_WITHIN_SECONDS})"
    );
    let locked: Option<Option<i64>> = guard.query_first(lock).await.map_err(unreachable)?;
    if locked.flatten() != Some(1) {
        return Err(OpenError::Migrate("another process has been at it for too long".to_owned()));
    }
    let migrated = run_pending(options).await;
    if migrated.is_ok() {
        guard::protect_audit(&mut guard).await;
    }
    drop(guard.disconnect().await); // gives the lock back
    migrated
}

/// A connection to a database whose tables are up to date, and to which nobody else with this account is connected.
pub(super) async fn alone(options: &Opts) -> Result<AsyncMysqlConnection, OpenError> {
    migrate(options).await?;
    let mut conn = connect(options).await?;
    let deadline = Instant::now() + GONE_WITHIN;
    while others(&mut conn).await? > 0 {
        if Instant::now() > deadline {
            return Err(OpenError::InUse);
        }
        sleep(LOOK_EVERY).await;
    }
    let conn = AsyncMysqlConnection::try_from(conn).await;
    conn.map_err(|error| OpenError::Unreachable(error.to_string()))
}

/// How many others with this account use the database.
async fn others(conn: &mut Conn) -> Result<u64, OpenError> {
    let others = "SELECT COUNT(*) FROM information_schema.processlist \
                  WHERE db = DATABASE() AND id <> CONNECTION_ID()";
    Ok(conn.query_first(others).await.map_err(unreachable)?.unwrap_or_default())
}

/// The harness is synchronous: it has a thread to itself.
async fn run_pending(options: &Opts) -> Result<Vec<String>, OpenError> {
    let conn = AsyncMysqlConnection::try_from(connect(options).await?).await;
    let conn = conn.map_err(|error| OpenError::Unreachable(error.to_string()))?;
    let run = tokio::task::spawn_blocking(move || {
        let mut conn = AsyncConnectionWrapper::<_>::from(conn);
        let applied =
            conn.run_pending_migrations(MIGRATIONS).map_err(|error| OpenError::Migrate(error.to_string()))?;
        Ok(applied.iter().map(ToString::to_string).collect())
    });
    run.await.unwrap_or_else(|_| Err(OpenError::Migrate("the migration has panicked".to_owned())))
}

fn unreachable(error: mysql_async::Error) -> OpenError {
    OpenError::Unreachable(one_line(&error))
}

fn one_line(error: &mysql_async::Error) -> String {
    error.to_string().replace('\n', " ")
}

/// A server's product and version.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    product: &'static str,
    number: String,
}

impl Version {
    /// From what `VERSION()` gives: `8.0.36`, `10.11.6-MariaDB-log`, `8.0.11-TiDB-v7.5.0`.
    fn of(reported: &str) -> Self {
        let number = |text: &str| text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        if let Some((_, version)) = reported.split_once("-TiDB-v") {
            return Self { product: "TiDB", number: number(version) };
        }
        // MariaDB before 11 may put 5.5.5- in front, for clients of that age.
        let product = if reported.contains("MariaDB") { "MariaDB" } else { "MySQL" };
        Self { product, number: number(reported.strip_prefix("5.5.5-").unwrap_or(reported)) }
    }

    fn is_supported(&self) -> bool {
        let mut parts = self.number.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
        let version = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let least = match self.product {
            "TiDB" => (7, 1),
            "MariaDB" => (10, 11),
            _ => (8, 0),
        };
        version >= least
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.product, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart() {
        for (reported, product, supported) in [
            ("8.0.36", "MySQL 8.0.36", true),
            ("9.1.0-log", "MySQL 9.1.0", true),
            ("5.7.44", "MySQL 5.7.44", false),
            ("10.11.6-MariaDB-0+deb12u1", "MariaDB 10.11.6", true),
            ("5.5.5-10.6.16-MariaDB", "MariaDB 10.6.16", false),
            ("11.4.2-MariaDB", "MariaDB 11.4.2", true),
            ("8.0.11-TiDB-v7.5.0", "TiDB 7.5.0", true),
            ("", "MySQL ", false),
        ] {
            let version = Version::of(reported);
            assert_eq!((version.to_string().as_str(), version.is_supported()), (product, supported));
        }
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_its_secret() {
        for url in [
            "mysql://ann:secret@h",
            "secret",
            "mysql://ann:secret@h/db?colour=secret2",
            "http://ann:secret@h/db",
        ] {
            let error = options(url).unwrap_err();
            assert!(matches!(error, OpenError::Url(_)), "{url}");
            assert!(!error.to_string().contains("ann:secret"), "{error}");
        }
    }

    #[test]
    fn a_certificate_of_ones_own_asks_for_tls() {
        let options = options("mysql://ann:pw@h/db?ssl_ca=/etc/ca.pem").unwrap();
        assert_eq!(options.ssl_opts().unwrap().root_certs().len(), 1);
        assert!(super::options("mysql://ann:pw@h/db").unwrap().ssl_opts().is_none());
    }
}
