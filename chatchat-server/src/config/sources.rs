use std::ffi::OsString;
use std::path::Path;

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Format as _, Serialized, Toml};
use figment::value::Value;
use serde::{Deserialize, Deserializer, Serialize};

use super::{ConfigError, Flags};

/// The file that is read unless another is named.
const DEFAULT_FILE: &str = "chatchat.toml";
const ENVIRONMENT_PREFIX: &str = "CHATCHAT_";
const SECTIONS: [&str; 9] =
    ["server", "database", "redis", "mail", "storage", "auth", "chat", "limits", "telemetry"];

macro_rules! section {
    ($name:ident { $($field:ident: $type:ty $(, $with:literal)?;)* }) => {
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name { $($(#[serde(deserialize_with = $with)])? pub(super) $field: $type,)* }
    };
}

section! { Raw {
    server: RawServer;
    database: RawDatabase;
    redis: RawRedis;
    mail: RawMail;
    storage: RawStorage;
    auth: RawAuth;
    chat: RawChat;
    limits: RawLimits;
    telemetry: RawTelemetry;
    oauth_clients: Option<Vec<RawClient>>;
    providers: Option<Vec<RawProvider>>;
} }
section! { RawServer {
    listen: String;
    public_url: Option<String>;
    data_dir: String;
    allowed_origins: Vec<String>, "list";
    trusted_proxies: Vec<String>, "list";
    max_under_way: usize;
} }
section! { RawDatabase { url: Option<String>; } }
section! { RawRedis { url: Option<String>; } }
section! { RawMail { url: String; from: String; } }
section! { RawStorage { url: Option<String>; } }
section! { RawAuth { bcrypt_cost: u32; access_token_seconds: u64; refresh_token_seconds: u64; } }
section! { RawChat { max_group_members: u32; recall_seconds: u32; } }
section! { RawLimits {
    enabled: bool;
    send: RawRates;
    log_in: RawRates;
    code: RawRates;
    change: RawRates;
    read: RawRates;
    upload: RawRates;
    search: RawRates;
    export: RawRates;
} }
section! { RawTelemetry { log_format: String; log: String; otlp_endpoint: Option<String>; sampling: f64; } }

/// How often something may happen: `60/1m` or `none`; as usual if absent.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRates {
    pub(super) account: Option<String>,
    pub(super) address: Option<String>,
}

/// A client of the third party that the service ships: all but the id may be absent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClient {
    pub(super) id: String,
    #[serde(default)]
    pub(super) secret: Option<String>,
    #[serde(default)]
    pub(super) redirect_uris: Vec<String>,
    #[serde(default)]
    pub(super) grants: Vec<String>,
    #[serde(default)]
    pub(super) trusted: bool,
}

/// A third party that people log in with: all but the id may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawProvider {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) authorize_url: Option<String>,
    pub(super) token_url: Option<String>,
    pub(super) userinfo_url: Option<String>,
    pub(super) mapping: Option<RawMapping>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
    pub(super) client_auth: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) trusted: bool,
}

/// Where in an answer stands what: a path, or several of which one leads to something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawMapping {
    #[serde(deserialize_with = "list")]
    pub(super) subject: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(super) name: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(super) email: Vec<String>,
}

impl Raw {
    fn defaults(demo: bool) -> Self {
        Self {
            server: RawServer {
                listen: "127.0.0.1:8080".to_owned(),
                public_url: None,
                data_dir: if demo { "./data-demo" } else { "./data" }.to_owned(),
                allowed_origins: Vec::new(),
                trusted_proxies: Vec::new(),
                max_under_way: 4096,
            },
            database: RawDatabase { url: None },
            redis: RawRedis { url: None },
            mail: RawMail { url: "outbox:".to_owned(), from: "chatchat@localhost".to_owned() },
            storage: RawStorage { url: None },
            auth: RawAuth { bcrypt_cost: 12, access_token_seconds: 900, refresh_token_seconds: 2_592_000 },
            chat: RawChat { max_group_members: 10_000, recall_seconds: 120 },
            limits: RawLimits::usual(),
            oauth_clients: None,
            providers: None,
            telemetry: RawTelemetry {
                log_format: "text".to_owned(),
                log: "info".to_owned(),
                otlp_endpoint: None,
                sampling: 1.0,
            },
        }
    }
}

impl RawLimits {
    fn usual() -> Self {
        Self {
            enabled: true,
            send: RawRates::default(),
            log_in: RawRates::default(),
            code: RawRates::default(),
            change: RawRates::default(),
            read: RawRates::default(),
            upload: RawRates::default(),
            search: RawRates::default(),
            export: RawRates::default(),
        }
    }
}

/// A list: in a file an array, in the environment also values with commas between them.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a list of strings")]
    enum List {
        Array(Vec<String>),
        Commas(String),
    }
    Ok(match List::deserialize(deserializer)? {
        List::Array(items) => items,
        List::Commas(text) => {
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
        }
    })
}

/// Reads all sources.
///
/// # Errors
/// The first unknown key or wrong type; a file that is not there or is not TOML.
pub(super) fn read(
    flags: &Flags,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Raw, ConfigError> {
    let defaults = Figment::from(Serialized::defaults(Raw::defaults(flags.demo)));
    let mut figment = defaults.clone();
    if let Some(file) = file(flags)? {
        figment = figment.merge(Toml::string(&file));
    }
    for (key, value) in environment.filter_map(|variable| setting(variable, &defaults)) {
        figment = figment.merge((key, value));
    }
    if let Some(listen) = &flags.listen {
        figment = figment.merge(("server.listen", listen));
    }
    if let Some(data_dir) = &flags.data_dir {
        figment = figment.merge(("server.data_dir", data_dir.to_string_lossy()));
    }
    figment.extract().map_err(|error| explain(&error))
}

/// The text of the file, if there is one to read.
fn file(flags: &Flags) -> Result<Option<String>, ConfigError> {
    let path = flags.config.as_deref().unwrap_or_else(|| Path::new(DEFAULT_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && flags.config.is_none() => Ok(None),
        Err(error) => Err(ConfigError::new(path.display().to_string(), error.to_string())),
    }
}

/// `CHATCHAT_SECTION__KEY=value` as a setting. Variables that do not look like one belong to somebody else, but a
/// known key with too few underscores is a slip of the pen, and told.
fn setting((name, value): (OsString, OsString), known: &Figment) -> Option<(String, Value)> {
    let name = name.to_str()?.strip_prefix(ENVIRONMENT_PREFIX)?.to_lowercase();
    let slip = || {
        SECTIONS.iter().any(|section| {
            let key = name.strip_prefix(section).and_then(|rest| rest.strip_prefix('_'));
            key.is_some_and(|key| known.contains(&format!("{section}.{key}")))
        })
    };
    let is_list = matches!(name.as_str(), "oauth_clients" | "providers");
    if !name.contains("__") && !is_list && !slip() {
        return None;
    }
    let Ok(value) = value.to_string_lossy().parse::<Value>();
    Some((name.replace("__", "."), value))
}

/// One line that names the key.
fn explain(error: &figment::Error) -> ConfigError {
    let key = if error.path.is_empty() { "configuration".to_owned() } else { error.path.join(".") };
    let reason = match &error.kind {
        Kind::UnknownField(_, known) => format!("is no setting; there are: {}", known.join(", ")),
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => format!("must be {expected}"),
        Kind::Message(message) => message.trim().replace('\n', " "),
        other => other.to_string(),
    };
    ConfigError::new(key, reason)
}
