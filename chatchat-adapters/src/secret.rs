//! The server's own secret, made at the first start.

use std::path::Path;
use std::{fs, io};

use chatchat_domain::ServerSecret;
use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::files;

/// The secret's file in the keys' folder: 32 bytes.
const FILE: &str = "server.secret";

/// The secret in `keys_dir`; one is made if there is none. Of two starters at once both get the same.
///
/// # Errors
/// When the folder cannot be used, or holds something that is no secret.
pub fn load_or_create_secret(keys_dir: &Path) -> io::Result<ServerSecret> {
    files::private_folder(keys_dir)?;
    files::locked(keys_dir, || load_or_create(&keys_dir.join(FILE))).map(ServerSecret::new)
}

fn load_or_create(path: &Path) -> io::Result<[u8; 32]> {
    match fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{} does not hold 32 bytes", path.display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
        Err(error) => Err(error),
    }
}

fn create(path: &Path) -> io::Result<[u8; 32]> {
    let mut secret = [0; 32];
    SysRng.try_fill_bytes(&mut secret).map_err(io::Error::other)?;
    files::write_durably(path, &secret)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn the_secret_outlives_a_restart() {
        let keys = tempfile::tempdir().unwrap();
        let path = keys.path().join(FILE);
        load_or_create_secret(keys.path()).unwrap();
        let first = fs::read(&path).unwrap();
        load_or_create_secret(keys.path()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
        assert_eq!(first.len(), 32);
    }

    #[test]
    fn starters_at_once_get_the_same_secret() {
        let keys = tempfile::tempdir().unwrap();
        let path = keys.path().join(FILE);
        let start = || files::locked(keys.path(), || load_or_create(&path)).unwrap();
        let secrets: Vec<_> = thread::scope(|scope| {
            let starters: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            starters.into_iter().map(|starter| starter.join().unwrap()).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
    }

    #[test]
    fn a_damaged_secret_is_refused_not_replaced() {
        let keys = tempfile::tempdir().unwrap();
        fs::write(keys.path().join(FILE), b"short").unwrap();
        let error = load_or_create_secret(keys.path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
