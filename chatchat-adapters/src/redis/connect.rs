//! What the URL says, and connections that come back by themselves.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fred::clients::{Client, SubscriberClient};
use fred::error::{Error as RedisError, ErrorKind};
use fred::interfaces::ClientLike;
use fred::types::config::{
    ClusterDiscoveryPolicy, Config, ConnectionConfig, PerformanceConfig, ReconnectPolicy, Server,
    ServerConfig, TcpConfig, TlsConnector, UnresponsiveConfig,
};
use fred::types::{ConnectHandle, InfoKind};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::command::Commands;
use super::{RedisBus, RedisCache, RedisCodes, RedisLogins, RedisPresence, RedisRateLimiter};
use crate::tls;

/// How long all of opening may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
/// How long one try may take, and how long it is until the next: from the one to the other, and for ever.
const TRY_WITHIN: Duration = Duration::from_secs(2);
const RETRY_FROM_MS: u32 = 50;
const RETRY_UP_TO_MS: u32 = 1000;
/// A server that owes an answer for so long is given up, and connected to anew.
const UNRESPONSIVE_AFTER: Duration = Duration::from_secs(1);
/// How often that is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Longer than it takes to give up a server: commands that time out before do not count as owed.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(3);
/// How many messages of the bus may wait for who hears them. By default it is 32, and the rest is dropped.
const MESSAGES_WAITING: usize = 8192;
/// How many commands may wait for a connection.
const COMMANDS_WAITING: usize = 100_000;
/// Redis does its work one after the other: a second connection spares the client, more spare nobody.
const LINES: usize = 2;

/// What a service calls itself unless the URL says otherwise.
const PREFIX: &str = "chatchat";

/// The first version with sharded publish and subscribe.
const LEAST_VERSION: u32 = 7;

/// Why Redis could not be connected to. Never holds the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The URL is none, or says what is not known.
    #[error("the URL is not usable: {0}")]
    Url(String),
    /// The server does not let us in.
    #[error("the server refuses us: {0}")]
    Refused(String),
    /// Nothing answers; this may pass.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// A server that is too old.
    #[error("Redis {found} is not supported: it must be 7 or newer")]
    Version {
        /// What the server calls itself.
        found: String,
    },
}

impl ConnectError {
    /// Whether it may go well a moment later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

impl From<RedisError> for ConnectError {
    fn from(error: RedisError) -> Self {
        let details = error.details().replace('\n', " ");
        match error.kind() {
            ErrorKind::Auth => Self::Refused(details),
            ErrorKind::Config | ErrorKind::Url | ErrorKind::InvalidArgument => Self::Url(details),
            _ => Self::Unreachable(details),
        }
    }
}

/// Redis, connected to. A server that is lost later is connected to again for ever; commands meanwhile fail at
/// once.
#[derive(Clone)]
pub struct Redis {
    commands: Commands,
    address: Arc<Address>,
    version: Arc<str>,
}

impl Redis {
    /// Connects to `redis://`, `rediss://`, `redis-cluster://` or `rediss-cluster://user:password@host:port`; other
    /// nodes of a cluster may be named by `?node=host:port`, certificates to trust by `?ssl_ca=file`. Services that
    /// share a server call themselves differently there, by `?prefix=name` (letters, digits and `-`). Takes 5 s at
    /// most.
    ///
    /// # Errors
    /// [`ConnectError`]
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        let address = Arc::new(Address::parse(url)?);
        let connecting = async {
            let lines = futures_util::future::try_join_all((0..LINES).map(|_| address.dial())).await?;
            let version = check(&lines).await?;
            Ok::<_, ConnectError>((lines, version))
        };
        let connected = tokio::time::timeout(CONNECTED_WITHIN, connecting).await;
        let (lines, version) =
            connected.map_err(|_| ConnectError::Unreachable("it does not answer".to_owned()))??;
        Ok(Self { commands: Commands::new(lines), address, version: version.into() })
    }

    /// The version of Redis that the server is, or speaks like, such as `7.2.4`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// [`chatchat_domain::Error::Unavailable`]
    pub async fn ping(&self) -> Result<(), chatchat_domain::Error> {
        self.commands.ping().await
    }

    /// How many of the connections for commands can be used.
    pub(crate) fn lines_up(&self) -> u64 {
        u64::try_from(self.commands.up()).unwrap_or_default()
    }

    /// How often one of them was left alone for a while, as it owed an answer.
    pub(crate) fn rests(&self) -> u64 {
        self.commands.rests()
    }

    /// What is read often.
    pub fn cache(&self) -> RedisCache {
        RedisCache::new(self.clone())
    }

    /// Third-party log-ins that are under way.
    pub fn logins(&self) -> RedisLogins {
        RedisLogins::new(self.clone())
    }

    /// Mailed codes.
    pub fn codes(&self) -> RedisCodes {
        RedisCodes::new(self.clone())
    }

    /// Who is connected anywhere. Must be called inside the runtime that is to serve.
    pub fn presence(&self) -> RedisPresence {
        RedisPresence::new(self.clone())
    }

    /// How often things happen anywhere.
    pub fn rate_limiter(&self) -> RedisRateLimiter {
        RedisRateLimiter::new(self.clone())
    }

    /// Events from node to node. Must be called inside the runtime that is to serve.
    pub fn bus(&self) -> RedisBus {
        RedisBus::new(self)
    }

    pub(super) fn commands(&self) -> &Commands {
        &self.commands
    }

    pub(super) fn address(&self) -> &Arc<Address> {
        &self.address
    }

    /// The service's name for something.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.address.prefix)
    }

    /// The service's name for something that is nobody's business: without the key nobody can tell the parts.
    pub(super) fn veiled_key(&self, kind: &str, parts: &[&str]) -> String {
        let digest = Sha256::digest(parts.join("\0"));
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.key(&format!("{kind}:{hex}"))
    }
}

/// A connection (to a cluster: one to each of its masters), which ends with this value.
pub(super) struct Line<C> {
    pub(super) client: C,
    task: ConnectHandle,
}

impl<C: ClientLike> Line<C> {
    async fn open(client: C) -> Result<Self, ConnectError> {
        let task = client.init().await?;
        Ok(Self { client, task })
    }
}

impl<C> Drop for Line<C> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where Redis is, and how to connect to it.
pub(super) struct Address {
    config: Config,
    /// What the service calls itself there.
    prefix: String,
}

impl Address {
    fn parse(url: &str) -> Result<Self, ConnectError> {
        let malformed = || ConnectError::Url("it is not redis://user:password@host:port".to_owned());
        let mut url = Url::parse(url).map_err(|_| malformed())?;
        let known = ["redis", "rediss", "redis-cluster", "rediss-cluster"].contains(&url.scheme());
        if !known || url.host_str().is_none_or(str::is_empty) {
            return Err(malformed());
        }
        tls::install();
        let ca = tls::take_ca(&mut url);
        let prefix = tls::take(&mut url, "prefix").unwrap_or_else(|| PREFIX.to_owned());
        if prefix.is_empty() || !prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(ConnectError::Url("prefix: it is not of letters, digits and -".to_owned()));
        }
        let mut config = Config::from_url(url.as_str()).map_err(|_| malformed())?;
        if let ServerConfig::Clustered { policy, .. } = &mut config.server {
            *policy = ClusterDiscoveryPolicy::UseCache;
        }
        if let (Some(ca), true) = (ca, config.uses_tls()) {
            config.tls = Some(TlsConnector::from(trusting(&ca)?).into());
        }
        Ok(Self { config, prefix })
    }

    /// A connection for commands.
    pub(super) async fn dial(&self) -> Result<Line<Client>, ConnectError> {
        let (perf, connection, policy) = (performance(), connection(), policy());
        Line::open(Client::new(self.config.clone(), Some(perf), Some(connection), Some(policy))).await
    }

    /// A connection for subscriptions. Should those that the URL names be away, one of the `masters` tells where
    /// the others of the cluster are.
    pub(super) async fn listen(&self, masters: Vec<Server>) -> Result<Line<SubscriberClient>, ConnectError> {
        let mut config = self.config.clone();
        if let ServerConfig::Clustered { hosts, .. } = &mut config.server {
            hosts.extend(masters);
        }
        let (perf, connection, policy) = (performance(), connection(), policy());
        let client = SubscriberClient::new(config, Some(perf), Some(connection), Some(policy));
        let opened = tokio::time::timeout(CONNECTED_WITHIN, Line::open(client)).await;
        opened.map_err(|_| ConnectError::Unreachable("it does not answer".to_owned()))?
    }
}

/// TLS that trusts the certificates in the file, and no others.
fn trusting(ca: &Path) -> Result<ClientConfig, ConnectError> {
    let unusable = |error: String| ConnectError::Url(format!("ssl_ca: {}: {error}", ca.display()));
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(ca).map_err(|error| unusable(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

fn performance() -> PerformanceConfig {
    PerformanceConfig {
        default_command_timeout: COMMAND_TIMEOUT,
        broadcast_channel_capacity: MESSAGES_WAITING,
        ..PerformanceConfig::default()
    }
}

fn connection() -> ConnectionConfig {
    ConnectionConfig {
        connection_timeout: TRY_WITHIN,
        internal_command_timeout: TRY_WITHIN,
        reconnect_on_auth_error: true,
        max_command_buffer_len: COMMANDS_WAITING,
        unresponsive: UnresponsiveConfig { max_timeout: Some(UNRESPONSIVE_AFTER), interval: LOOK_EVERY },
        tcp: TcpConfig { nodelay: Some(true), ..TcpConfig::default() },
        ..ConnectionConfig::default()
    }
}

fn policy() -> ReconnectPolicy {
    ReconnectPolicy::new_exponential(0, RETRY_FROM_MS, RETRY_UP_TO_MS, 2)
}

/// The version of the server, if it is one that we can work with.
async fn check(lines: &[Line<Client>]) -> Result<String, ConnectError> {
    let Some(line) = lines.first() else { return Ok(String::new()) };
    let info: String = line.client.info(Some(InfoKind::Server)).await?;
    let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    let version = field("redis_version:");
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.unwrap_or_default() < LEAST_VERSION {
        return Err(ConnectError::Version { found: version.to_owned() });
    }
    if field("redis_mode:") == "cluster" && !line.client.is_clustered() {
        return Err(ConnectError::Url("the server is one of a cluster: say redis-cluster://".to_owned()));
    }
    Ok(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_none_is_refused_without_its_secret() {
        for url in [
            "http://ann:secret@host",
            "redis-sentinel://ann:secret@host",
            "redis://",
            "secret",
            "redis://ann:secret@host/no-number",
            "rediss://ann:secret@host?ssl_ca=/no/such/file",
            "redis://ann:secret@host?prefix=a%20b",
        ] {
            let error = Address::parse(url).map(|_| ()).unwrap_err();
            assert!(matches!(error, ConnectError::Url(_)), "{url}: {error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
