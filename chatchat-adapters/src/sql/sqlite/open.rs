//! Opening: the file, its tables, its connections.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chatchat_domain::Error;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, ConnectionError, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::Conn;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// `synchronous = FULL`: what is acknowledged survives a power cut. The caches are upper bounds, not used unless
/// needed. A checkpoint every 16 000 pages (64 MiB): by then most pages of a
/// busy conversation have changed many times, and are written back once. What savepoints remember stays in memory.
const SETTINGS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -32000;
    PRAGMA mmap_size = 268435456;
    PRAGMA wal_autocheckpoint = 16000;
    PRAGMA temp_store = MEMORY;
";

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or the lock file.
    #[error("cannot prepare {path}: {source}")]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite takes only UTF-8.
    #[error("the path {0} is not UTF-8")]
    NotUtf8(PathBuf),
    /// The database file.
    #[error("cannot open the database {path}: {source}")]
    Connect {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: ConnectionError,
    },
    /// Something that is no database, perhaps, or a file system that cannot hold one.
    #[error("cannot use the database {path}: {source}")]
    Configure {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: diesel::result::Error,
    },
    /// The tables could not be brought up to date.
    #[error("cannot migrate the database {path}: {reason}")]
    Migrate {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The streams could not be moved.
    #[error("cannot begin a new epoch: {0}")]
    Epoch(Error),
    /// The system gives no thread.
    #[error("cannot start a thread for the database: {0}")]
    Thread(io::Error),
}

/// Makes the file where there is none and brings its tables up to date, one process at a time; gives the migrations
/// that were run.
pub(super) fn prepare(path: &Path) -> Result<Vec<String>, OpenError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| OpenError::File { path: folder.to_owned(), source })?;
    }
    let _lock = lock(path)?;
    let migrated = connect(path)?
        .run_pending_migrations(MIGRATIONS)
        .map(|applied| applied.iter().map(ToString::to_string).collect());
    migrated.map_err(|reason| OpenError::Migrate { path: path.to_owned(), reason: reason.to_string() })
}

/// Whether there is a database that can be read; changes nothing.
pub(super) fn is_there(path: &Path) -> Result<bool, OpenError> {
    if !path.exists() {
        return Ok(false);
    }
    read_only(path).map(|_| true)
}

/// A connection that changes nothing, not even the tables of an older version.
pub(super) fn read_only(path: &Path) -> Result<SqliteConnection, OpenError> {
    let address = format!(
        "file:{}?mode=ro",
        path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
    );
    let mut conn = SqliteConnection::establish(&address)
        .map_err(|source| OpenError::Connect { path: path.to_owned(), source })?;
    configure(&mut conn, path, "PRAGMA busy_timeout = 5000; SELECT count(*) FROM sqlite_master")?;
    Ok(conn)
}

/// The connection that writes.
pub(super) fn writer(path: &Path) -> Result<Conn, OpenError> {
    connect(path).map(Conn::new)
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path) -> Result<Conn, OpenError> {
    let mut conn = connect(path)?;
    configure(&mut conn, path, "PRAGMA query_only = ON")?;
    Ok(Conn::new(conn))
}

/// The only connection there is, to a database that is there.
pub(super) fn alone(path: &Path) -> Result<Conn, OpenError> {
    if !path.is_file() {
        let source = io::Error::from(io::ErrorKind::NotFound);
        return Err(OpenError::File { path: path.to_owned(), source });
    }
    prepare(path)?;
    let mut conn = connect(path)?;
    // In this mode the first statement takes a lock that no other connection bears.
    configure(
        &mut conn,
        path,
        "PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT",
    )?;
    Ok(Conn::new(conn))
}

/// Waits for the lock file beside the database; it is held until the file is dropped.
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let locked = File::options().create(true).write(true).truncate(false).open(&path).and_then(|file| {
        file.lock()?;
        Ok(file)
    });
    locked.map_err(|source| OpenError::File { path, source })
}

fn connect(path: &Path) -> Result<SqliteConnection, OpenError> {
    let name = path.to_str().ok_or_else(|| OpenError::NotUtf8(path.to_owned()))?;
    let mut conn = SqliteConnection::establish(name)
        .map_err(|source| OpenError::Connect { path: path.to_owned(), source })?;
    configure(&mut conn, path, SETTINGS)?;
    Ok(conn)
}

fn configure(conn: &mut SqliteConnection, path: &Path, settings: &str) -> Result<(), OpenError> {
    conn.batch_execute(settings).map_err(|source| OpenError::Configure { path: path.to_owned(), source })
}
