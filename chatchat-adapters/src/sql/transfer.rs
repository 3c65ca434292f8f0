//! Moves what a stopped service keeps in SQLite to a database that speaks MySQL's protocol.
//!
//! Tables are copied in the order of their keys, so that the last row that has arrived tells where to go on, however
//! often the copying is interrupted. While it lasts the target is marked, and no server uses it; the mark goes when
//! both sides were read again, side by side, and every row was found to be equal.

use std::path::Path;

use chatchat_domain::Error;

use super::mysql::{self, Mysql, arrivals};
use super::sqlite::{self, Source};
use crate::keys::Keys;

/// Why nothing, or not all, was moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The source cannot be read; perhaps because a server still uses it.
    #[error("--from: {0}")]
    Source(#[from] sqlite::OpenError),
    /// The target cannot be opened.
    #[error("--to: {0}")]
    Target(#[from] mysql::OpenError),
    /// The target holds what does not come from this source.
    #[error("--to: the database is in use already, by a service or by the transfer of another one")]
    InUse,
    /// Something went wrong on the way; it can be tried again.
    #[error("not finished, run it again: {0}")]
    Interrupted(#[from] Error),
    /// The two are not equal. The target stays marked.
    #[error("the copy is not equal to the original: {table}, after row {row}")]
    Unequal {
        /// In which table.
        table: &'static str,
        /// After how many equal rows.
        row: u64,
    },
}

/// How many rows each table has now.
pub type Transferred = Vec<(&'static str, u64)>;

/// Moves the database in the file `from` and the service's `keys` to the database at `to`. Goes on where a transfer
/// that was interrupted has ended.
///
/// # Errors
/// [`TransferError`] says what is in the way. The source is not changed, but for bringing its tables up to date.
pub async fn transfer(from: &Path, to: &str, keys: &Keys) -> Result<Transferred, TransferError> {
    let moving = Moving { source: Source::open(from)?, target: Mysql::open(to).await? };
    if !moving.target.begin_transfer(keys).await? {
        return Err(TransferError::InUse);
    }
    macro_rules! every_table {
        ($step:ident: $($table:ident)+) => {
            vec![$((stringify!($table), moving.$step(&Table {
                name: stringify!($table),
                originals: |conn, last| Box::pin(sqlite::tables::$table(conn, last)),
                copies: |conn, last| Box::pin(mysql::tables::$table(conn, last)),
                newest_copy: |conn, nothing| Box::pin(arrivals::$table::last(conn, nothing)),
                put: |conn, rows| Box::pin(arrivals::$table::put(conn, rows)),
            }).await?)),+]
        };
        ($step:ident) => {
            every_table! { $step:
                users user_terms sessions friend_requests friendships blocks
                conversations groups group_terms join_requests members messages
                message_changes message_signatures mentions reactions attachments attachment_uses outbox audit
                identities provider_accounts provider_grants provider_tokens
            }
        };
    }
    for (table, rows) in every_table!(copy) {
        tracing::info!(table, rows, "copied");
    }
    let compared = every_table!(compare);
    moving.target.end_transfer().await?;
    Ok(compared)
}

/// A table on both sides.
struct Table<R> {
    name: &'static str,
    /// The rows there that follow one, or the first ones.
    originals: sqlite::Work<Option<R>, Vec<R>>,
    copies: mysql::Work<Option<R>, Vec<R>>,
    newest_copy: mysql::Work<(), Option<R>>,
    put: mysql::Work<Vec<R>, ()>,
}

struct Moving {
    source: Source,
    target: Mysql,
}

impl Moving {
    /// Copies what has not been copied yet; gives how many rows that was.
    async fn copy<R>(&self, table: &Table<R>) -> Result<u64, Error>
    where
        R: Clone + Send + Sync + 'static,
    {
        let mut copied = 0;
        let mut last = self.target.db().read("transfer", (), table.newest_copy).await?;
        loop {
            let rows = self.source.read(&last, table.originals)?;
            let Some(newest) = rows.last().cloned() else { return Ok(copied) };
            copied += number_of(&rows);
            self.target.db().write("transfer", rows, table.put).await?;
            last = Some(newest);
        }
    }

    /// Compares all rows; gives how many there are.
    async fn compare<R>(&self, table: &Table<R>) -> Result<u64, TransferError>
    where
        R: Clone + PartialEq + Send + Sync + 'static,
    {
        let (mut compared, mut last) = (0, None);
        loop {
            let originals = self.source.read(&last, table.originals)?;
            let copies = self.target.db().read("transfer", last, table.copies).await?;
            if originals != copies {
                return Err(TransferError::Unequal { table: table.name, row: compared });
            }
            compared += number_of(&originals);
            last = originals.into_iter().next_back();
            if last.is_none() {
                return Ok(compared);
            }
        }
    }
}

fn number_of<R>(rows: &[R]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}
