//! The embedded default: everything in one process and one folder, nothing to configure.
//!
//! | in the folder | what |
//! | --- | --- |
//! | `keys/` | the server's secret and the keys that sign its tokens |
//! | `mail/` | the outbox |
//! | the database, the pictures | wherever [`EmbeddedOptions`] says |

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chatchat_domain::ports::RateLimiter;
use chatchat_domain::{Ports, ServerSecret};

use crate::images::Images;
use crate::keys::Keys;
use crate::mail::Outbox;
use crate::memory::{MemoryBus, MemoryCache, MemoryCodes, MemoryPresence, MemoryRateLimiter, Unlimited};
use crate::password::Bcrypt;
use crate::sql::sqlite::{self, Sqlite};
use crate::storage::Objects;
use crate::system::{SystemClock, SystemRandom};
use crate::token::Ed25519Tokens;

/// What may differ from one embedded server to another.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// Where keys and mail are.
    pub data_dir: PathBuf,
    /// The database's file.
    pub database: PathBuf,
    /// The folder for pictures.
    pub objects: PathBuf,
    /// Who signs the access tokens (`iss`).
    pub issuer: String,
    /// bcrypt's cost, from 4 to 31.
    pub bcrypt_cost: u32,
    /// Whether abuse is limited.
    pub limits_enabled: bool,
}

/// All ports of the embedded default, and what of it a server needs besides.
pub struct Embedded {
    /// For [`chatchat_domain::App::new`].
    pub ports: Ports,
    /// For [`chatchat_domain::Settings`].
    pub secret: ServerSecret,
    /// For whoever delivers events to people.
    pub bus: Arc<MemoryBus>,
    /// For whoever shows the mails.
    pub outbox: Arc<Outbox>,
    /// For whoever publishes the public keys.
    pub tokens: Arc<Ed25519Tokens>,
    /// For whoever asks whether the database answers.
    pub store: Sqlite,
}

/// Why the embedded default does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A folder or a file in it cannot be used.
    #[error("cannot use {}: {source}", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database cannot be opened.
    #[error("cannot open the database: {0}")]
    Database(#[from] sqlite::OpenError),
    /// The keys are none.
    #[error("cannot sign tokens: {0}")]
    Keys(#[from] chatchat_domain::Error),
}

impl Embedded {
    /// Opens everything, and makes what is not there yet.
    ///
    /// # Errors
    /// When a folder or the database cannot be used.
    pub fn open(options: EmbeddedOptions) -> Result<Self, OpenError> {
        let folder = |name| options.data_dir.join(name);
        let keys = folder("keys");
        let keys = Keys::in_folder(&keys).map_err(at(&keys))?;
        let tokens = Arc::new(Ed25519Tokens::new(&keys.token_seeds, options.issuer)?);
        let clock = Arc::new(SystemClock);
        let mail = folder("mail");
        let outbox = Arc::new(Outbox::open(&mail, clock.clone()).map_err(at(&mail))?);
        let objects = Arc::new(Objects::folder(&options.objects).map_err(at(&options.objects))?);
        let bus = Arc::new(MemoryBus::new());
        let store = Sqlite::open(&options.database)?;
        let repositories = store.repositories();
        let ports = Ports {
            accounts: repositories.accounts,
            codes: Arc::new(MemoryCodes::new()),
            sessions: repositories.sessions,
            friends: repositories.friends,
            groups: repositories.groups,
            conversations: repositories.conversations,
            log: repositories.log,
            bus: bus.clone(),
            cache: Arc::new(MemoryCache::new()),
            presence: Arc::new(MemoryPresence::new()),
            mailer: outbox.clone(),
            objects,
            images: Arc::new(Images::new()),
            passwords: Arc::new(Bcrypt::new(options.bcrypt_cost)),
            tokens: tokens.clone(),
            limiter: limiter(options.limits_enabled),
            pacer: Arc::new(MemoryRateLimiter::new()),
            clock,
            random: Arc::new(SystemRandom),
        };
        let secret = ServerSecret::new(keys.secret);
        Ok(Self { ports, secret, bus, outbox, tokens, store })
    }
}

fn limiter(enabled: bool) -> Arc<dyn RateLimiter> {
    if enabled { Arc::new(MemoryRateLimiter::new()) } else { Arc::new(Unlimited) }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Folder { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(home: &Path) -> EmbeddedOptions {
        EmbeddedOptions {
            data_dir: home.join("data"),
            database: home.join("data/chatchat.db"),
            objects: home.join("data/objects"),
            issuer: "http://localhost".to_owned(),
            bcrypt_cost: 12,
            limits_enabled: true,
        }
    }

    #[tokio::test]
    async fn it_starts_in_an_empty_folder_and_starts_again() {
        let home = tempfile::tempdir().unwrap();
        let first = Embedded::open(options(home.path())).unwrap();
        first.store.ping().await.unwrap();
        let jwks = first.tokens.jwks();
        drop(first);
        assert_eq!(Embedded::open(options(home.path())).unwrap().tokens.jwks(), jwks);
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_used_is_named() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("data"), "a file").unwrap();
        let error = Embedded::open(options(home.path())).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("data/keys"), "{error}");
    }
}
