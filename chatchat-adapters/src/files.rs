//! Files that nobody else may read, written whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Makes the folder, and those above it, readable by this user alone; one that exists stays as it is.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Puts `bytes` at `path` for good, readable by this user alone. Two writers of one path must not meet.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("tmp");
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create(true).truncate(true).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// A new file, readable by this user alone.
pub(crate) fn new_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

/// Copies a file for good, readable by this user alone. False if there is none (any more).
pub(crate) fn copy_durably(from: &Path, to: &Path) -> io::Result<bool> {
    let mut original = match File::open(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let mut copy = new_private(to)?;
    io::copy(&mut original, &mut copy)?;
    copy.sync_all()?;
    Ok(true)
}

/// Does `work` while no other process does any on this folder. The lock goes with the process that holds it.
pub(crate) fn locked<T>(folder: &Path, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let lock = File::create(folder.join(".lock"))?;
    lock.lock()?;
    work()
}

/// A rename lasts only once its folder is on the disk.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("one/two");
        private_folder(&folder).unwrap();
        write_durably(&folder.join("file.bin"), b"bytes").unwrap();
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("file.bin")), 0o600);
    }

    #[test]
    fn a_file_is_replaced_whole_and_leaves_no_draft() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file.bin");
        write_durably(&path, b"a longer first version").unwrap();
        write_durably(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
