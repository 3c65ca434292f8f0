//! The embedded default: every port inside one process and one folder.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chatchat_domain::ports::{Clock, RateLimiter};
use chatchat_domain::{Ports, ServerSecret};

use crate::images::Images;
use crate::mail::Outbox;
use crate::memory::{MemoryBus, MemoryCache, MemoryCodes, MemoryPresence, MemoryRateLimiter, Unlimited};
use crate::password::Bcrypt;
use crate::secret::load_or_create_secret;
use crate::sql::sqlite::{self, Sqlite};
use crate::storage::Objects;
use crate::system::{SystemClock, SystemRandom};
use crate::token::Ed25519Tokens;

/// Where the embedded default keeps its things, and how it behaves.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// The folder for keys and mail; made if missing.
    pub data_dir: PathBuf,
    /// The database's file; made if missing.
    pub database: PathBuf,
    /// The folder for pictures; made if missing.
    pub objects: PathBuf,
    /// Who signs the access tokens (`iss`).
    pub issuer: String,
    /// How slow passwords are hashed, 4 to 31.
    pub bcrypt_cost: u32,
    /// Whether the limits against abuse hold.
    pub limits_enabled: bool,
}

/// All ports of the embedded default, and those of its parts that somebody needs by name.
#[derive(Clone)]
pub struct Embedded {
    /// What the product is built from.
    pub ports: Ports,
    /// The service's own secret.
    pub secret: ServerSecret,
    /// Where listeners are attached.
    pub bus: Arc<MemoryBus>,
    /// The mail that was sent.
    pub outbox: Arc<Outbox>,
    /// The public keys.
    pub tokens: Arc<Ed25519Tokens>,
    /// The store, to ask whether it answers.
    pub store: Arc<Sqlite>,
}

/// Why the embedded default could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A folder or file could not be made or read.
    #[error("{path}: {error}")]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The database could not be opened.
    #[error(transparent)]
    Database(#[from] sqlite::OpenError),
}

impl Embedded {
    /// Opens everything, and makes what is missing.
    ///
    /// # Errors
    /// Whatever cannot be made or read.
    pub fn open(options: EmbeddedOptions) -> Result<Self, OpenError> {
        let (keys, mail) = (options.data_dir.join("keys"), options.data_dir.join("mail"));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Arc::new(Sqlite::open(&options.database)?);
        let secret = load_or_create_secret(&keys).map_err(at(&keys))?;
        let tokens = Arc::new(Ed25519Tokens::open(&keys, options.issuer).map_err(at(&keys))?);
        let outbox = Arc::new(Outbox::open(&mail, Arc::clone(&clock)).map_err(at(&mail))?);
        let objects = Objects::folder(&options.objects).map_err(at(&options.objects))?;
        let bus = Arc::new(MemoryBus::new());
        let limiter: Arc<dyn RateLimiter> =
            if options.limits_enabled { Arc::new(MemoryRateLimiter::new()) } else { Arc::new(Unlimited) };
        let repositories = store.repositories();
        let ports = Ports {
            accounts: repositories.accounts,
            codes: Arc::new(MemoryCodes::new()),
            sessions: repositories.sessions,
            friends: repositories.friends,
            groups: repositories.groups,
            conversations: repositories.conversations,
            log: repositories.log,
            bus: Arc::<MemoryBus>::clone(&bus),
            cache: Arc::new(MemoryCache::new()),
            presence: Arc::new(MemoryPresence::new()),
            mailer: Arc::<Outbox>::clone(&outbox),
            objects: Arc::new(objects),
            images: Arc::new(Images::new()),
            passwords: Arc::new(Bcrypt::new(options.bcrypt_cost)),
            tokens: Arc::<Ed25519Tokens>::clone(&tokens),
            limiter,
            pacer: Arc::new(MemoryRateLimiter::new()),
            clock,
            random: Arc::new(SystemRandom),
        };
        Ok(Self { ports, secret, bus, outbox, tokens, store })
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    |error| OpenError::Folder { path: path.to_owned(), error }
}
