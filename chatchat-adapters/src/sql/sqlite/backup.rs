//! A copy of a database that others use meanwhile.

use std::io;
use std::path::{Path, PathBuf};

use diesel::sql_types::Text;
use diesel::{RunQueryDsl as _, sql_query};

use super::open::{self, OpenError};
use crate::files;

/// Copies the database as it is at one moment to the new file `to`, readable by this user alone. Whoever uses it goes on
/// reading and writing; what is written meanwhile stays in the write-ahead log until the copy is done.
pub(super) fn copy(path: &Path, to: &Path) -> Result<(), OpenError> {
    let unusable = |source: io::Error| OpenError::File { path: to.to_owned(), source };
    let name = to.to_str().ok_or_else(|| OpenError::NotUtf8(PathBuf::from(to)))?;
    let mut conn = open::read_only(path)?;
    let file = files::new_private(to).map_err(unusable)?;
    sql_query("VACUUM INTO ?")
        .bind::<Text, _>(name)
        .execute(&mut conn)
        .map_err(|source| OpenError::Configure { path: path.to_owned(), source })?;
    file.sync_all().map_err(unusable) // SQLite does not
}
