//! What a service knows and nobody else: in a folder, made at the first start.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use async_trait::async_trait;
use chatchat_domain::{Error, Timestamp};
use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::files;

/// The service's own secret: 32 bytes.
const SECRET: &str = "server.secret";
/// What the names of the keys that sign tokens begin with.
const TOKEN_KEY: &str = "token-";
/// The key that is made at the first start.
pub(crate) const FIRST_TOKEN_KEY: &str = "token-0001";
/// What their files end with.
const EXTENSION: &str = "pk8";
/// A number below this one in a name is no moment. It is one of the year 2001.
const FIRST_MOMENT: u64 = 1_000_000_000;
/// PKCS#8 v1 (RFC 8410, section 7) of an Ed25519 key, up to its 32 bytes.
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The secrets of a service, the same on all its nodes.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// For [`chatchat_domain::ServerSecret`].
    pub secret: [u8; 32],
    /// The keys that sign tokens.
    pub token_keys: Vec<TokenKey>,
}

/// An Ed25519 key that signs tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// What it is called where it is kept: `token-` and the second that it was made in. Those that were made in another
    /// way have other names, and are older.
    pub name: String,
    /// Its seed (RFC 8032).
    pub seed: [u8; 32],
}

impl TokenKey {
    /// A key that is made at `now`.
    pub(crate) fn generate(now: Timestamp) -> Result<Self, Error> {
        let seed = new_key().map_err(|error| Error::Unavailable(format!("no randomness: {error}")))?;
        Ok(Self { name: format!("{TOKEN_KEY}{}", now.unix_seconds()), seed })
    }

    /// When it was made, if its name says so.
    pub(crate) fn made_at(&self) -> Option<Timestamp> {
        let second: u64 = self.name.strip_prefix(TOKEN_KEY)?.parse().ok()?;
        let moment = Timestamp::from_unix_micros(0).after(Duration::from_secs(second));
        (second >= FIRST_MOMENT).then_some(moment)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({})", self.name)
    }
}

/// Where the nodes of a service keep the keys that sign tokens.
///
/// Every method returns [`Error::Unavailable`] when that does not answer.
#[async_trait]
pub(crate) trait TokenKeyStore: Send + Sync {
    /// All of them, in any order.
    async fn all(&self) -> Result<Vec<TokenKey>, Error>;

    /// Keeps one more, unless there is one of its name.
    async fn add(&self, key: TokenKey) -> Result<(), Error>;

    /// Removes one, should it be there.
    async fn remove(&self, name: &str) -> Result<(), Error>;
}

/// Keeps keys in a folder.
pub(crate) struct KeyFolder(pub(crate) PathBuf);

impl KeyFolder {
    async fn locked<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let folder = self.0.clone();
        let done = tokio::task::spawn_blocking(move || files::locked(&folder, || work(&folder))).await;
        let done = done.map_err(|_| Error::Internal("work on the keys has panicked".to_owned()))?;
        done.map_err(|error| Error::Unavailable(format!("the keys: {error}")))
    }
}

#[async_trait]
impl TokenKeyStore for KeyFolder {
    async fn all(&self) -> Result<Vec<TokenKey>, Error> {
        self.locked(token_keys).await
    }

    async fn add(&self, key: TokenKey) -> Result<(), Error> {
        self.locked(move |folder| {
            let path = path_of(folder, &key.name);
            if path.exists() { Ok(()) } else { files::write_durably(&path, &pkcs8(&key.seed)) }
        })
        .await
    }

    async fn remove(&self, name: &str) -> Result<(), Error> {
        let name = name.to_owned();
        self.locked(move |folder| match fs::remove_file(path_of(folder, &name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }
}

impl Keys {
    /// The secrets in `folder`: `server.secret`, and the files `token-<name>.pk8`. What is not there is made; of two
    /// starters at once both get the same.
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

    /// The secret of the service that has used `folder` before, and nothing else.
    ///
    /// # Errors
    /// When there is none, or something that is none.
    pub fn secret_in(folder: &Path) -> io::Result<[u8; 32]> {
        let path = folder.join(SECRET);
        fs::read(&path)?.try_into().map_err(|_| invalid(&path, "does not hold 32 bytes"))
    }

    /// Copies the secrets of the service that uses `folder` to another folder.
    ///
    /// # Errors
    /// When there are none, or something that is no secret, or the copies cannot be written.
    pub fn copy(folder: &Path, to: &Path) -> io::Result<()> {
        Self::kept_in(folder)?;
        files::private_folder(to)?;
        let tokens = token_keys(folder)?;
        let tokens = tokens.iter().map(|key| path_of(folder, &key.name));
        for secret in tokens.chain([folder.join(SECRET)]) {
            files::copy_durably(&secret, &to.join(secret.file_name().unwrap_or_default()))?;
        }
        files::sync_folder(to)
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
        let first = TokenKey { name: FIRST_TOKEN_KEY.to_owned(), seed: new_key()? };
        files::write_durably(&path_of(folder, &first.name), &pkcs8(&first.seed))?;
        tokens.push(first);
    }
    Ok(Keys { secret: Keys::secret_in(folder)?, token_keys: tokens })
}

fn path_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.{EXTENSION}"))
}

fn token_keys(folder: &Path) -> io::Result<Vec<TokenKey>> {
    let mut keys = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_key = path.extension().is_some_and(|extension| extension == EXTENSION);
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if is_key && name.starts_with(TOKEN_KEY) {
            keys.push(TokenKey { name: name.into_owned(), seed: seed_in(&path)? });
        }
    }
    keys.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(keys)
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
        assert!(keys(folder.path()) == first && first.token_keys.len() == 1);
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

    fn key(name: &str) -> TokenKey {
        TokenKey { name: name.to_owned(), seed: [7; 32] }
    }

    #[tokio::test]
    async fn keys_come_and_go_while_the_service_runs() {
        let folder = tempfile::tempdir().unwrap();
        let first = keys(folder.path()).token_keys.remove(0);
        let store = KeyFolder(folder.path().to_owned());
        for _ in 0..2 {
            store.add(key("token-1800000000")).await.unwrap();
        }
        store.add(TokenKey { seed: [8; 32], ..key("token-1800000000") }).await.unwrap();
        assert_eq!(store.all().await.unwrap(), [first.clone(), key("token-1800000000")]);
        for _ in 0..2 {
            store.remove(&first.name).await.unwrap();
        }
        assert_eq!(keys(folder.path()).token_keys, [key("token-1800000000")], "no other is made");
    }

    #[test]
    fn a_key_s_name_tells_when_it_was_made() {
        let made = |name: &str| key(name).made_at().map(Timestamp::unix_seconds);
        assert_eq!(made("token-1800000000"), Some(1_800_000_000));
        for name in ["token-0001", "token-by-hand", "token-", "1800000000"] {
            assert_eq!(made(name), None, "{name}");
        }
        let now = Timestamp::from_unix_micros(1_800_000_000_999_999);
        assert_eq!(TokenKey::generate(now).unwrap().name, "token-1800000000");
    }

    #[test]
    fn what_is_damaged_is_refused_not_replaced() {
        for file in [SECRET, "token-0001.pk8"] {
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
        let keys = Keys { secret: [7; 32], token_keys: vec![key("token-1")] };
        assert_eq!(format!("{keys:?}"), "Keys(…)");
        assert_eq!(format!("{:?}", keys.token_keys), "[TokenKey(token-1)]");
    }
}
