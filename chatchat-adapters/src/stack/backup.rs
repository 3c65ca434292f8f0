//! A copy of what a service keeps on this machine, while it serves.
//!
//! The copy is a data folder like any other: a server can be started on it. Pictures and files are copied before the
//! database, and once more after it, as far as they are new: whatever the copied database names is there, also if it has
//! come in the meantime or is removed in the meantime.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{DatabaseOptions, ObjectOptions, StackOptions};
use crate::files;
use crate::keys::Keys;
use crate::sql::sqlite;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// What is kept elsewhere is copied with the means of those who keep it.
    #[error(
        "database.url: only SQLite is copied with this; a database server has a tool for it, such as mariadb-dump"
    )]
    Elsewhere,
    /// A copy never takes the place of anything.
    #[error("{0} is there already")]
    There(PathBuf),
    /// The database.
    #[error("database.url: {0}")]
    Database(#[from] sqlite::OpenError),
    /// The rest.
    #[error("cannot copy: {0}")]
    Files(#[from] io::Error),
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    /// How many pictures and files; none are copied that are in a bucket.
    pub objects: Option<u64>,
}

/// Copies the database, the keys, and pictures and files to the new folder `to`, which is there only once it is whole.
///
/// # Errors
/// [`BackupError`] says why there is no copy.
pub fn backup(options: &StackOptions, to: &Path) -> Result<BackedUp, BackupError> {
    #[allow(irrefutable_let_patterns, reason = "without the feature there is but one engine")]
    let DatabaseOptions::Sqlite(database) = &options.database else { return Err(BackupError::Elsewhere) };
    let to: PathBuf = to.components().collect(); // without a slash at its end
    let mut unfinished = to.clone().into_os_string();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    if let Some(there) = [&to, &unfinished].into_iter().find(|path| path.exists()) {
        return Err(BackupError::There(there.clone()));
    }
    files::private_folder(&unfinished)?;
    let copied = copy(options, database, &unfinished);
    if copied.is_err() {
        drop(fs::remove_dir_all(&unfinished)); // why it was not finished says more
        return copied;
    }
    fs::rename(&unfinished, to)?;
    copied
}

fn copy(options: &StackOptions, database: &Path, to: &Path) -> Result<BackedUp, BackupError> {
    let objects = || match &options.objects {
        ObjectOptions::Folder(folder) => copy_new(folder, &to.join("objects")).map(Some),
        #[cfg(feature = "s3")]
        ObjectOptions::S3(_) => Ok(None),
    };
    let before = objects()?;
    sqlite::copy(database, &to.join("chatchat.db"))?;
    let after = objects()?;
    Keys::copy(&options.data_dir.join("keys"), &to.join("keys"))?;
    files::sync_folder(to)?;
    Ok(BackedUp { objects: before.zip(after).map(|(before, after)| before + after) })
}

/// Copies the objects that are not there yet: none ever changes. Gives how many those were.
fn copy_new(from: &Path, to: &Path) -> io::Result<u64> {
    files::private_folder(to)?;
    let mut copied = 0;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (original, copy) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copied += copy_new(&original, &copy)?;
        } else if !is_being_written(&original) && !copy.exists() {
            copied += u64::from(files::copy_durably(&original, &copy)?);
        }
    }
    files::sync_folder(to)?;
    Ok(copied)
}

/// Until it is whole, an object has a name of this form.
fn is_being_written(object: &Path) -> bool {
    object.file_name().is_some_and(|name| name.to_string_lossy().contains('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_copied_once_and_whole() {
        let home = tempfile::tempdir().unwrap();
        let (from, to) = (home.path().join("objects"), home.path().join("copy"));
        fs::create_dir_all(from.join("avatars")).unwrap();
        fs::write(from.join("avatars/one"), "one").unwrap();
        fs::write(from.join("avatars/two#1"), "tw").unwrap();
        assert_eq!(copy_new(&from, &to).unwrap(), 1);
        fs::rename(from.join("avatars/two#1"), from.join("avatars/two")).unwrap();
        assert_eq!(copy_new(&from, &to).unwrap(), 1);
        assert_eq!(fs::read(to.join("avatars/two")).unwrap(), b"tw");
        assert_eq!(fs::read_dir(to.join("avatars")).unwrap().count(), 2);
    }
}
