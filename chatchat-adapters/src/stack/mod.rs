//! The adapters of a service, put together as its settings say. With none at all it is the embedded default:
//! everything in one process and one folder.
//!
//! | file | holds |
//! | --- | --- |
//! | `options` | what may differ from one service to another |
//! | `database`, `shared`, `mail`, `objects`, `providers` | a choice each, and what follows from it |
//! | `metrics` | how all of it fares |
//! | `check` | whether everything answers, without starting |
//! | `backup` | a copy of what is in the folder |
//!
//! | in the folder | what |
//! | --- | --- |
//! | `keys/` | the secrets of a service whose database is a file; others keep them in their database |
//! | `mail/` | mail that is not sent |
//! | the database, the pictures | unless [`StackOptions`] says otherwise |

mod backup;
mod check;
mod database;
mod error;
mod mail;
mod metrics;
mod objects;
mod options;
mod providers;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use chatchat_domain::identity::IdentityProvider;
use chatchat_domain::ports::{EventListener, EventSource, Mailer, ObjectStore};
use chatchat_domain::provider::Client;
use chatchat_domain::trail::Witness;
use chatchat_domain::{Error, Ports, ServerSecret};
use tokio::sync::Notify;

pub use backup::{BackedUp, BackupError, backup};
pub use check::{Dependency, check};
pub use database::{begin_epoch, migrate, secret};
pub use error::OpenError;
pub use options::{
    DatabaseOptions, MailOptions, ObjectOptions, ProviderChoice, ServerUrl, SharedOptions, StackOptions,
};

use crate::breaker::Breaker;
use crate::counted::{CountedCache, CountedLimiter};
use crate::guarded::Guarded;
use crate::images::Images;
use crate::mail::{MailFolder, MailQueue};
use crate::password::Bcrypt;
use crate::system::{SystemClock, SystemRandom};
use crate::token::{Ed25519IdTokens, Ed25519OperatorTokens, Ed25519Tokens, TokenKeyKeeper};
use database::Database;
use mail::Mail;
use providers::Providers;
pub use providers::{OWN_CLIENT, SIMULATED};
use shared::{Bus, Shared};

/// Where the secrets of a service are whose database is a file, below its data folder.
const KEYS: &str = "keys";
/// How long a start waits for what does not answer yet: containers start together.
#[cfg(any(feature = "mysql", feature = "redis", feature = "s3", feature = "smtp"))]
const PATIENCE: Duration = Duration::from_secs(10);
#[cfg(any(feature = "mysql", feature = "redis", feature = "s3", feature = "smtp"))]
const BETWEEN_TRIES: Duration = Duration::from_millis(250);
/// How long a dependency may take to say that it is there.
const CHECKED_WITHIN: Duration = Duration::from_secs(2);

/// All ports of a service, and what of it a server needs besides.
pub struct Stack {
    /// For [`chatchat_domain::App::new`].
    pub ports: Ports,
    /// For [`chatchat_domain::Settings`].
    pub secret: ServerSecret,
    /// For whoever shows the mails that are not sent.
    pub mailbox: Option<Arc<MailFolder>>,
    /// Wakes whoever works the outbox off.
    pub owed: Arc<Notify>,
    /// For whoever publishes the public keys.
    pub tokens: Arc<Ed25519Tokens>,
    /// For whoever publishes the public keys of the third party that the service ships.
    pub id_tokens: Arc<Ed25519IdTokens>,
    /// For whoever lets operators in.
    pub operators: Arc<Ed25519OperatorTokens>,
    /// The origin to which clients are sent for pictures and files, if that is not the server.
    pub pictures_at: Option<String>,
    /// For [`chatchat_domain::Settings`]: what the service is at the third party that it ships, if people log in with it.
    pub own_client: Option<Client>,
    bus: Bus,
    database: Database,
    cache: Arc<CountedCache>,
    limiter: Arc<CountedLimiter>,
    /// Before what others run, the database apart.
    breakers: Vec<Arc<Breaker>>,
    #[cfg(feature = "redis")]
    redis: Option<crate::redis::Redis>,
}

/// A server that a service needs, and whether it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is for.
    pub name: &'static str,
    /// Whether the service can do without it for a while.
    pub is_vital: bool,
    /// Whether it answers.
    pub answers: bool,
}

impl Stack {
    /// Opens everything, and makes what is not there yet. Must be called inside the runtime that is to serve.
    ///
    /// # Errors
    /// [`OpenError`] names the setting that is wrong, or whose server does not answer.
    pub async fn open(options: StackOptions) -> Result<Self, OpenError> {
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let database = Database::open(&options.database).await?;
        let repositories = database.repositories();
        let key_folder = options.data_dir.join(KEYS);
        let keys = database.keys(&key_folder).await?;
        let secret = ServerSecret::new(keys.secret);
        let unusable = |error| OpenError::new("database.url", error);
        let providers = Providers::open(&options.providers, &options.issuer, &secret)?;
        let id_tokens = Ed25519IdTokens::new(&secret.derive("id-tokens"), options.issuer.clone());
        let id_tokens = Arc::new(id_tokens.map_err(unusable)?);
        let tokens = Arc::new(Ed25519Tokens::new(keys.token_keys, options.issuer).map_err(unusable)?);
        let keeper = TokenKeyKeeper::start(database.token_keys(&key_folder), Arc::clone(&tokens));
        let operators = Arc::new(Ed25519OperatorTokens::new(&secret).map_err(unusable)?);
        let mail = Mail::open(&options.mail, &options.data_dir, clock.clone()).await?;
        let (outbox, owed) = (repositories.outbox, Arc::new(Notify::new()));
        let mailer: Arc<dyn Mailer> = match &mail.folder {
            Some(folder) => folder.clone(),
            None => Arc::new(MailQueue::new(outbox.clone(), clock.clone(), random.clone(), owed.clone())),
        };
        let mut breakers = Vec::new();
        let mut breaker = |name: String| {
            let breaker = Arc::new(Breaker::new(name));
            breakers.push(Arc::clone(&breaker));
            breaker
        };
        let (objects, pictures_at) = objects::open(&options.objects).await?;
        let objects: Arc<dyn ObjectStore> = Arc::new(objects);
        let objects = Arc::new(Guarded::new(objects, breaker("objects".to_owned())));
        let transport = Arc::new(Guarded::new(mail.transport, breaker("mail".to_owned())));
        let mut identity_providers: Vec<Arc<dyn IdentityProvider>> = Vec::new();
        for provider in providers.all {
            let breaker = breaker(format!("provider_{}", provider.info().id.as_str()));
            identity_providers.push(Arc::new(Guarded::new(provider, breaker)));
        }
        let shared = Shared::open(&options.shared, options.limits_enabled).await?;
        let cache = Arc::new(CountedCache::new(shared.cache));
        let limiter = Arc::new(CountedLimiter::new(shared.limiter));
        let ports = Ports {
            accounts: repositories.accounts,
            codes: shared.codes,
            sessions: repositories.sessions,
            identities: repositories.identities,
            identity_providers,
            logins: shared.logins,
            friends: repositories.friends,
            groups: repositories.groups,
            conversations: repositories.conversations,
            log: repositories.log,
            messages: repositories.messages,
            attachments: repositories.attachments,
            index: repositories.index,
            trail: repositories.trail,
            witnesses: shared.bus.witnesses(),
            bus: shared.bus.port(),
            cache: cache.clone(),
            presence: shared.presence,
            mailer,
            outbox,
            admin: repositories.admin,
            keys: keeper,
            transport,
            objects,
            images: Arc::new(Images::new()),
            passwords: Arc::new(Bcrypt::new(options.bcrypt_cost)),
            provider_passwords: Arc::new(Bcrypt::one_at_a_time(options.bcrypt_cost)),
            tokens: tokens.clone(),
            provider: repositories.provider,
            id_tokens: id_tokens.clone(),
            limiter: limiter.clone(),
            pacer: shared.pacer,
            clock,
            random,
        };
        Ok(Self {
            ports,
            secret,
            mailbox: mail.folder,
            owed,
            tokens,
            id_tokens,
            operators,
            pictures_at,
            own_client: providers.own_client,
            bus: shared.bus,
            database,
            cache,
            limiter,
            breakers,
            #[cfg(feature = "redis")]
            redis: shared.redis,
        })
    }

    /// From now on, `listener` hears everything that the service's bus carries.
    pub fn attach(&self, listener: Arc<dyn EventListener>) {
        self.bus.attach(listener);
    }

    /// From now on, `witness` says what this node has seen of messages.
    pub fn attach_witness(&self, witness: Arc<dyn Witness>) {
        self.bus.attach_witness(witness);
    }

    /// Where the service's bus is told what a node is interested in.
    pub fn source(&self) -> Arc<dyn EventSource> {
        self.bus.source()
    }

    /// Which of the servers that it needs answer.
    pub async fn check(&self) -> Vec<Check> {
        let database = async {
            Check { name: "database", is_vital: true, answers: answers(self.database.ping()).await }
        };
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.redis {
            let redis =
                async { Check { name: "redis", is_vital: false, answers: answers(redis.ping()).await } };
            return <[Check; 2]>::from(tokio::join!(database, redis)).into();
        }
        vec![database.await]
    }
}

async fn answers(ping: impl Future<Output = Result<(), Error>>) -> bool {
    matches!(tokio::time::timeout(CHECKED_WITHIN, ping).await, Ok(Ok(())))
}

/// Tries again for a while where the cause may pass.
#[cfg(any(feature = "mysql", feature = "redis", feature = "s3", feature = "smtp"))]
async fn patiently<T, E>(
    mut open: impl AsyncFnMut() -> Result<T, E>,
    may_pass: impl Fn(&E) -> bool,
) -> Result<T, E> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        match open().await {
            Err(error) if may_pass(&error) && tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_embedded_default_starts_in_an_empty_folder_and_starts_again() {
        let home = tempfile::tempdir().unwrap();
        let options = StackOptions::embedded(&home.path().join("data"), "http://localhost");
        let first = Stack::open(options.clone()).await.unwrap();
        assert!(first.check().await.iter().all(|check| check.answers));
        let jwks = first.tokens.jwks();
        drop(first);
        assert_eq!(Stack::open(options).await.unwrap().tokens.jwks(), jwks);
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_used_is_named() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("data"), "a file").unwrap();
        let options = StackOptions::embedded(&home.path().join("data"), "http://localhost");
        let error = Stack::open(options).await.map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("database.url: ") && error.contains("data"), "{error}");
    }
}
