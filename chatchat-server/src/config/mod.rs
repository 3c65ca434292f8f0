//! Settings. Later ones win: defaults, a TOML file, `CHATCHAT_SECTION__KEY` in the environment, flags.
//!
//! - `sources`: from there to raw values; unknown keys and wrong types end here.
//! - `checks`: from raw values to a [`Config`] that can be run; everything else that is wrong ends here.
//!
//! Whatever is wrong is told in one line that names the key. URLs are never repeated: secrets may stand in them.

mod checks;
mod clients;
mod limits;
mod providers;
mod proxies;
mod sources;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chatchat_adapters::stack::{
    DatabaseOptions, MailOptions, ObjectOptions, ProviderChoice, SharedOptions, StackOptions,
};
use chatchat_domain::provider::Client;
pub use proxies::TrustedProxies;

pub use crate::traffic::{ClassLimits, Rate, TrafficLimits};

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// The file to read.
    pub config: Option<PathBuf>,
    /// In place of `server.listen`.
    pub listen: Option<String>,
    /// In place of `server.data_dir`.
    pub data_dir: Option<PathBuf>,
    /// Whether the data are a demo's, and stand elsewhere by default.
    pub demo: bool,
}

/// A key that is wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct ConfigError {
    key: String,
    reason: String,
}

impl ConfigError {
    fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }
}

/// Everything that can be set, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The HTTP server.
    pub server: ServerConfig,
    /// What everything is kept in.
    pub database: DatabaseOptions,
    /// What nodes share besides.
    pub shared: SharedOptions,
    /// Where mail goes.
    pub mail: MailOptions,
    /// Where pictures are.
    pub objects: ObjectOptions,
    /// Log-in.
    pub auth: AuthConfig,
    /// The clients of the third party that the service ships.
    pub oauth_clients: Vec<Client>,
    /// The third parties that people log in with.
    pub providers: Vec<ProviderChoice>,
    /// How many people may be in a group.
    pub max_group_members: u32,
    /// How long a sender may recall a message.
    pub recall_within: Duration,
    /// Whether rate limits apply.
    pub limits_enabled: bool,
    /// How often things may happen, if they do.
    pub limits: TrafficLimits,
    /// The log, and traces.
    pub telemetry: TelemetryConfig,
}

/// The HTTP server.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Where clients find it, without a slash at the end; `http://<listen>` if absent.
    pub public_url: Option<String>,
    /// The folder for database, keys, objects and mail.
    pub data_dir: PathBuf,
    /// Other origins whose pages may call.
    pub allowed_origins: Vec<String>,
    /// Whose `X-Forwarded-For` and `traceparent` count.
    pub trusted_proxies: TrustedProxies,
    /// How many requests and operations may be under way at once.
    pub max_under_way: usize,
}

/// Log-in.
#[derive(Debug, Clone, Copy)]
pub struct AuthConfig {
    /// The base-2 logarithm of the work that a password takes.
    pub bcrypt_cost: u32,
    /// How long access tokens live.
    pub access_token: Duration,
    /// How long refresh tokens live.
    pub refresh_token: Duration,
}

/// The log, and traces.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// How lines look.
    pub log_format: LogFormat,
    /// What is logged: a level, or directives such as `info,chatchat_server=debug`.
    pub log: String,
    /// The collector that traces are exported to, with OTLP over HTTP, without a slash at the end; if absent there are
    /// none.
    pub otlp_endpoint: Option<String>,
    /// Which part of the traces is recorded, 0 to 1.
    pub sampling: f64,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// What the operating system calls whoever has started this process, if it says so.
#[allow(clippy::disallowed_methods, reason = "this is where settings come from")]
pub(crate) fn user_name() -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok())
}

impl Config {
    /// The settings of this process.
    ///
    /// # Errors
    /// The first key that is wrong.
    #[allow(clippy::disallowed_methods, reason = "this is where settings come from")]
    pub fn load(flags: Flags) -> Result<Self, ConfigError> {
        checks::check(sources::read(&flags, std::env::vars_os())?)
    }

    /// What the service is put together from, for a server that clients find at `public_url`.
    pub fn stack(&self, public_url: String) -> StackOptions {
        StackOptions {
            data_dir: self.server.data_dir.clone(),
            database: self.database.clone(),
            shared: self.shared.clone(),
            mail: self.mail.clone(),
            objects: self.objects.clone(),
            providers: self.providers.clone(),
            issuer: public_url,
            bcrypt_cost: self.auth.bcrypt_cost,
            limits_enabled: self.limits_enabled,
        }
    }

    /// The database that an argument names as `database.url` would.
    ///
    /// # Errors
    /// When it names none.
    pub fn database_at(&self, argument: &str, url: String) -> Result<DatabaseOptions, ConfigError> {
        checks::database(argument, Some(url), &self.server.data_dir)
    }
}
