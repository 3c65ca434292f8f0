//! What a service knows and nobody else: in a folder, made at the first start.

use std::fmt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::files;

/// The service's own secret: 32 bytes.
const SECRET: &str = "server.secret";
/// The key that is made at the first start.
const FIRST_TOKEN_KEY: &str = "token-0001.pk8";
/// PKCS#8 v1 (RFC 8410, section 7) of an Ed25519 key, up to its 32 bytes.
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The secrets of a service, the same on all its nodes.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// For [`chatchat_domain::ServerSecret`].
    pub secret: [u8; 32],
    /// The seeds of the Ed25519 keys (RFC 8032) that sign tokens, the newest last.
    pub token_seeds: Vec<[u8; 32]>,
}

impl Keys {
    /// The secrets in `folder`: `server.secret`, and the files `token-<name>.pk8`, of which the one whose name sorts
    /// last is the newest. What is not there is made; of two starters at once both get the same.
    ///
    /// To change the keys of tokens, add `token-0002.pk8` (`openssl genpkey -algorithm ed25519 -outform DER`),
    /// restart, and remove the old one when its last token has ended.
    ///
    /// # Errors
    /// When the folder cannot be used, or holds something that is no secret.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        files::private_folder(folder)?;
        files::locked(folder, || load_or_create(folder))
    }

    /// The secrets of the service that has used `folder` before.
    ///
    /// # Errors
    /// When there are none, or something that is no secret.
    pub fn kept_in(folder: &Path) -> io::Result<Self> {
        let secret = folder.join(SECRET);
        if !secret.exists() {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no {}", secret.display())));
        }
        Self::in_folder(folder)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// 32 bytes that nobody can guess.
pub(crate) fn new_key() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// An Ed25519 key as PKCS#8 v1.
pub(crate) fn pkcs8(seed: &[u8; 32]) -> Vec<u8> {
    [&PKCS8_HEAD[..], seed].concat()
}

fn load_or_create(folder: &Path) -> io::Result<Keys> {
    let secret = folder.join(SECRET);
    if !secret.exists() {
        files::write_durably(&secret, &new_key()?)?;
    }
    let mut tokens = token_keys(folder)?;
    if tokens.is_empty() {
        let first = folder.join(FIRST_TOKEN_KEY);
        files::write_durably(&first, &pkcs8(&new_key()?))?;
        tokens.push(first);
    }
    let secret = fs::read(&secret)?.try_into().map_err(|_| invalid(&secret, "does not hold 32 bytes"))?;
    let token_seeds = tokens.iter().map(|path| seed_in(path)).collect::<io::Result<_>>()?;
    Ok(Keys { secret, token_seeds })
}

fn token_keys(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("token-") && name.ends_with(".pk8")
    });
    paths.sort();
    Ok(paths)
}

fn seed_in(path: &Path) -> io::Result<[u8; 32]> {
    let der = fs::read(path)?;
    let seed = der.strip_prefix(&PKCS8_HEAD).and_then(|seed| seed.try_into().ok());
    seed.ok_or_else(|| invalid(path, "is not an Ed25519 key in PKCS#8 v1"))
}

fn invalid(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{} {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn keys(folder: &Path) -> Keys {
        Keys::in_folder(folder).unwrap()
    }

    #[test]
    fn who_asks_for_what_is_kept_gets_nothing_new() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Keys::kept_in(folder.path()).unwrap_err().kind(), io::ErrorKind::NotFound);
        let made = keys(folder.path());
        assert_eq!(Keys::kept_in(folder.path()).unwrap(), made);
    }

    #[test]
    fn the_secrets_outlive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let first = keys(folder.path());
        assert!(keys(folder.path()) == first && first.token_seeds.len() == 1);
    }

    #[test]
    fn starters_at_once_get_the_same_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let all: Vec<_> = thread::scope(|scope| {
            let starters: Vec<_> = (0..8).map(|_| scope.spawn(|| keys(folder.path()))).collect();
            starters.into_iter().map(|starter| starter.join().unwrap()).collect()
        });
        assert!(all.iter().all(|one| *one == all[0]));
    }

    #[test]
    fn the_key_whose_name_sorts_last_is_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let first = keys(folder.path()).token_seeds;
        fs::write(folder.path().join("token-0002.pk8"), pkcs8(&[7; 32])).unwrap();
        assert_eq!(keys(folder.path()).token_seeds, [first[0], [7; 32]]);
    }

    #[test]
    fn what_is_damaged_is_refused_not_replaced() {
        for file in [SECRET, FIRST_TOKEN_KEY] {
            let folder = tempfile::tempdir().unwrap();
            keys(folder.path());
            fs::write(folder.path().join(file), "short").unwrap();
            let error = Keys::in_folder(folder.path()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert!(error.to_string().contains(file), "{error}");
            assert_eq!(fs::read(folder.path().join(file)).unwrap(), b"short");
        }
    }

    #[test]
    fn nothing_of_it_is_ever_printed() {
        let keys = Keys { secret: [7; 32], token_seeds: vec![[7; 32]] };
        assert_eq!(format!("{keys:?}"), "Keys(…)");
    }
}
