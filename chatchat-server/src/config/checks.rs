use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::http::Uri;
use chatchat_adapters::stack::{DatabaseOptions, MailOptions, ObjectOptions, ServerUrl, SharedOptions};
use chatchat_domain::account::EmailAddress;
use tracing_subscriber::EnvFilter;

use super::clients::clients;
use super::limits::limits;
use super::providers::providers;
use super::sources::{Raw, RawAuth, RawMail, RawServer, RawTelemetry};
use super::{AuthConfig, Config, ConfigError, LogFormat, ServerConfig, TelemetryConfig, TrustedProxies};

/// Ten years, in seconds: for as long as anybody asks.
const LONGEST_RECALL: u32 = 315_360_000;

/// Makes settings of raw values.
///
/// # Errors
/// The first key whose value cannot be used.
pub(super) fn check(raw: Raw) -> Result<Config, ConfigError> {
    let server = server(raw.server)?;
    let database = database("database.url", raw.database.url, &server.data_dir)?;
    let is_embedded = matches!(database, DatabaseOptions::Sqlite(_));
    let oauth_clients = clients(raw.oauth_clients, is_embedded)?;
    Ok(Config {
        providers: providers(raw.providers, is_embedded && !oauth_clients.is_empty())?,
        oauth_clients,
        database,
        shared: shared(raw.redis.url)?,
        mail: mail(raw.mail)?,
        objects: objects(raw.storage.url, &server.data_dir)?,
        auth: auth(&raw.auth)?,
        max_group_members: within("chat.max_group_members", raw.chat.max_group_members, 1..=10_000)?,
        recall_within: Duration::from_secs(
            within("chat.recall_seconds", raw.chat.recall_seconds, 0..=LONGEST_RECALL)?.into(),
        ),
        limits_enabled: raw.limits.enabled,
        limits: limits(raw.limits)?,
        telemetry: telemetry(raw.telemetry)?,
        server,
    })
}

fn server(raw: RawServer) -> Result<ServerConfig, ConfigError> {
    if raw.data_dir.is_empty() {
        return Err(ConfigError::new("server.data_dir", "must be a folder"));
    }
    Ok(ServerConfig {
        listen: raw.listen.parse::<SocketAddr>().map_err(|_| {
            ConfigError::new("server.listen", "must be an address and a port, such as 127.0.0.1:8080")
        })?,
        public_url: raw.public_url.map(|url| web_address("server.public_url", &url)).transpose()?,
        data_dir: PathBuf::from(raw.data_dir),
        allowed_origins: raw.allowed_origins.into_iter().map(origin).collect::<Result<_, _>>()?,
        trusted_proxies: trusted_proxies(&raw.trusted_proxies)?,
        max_under_way: within("server.max_under_way", raw.max_under_way, 16..=1_000_000)?,
    })
}

/// Where something is on the web, without a slash at the end.
fn web_address(key: &str, text: &str) -> Result<String, ConfigError> {
    let url = text.trim_end_matches('/').to_owned();
    let parsed: Option<Uri> = url.parse().ok();
    match parsed.filter(is_web_address).filter(|url| url.query().is_none()) {
        Some(_) => Ok(url),
        None => Err(ConfigError::new(key, "must be an http or https URL without a query")),
    }
}

fn origin(text: String) -> Result<String, ConfigError> {
    let origin = text.trim_end_matches('/').to_lowercase();
    let parsed: Option<Uri> = origin.parse().ok();
    match parsed.filter(is_web_address).filter(|url| url.path() == "/" && url.query().is_none()) {
        Some(_) => Ok(origin),
        None => {
            let rule = "must be origins, such as https://app.example or http://localhost:3000";
            Err(ConfigError::new("server.allowed_origins", rule))
        }
    }
}

/// Whether this is `http(s)://host…` that holds no credentials.
fn is_web_address(url: &Uri) -> bool {
    matches!(url.scheme_str(), Some("http" | "https"))
        && url.authority().is_some_and(|authority| !authority.as_str().contains('@'))
}

fn trusted_proxies(texts: &[String]) -> Result<TrustedProxies, ConfigError> {
    texts.iter().map(|text| text.trim().parse()).collect::<Result<_, ()>>().map_err(|()| {
        ConfigError::new("server.trusted_proxies", "must be addresses or networks, such as 10.0.0.0/8")
    })
}

/// What this URL names, or a file in the data folder.
pub(super) fn database(
    key: &str,
    url: Option<String>,
    data_dir: &Path,
) -> Result<DatabaseOptions, ConfigError> {
    match server_url(&["mysql://"], url) {
        Ok(url) => Ok(DatabaseOptions::Mysql(url)),
        Err(url) => {
            path(url, "sqlite:", data_dir, "chatchat.db").map(DatabaseOptions::Sqlite).ok_or_else(|| {
                ConfigError::new(key, "must be sqlite:PATH or mysql://user:password@host:port/database")
            })
        }
    }
}

fn shared(url: Option<String>) -> Result<SharedOptions, ConfigError> {
    let schemes = ["redis://", "rediss://", "redis-cluster://", "rediss-cluster://"];
    match server_url(&schemes, url) {
        Ok(url) => Ok(SharedOptions::Redis(url)),
        Err(None) => Ok(SharedOptions::InProcess),
        Err(Some(_)) => {
            let rule = "must be redis://user:password@host:port, rediss://…, redis-cluster://… or rediss-cluster://…";
            Err(ConfigError::new("redis.url", rule))
        }
    }
}

fn mail(raw: RawMail) -> Result<MailOptions, ConfigError> {
    let from = mail_from(raw.from)?;
    match server_url(&["smtp://", "smtps://"], Some(raw.url)) {
        Ok(url) => Ok(MailOptions::Smtp { url, from }),
        Err(Some(url)) if url == "outbox:" => Ok(MailOptions::Folder),
        Err(_) => {
            let rule = "must be outbox:, smtp://user:password@host:port or smtps://…";
            Err(ConfigError::new("mail.url", rule))
        }
    }
}

fn objects(url: Option<String>, data_dir: &Path) -> Result<ObjectOptions, ConfigError> {
    match server_url(&["s3://"], url) {
        Ok(url) => Ok(ObjectOptions::S3(url)),
        Err(url) => path(url, "file:", data_dir, "objects").map(ObjectOptions::Folder).ok_or_else(|| {
            ConfigError::new("storage.url", "must be file:PATH or s3://bucket?endpoint=URL&region=NAME")
        }),
    }
}

/// The URL, if it has one of the schemes; what else is wrong with it, only who connects can tell.
fn server_url(schemes: &[&str], url: Option<String>) -> Result<ServerUrl, Option<String>> {
    match url {
        Some(url) if schemes.iter().any(|scheme| url.starts_with(scheme)) => Ok(ServerUrl::new(url)),
        other => Err(other),
    }
}

/// The path in a URL of this scheme; `name` in the data folder if there is no URL.
fn path(url: Option<String>, scheme: &str, data_dir: &Path, name: &str) -> Option<PathBuf> {
    let Some(url) = url else { return Some(data_dir.join(name)) };
    let path = url.strip_prefix(scheme).map(|path| path.strip_prefix("//").unwrap_or(path))?;
    let is_path = !path.is_empty() && !path.starts_with(':') && !path.contains('?');
    is_path.then(|| PathBuf::from(path))
}

/// `address` or `Name <address>`.
fn mail_from(text: String) -> Result<String, ConfigError> {
    let address = match text.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => &text,
    };
    if text.chars().any(char::is_control) || EmailAddress::new(address).is_err() {
        return Err(ConfigError::new("mail.from", "must be an address or Name <address>"));
    }
    Ok(text)
}

fn auth(raw: &RawAuth) -> Result<AuthConfig, ConfigError> {
    let day = 24 * 3600;
    let access = within("auth.access_token_seconds", raw.access_token_seconds, 1..=day)?;
    let refresh = within("auth.refresh_token_seconds", raw.refresh_token_seconds, 1..=400 * day)?;
    Ok(AuthConfig {
        bcrypt_cost: within("auth.bcrypt_cost", raw.bcrypt_cost, 4..=31)?,
        access_token: Duration::from_secs(access),
        refresh_token: Duration::from_secs(refresh),
    })
}

fn telemetry(raw: RawTelemetry) -> Result<TelemetryConfig, ConfigError> {
    let log_format = match raw.log_format.as_str() {
        "text" => LogFormat::Text,
        "json" => LogFormat::Json,
        _ => return Err(ConfigError::new("telemetry.log_format", "must be text or json")),
    };
    if raw.log.trim().is_empty() || EnvFilter::try_new(&raw.log).is_err() {
        let rule = "must be a level, or directives such as info,chatchat_server=debug";
        return Err(ConfigError::new("telemetry.log", rule));
    }
    Ok(TelemetryConfig {
        log_format,
        log: raw.log,
        otlp_endpoint: raw
            .otlp_endpoint
            .map(|url| web_address("telemetry.otlp_endpoint", &url))
            .transpose()?,
        sampling: within("telemetry.sampling", raw.sampling, 0.0..=1.0)?,
    })
}

fn within<N: PartialOrd + Display>(key: &str, number: N, range: RangeInclusive<N>) -> Result<N, ConfigError> {
    if range.contains(&number) {
        return Ok(number);
    }
    Err(ConfigError::new(key, format!("must be {} to {}", range.start(), range.end())))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::super::{Flags, sources};
    use super::*;

    fn load(environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        load_with(&Flags::default(), environment)
    }

    fn load_with(flags: &Flags, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let pairs = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        check(sources::read(flags, pairs)?)
    }

    fn load_file(toml: &str) -> Result<Config, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), toml).unwrap();
        load_with(&Flags { config: Some(file.path().to_owned()), ..Flags::default() }, &[])
    }

    #[test]
    fn with_no_setting_at_all_it_is_the_embedded_default() {
        let config = load(&[]).unwrap();
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.database, DatabaseOptions::Sqlite("./data/chatchat.db".into()));
        assert_eq!(config.shared, SharedOptions::InProcess);
        assert_eq!(config.mail, MailOptions::Folder);
        assert_eq!(config.objects, ObjectOptions::Folder("./data/objects".into()));
        assert!(config.limits_enabled);
        assert_eq!((config.telemetry.otlp_endpoint, config.telemetry.sampling), (None, 1.0));
    }

    #[test]
    fn servers_are_named_by_their_urls_and_secrets_are_not_printed() {
        let config = load(&[
            ("CHATCHAT_DATABASE__URL", "mysql://ann:secret@db/chat"),
            ("CHATCHAT_REDIS__URL", "rediss-cluster://:secret@redis"),
            ("CHATCHAT_MAIL__URL", "smtps://ann:secret@mail"),
            ("CHATCHAT_MAIL__FROM", "Chat <chat@example.com>"),
            ("CHATCHAT_STORAGE__URL", "s3://id:secret@bucket"),
        ])
        .unwrap();
        assert!(matches!(config.database, DatabaseOptions::Mysql(_)));
        assert!(matches!(config.shared, SharedOptions::Redis(_)));
        assert!(matches!(config.mail, MailOptions::Smtp { .. }));
        assert!(matches!(config.objects, ObjectOptions::S3(_)));
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn later_sources_win() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "[server]\nlisten = \"127.0.0.1:1\"\ndata_dir = \"a\"\n[auth]\nbcrypt_cost = 4",
        )
        .unwrap();
        let flags = Flags {
            config: Some(file.path().to_owned()),
            listen: Some("127.0.0.1:3".to_owned()),
            ..Flags::default()
        };
        let environment = [("CHATCHAT_SERVER__LISTEN", "127.0.0.1:2"), ("CHATCHAT_SERVER__DATA_DIR", "b")];
        let config = load_with(&flags, &environment).unwrap();
        assert_eq!(config.server.listen.port(), 3);
        assert_eq!(config.server.data_dir, Path::new("b"));
        assert_eq!(config.auth.bcrypt_cost, 4);
    }

    #[test]
    fn a_demo_keeps_its_data_apart() {
        let flags = Flags { demo: true, ..Flags::default() };
        let database = load_with(&flags, &[]).unwrap().database;
        assert_eq!(database, DatabaseOptions::Sqlite("./data-demo/chatchat.db".into()));
    }

    #[test]
    fn lists_come_as_arrays_or_with_commas() {
        let commas = [("CHATCHAT_SERVER__ALLOWED_ORIGINS", "https://a.example, https://B.example/")];
        let origins = ["https://a.example", "https://b.example"];
        assert_eq!(load(&commas).unwrap().server.allowed_origins, origins);
        let array = [("CHATCHAT_SERVER__ALLOWED_ORIGINS", "[\"https://a.example\", \"https://b.example\"]")];
        assert_eq!(load(&array).unwrap().server.allowed_origins, origins);
        let file =
            load_file("server.allowed_origins = [\"https://a.example\", \"https://b.example\"]").unwrap();
        assert_eq!(file.server.allowed_origins, origins);
    }

    #[test]
    fn every_wrong_value_is_refused_by_name() {
        for (name, value, key) in [
            ("CHATCHAT_SERVER__LISTEN", "8080", "server.listen"),
            ("CHATCHAT_SERVER__LISTEN", "nowhere", "server.listen"),
            ("CHATCHAT_SERVER__PUBLIC_URL", "chat.example", "server.public_url"),
            ("CHATCHAT_SERVER__PUBLIC_URL", "ftp://chat.example", "server.public_url"),
            ("CHATCHAT_SERVER__DATA_DIR", "", "server.data_dir"),
            ("CHATCHAT_SERVER__ALLOWED_ORIGINS", "*", "server.allowed_origins"),
            ("CHATCHAT_SERVER__ALLOWED_ORIGINS", "https://a.example/path", "server.allowed_origins"),
            ("CHATCHAT_SERVER__ALLOWED_ORIGINS", "7", "server.allowed_origins"),
            ("CHATCHAT_SERVER__TRUSTED_PROXIES", "proxy", "server.trusted_proxies"),
            ("CHATCHAT_DATABASE__URL", "postgres://u:secret@h/db", "database.url"),
            ("CHATCHAT_DATABASE__URL", "sqlite:", "database.url"),
            ("CHATCHAT_DATABASE__URL", "mysql:u:secret@h", "database.url"),
            ("CHATCHAT_REDIS__URL", "http://u:secret@h", "redis.url"),
            ("CHATCHAT_REDIS__URL", "", "redis.url"),
            ("CHATCHAT_MAIL__URL", "imap://u:secret@h", "mail.url"),
            ("CHATCHAT_MAIL__FROM", "nobody", "mail.from"),
            ("CHATCHAT_STORAGE__URL", "https://id:secret@bucket", "storage.url"),
            ("CHATCHAT_AUTH__BCRYPT_COST", "3", "auth.bcrypt_cost"),
            ("CHATCHAT_AUTH__BCRYPT_COST", "-1", "auth.bcrypt_cost"),
            ("CHATCHAT_AUTH__BCRYPT_COST", "much", "auth.bcrypt_cost"),
            ("CHATCHAT_AUTH__ACCESS_TOKEN_SECONDS", "0", "auth.access_token_seconds"),
            ("CHATCHAT_AUTH__REFRESH_TOKEN_SECONDS", "0", "auth.refresh_token_seconds"),
            ("CHATCHAT_CHAT__MAX_GROUP_MEMBERS", "0", "chat.max_group_members"),
            ("CHATCHAT_CHAT__RECALL_SECONDS", "-1", "chat.recall_seconds"),
            ("CHATCHAT_SERVER__MAX_UNDER_WAY", "0", "server.max_under_way"),
            ("CHATCHAT_LIMITS__ENABLED", "maybe", "limits.enabled"),
            ("CHATCHAT_LIMITS__SEND__ACCOUNT", "many", "limits.send.account"),
            ("CHATCHAT_LIMITS__SEND__ACCOUNT", "7", "limits.send.account"),
            ("CHATCHAT_LIMITS__READ__ADDRESS", "0/1s", "limits.read.address"),
            ("CHATCHAT_LIMITS__DANCE__ACCOUNT", "1/1s", "limits.dance"),
            ("CHATCHAT_TELEMETRY__LOG_FORMAT", "xml", "telemetry.log_format"),
            ("CHATCHAT_TELEMETRY__LOG", "chatchat=loud", "telemetry.log"),
            ("CHATCHAT_TELEMETRY__OTLP_ENDPOINT", "jaeger:4318", "telemetry.otlp_endpoint"),
            ("CHATCHAT_TELEMETRY__OTLP_ENDPOINT", "http://u:secret@jaeger:4318", "telemetry.otlp_endpoint"),
            ("CHATCHAT_TELEMETRY__SAMPLING", "1.5", "telemetry.sampling"),
            ("CHATCHAT_TELEMETRY__SAMPLING", "some", "telemetry.sampling"),
            ("CHATCHAT_SERVER__LISTNE", "127.0.0.1:1", "server.listne"),
            ("CHATCHAT_SERVER_LISTEN", "127.0.0.1:1", "server_listen"),
            ("CHATCHAT_REDIS_URL", "redis://h", "redis_url"),
        ] {
            let line = load(&[(name, value)]).unwrap_err().to_string();
            assert!(line.starts_with(&format!("{key}: ")), "{name}={value}: {line}");
            assert!(!line.contains('\n') && !line.contains("secret"), "{line}");
        }
    }

    #[test]
    fn a_wrong_file_is_refused_by_name() {
        assert_eq!(load_file("[server]\nlistne = 1").unwrap_err().key, "server.listne");
        assert_eq!(load_file("colour = 1").unwrap_err().key, "colour");
        assert!(!load_file("[server\n").unwrap_err().to_string().contains('\n'));
        let flags = Flags { config: Some(PathBuf::from("/nowhere/chatchat.toml")), ..Flags::default() };
        assert_eq!(load_with(&flags, &[]).unwrap_err().key, "/nowhere/chatchat.toml");
    }

    #[test]
    fn clients_are_named_in_the_file() {
        let file = "[[oauth_clients]]\nid = \"acme\"\nredirect_uris = [\"https://app.example/callback\"]\n\
                    grants = [\"authorization_code\"]\n";
        assert_eq!(load_file(file).unwrap().oauth_clients.len(), 1);
        let wrong = load_file(&format!("{file}colour = 1")).unwrap_err();
        assert!(wrong.key.starts_with("oauth_clients.0"), "{wrong}");
    }

    #[test]
    fn providers_are_named_in_the_file_or_the_environment() {
        let file = "[[providers]]\nid = \"acme\"\nname = \"Acme\"\nissuer = \"https://id.acme.example\"\n\
                    client_id = \"us\"\nclient_secret = \"ours\"\nscopes = [\"openid\"]\ntrusted = true\n\
                    [[providers]]\nid = \"simulated\"\n";
        assert_eq!(load_file(file).unwrap().providers.len(), 2);
        let wrong = load_file(&format!("{file}colour = 1")).unwrap_err();
        assert!(wrong.key.starts_with("providers.1"), "{wrong}");
        let plain = r#"[{id="acme", authorize_url="https://a.example/a", token_url="https://a.example/t",
            userinfo_url="https://a.example/u", mapping={subject="id", name="name, login"}, client_id="us"}]"#;
        assert_eq!(load(&[("CHATCHAT_PROVIDERS", &plain.replace('\n', " "))]).unwrap().providers.len(), 1);
        let nobody = load(&[("CHATCHAT_PROVIDERS", r#"[{name="nobody"}]"#)]).unwrap_err();
        assert_eq!(nobody.key, "providers.0.id");
    }

    #[test]
    fn other_programs_variables_are_left_alone() {
        assert!(load(&[("CHATCHAT_BIN", "x"), ("CHATCHAT_SERVER_BIN", "x"), ("PATH", "y")]).is_ok());
    }
}
