use std::fmt;
use std::path::{Path, PathBuf};

use crate::oauth::ProviderOptions;

/// What may differ from one service to another.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Where keys and mail are.
    pub data_dir: PathBuf,
    /// What everything is kept in.
    pub database: DatabaseOptions,
    /// What nodes share besides.
    pub shared: SharedOptions,
    /// Where mail goes.
    pub mail: MailOptions,
    /// Where pictures are.
    pub objects: ObjectOptions,
    /// What people log in with besides.
    pub providers: Vec<ProviderChoice>,
    /// Who signs the access tokens (`iss`): where clients find the service.
    pub issuer: String,
    /// bcrypt's cost, from 4 to 31.
    pub bcrypt_cost: u32,
    /// Whether abuse is limited.
    pub limits_enabled: bool,
}

impl StackOptions {
    /// The embedded default in a folder.
    pub fn embedded(data_dir: &Path, issuer: impl Into<String>) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            database: DatabaseOptions::Sqlite(data_dir.join("chatchat.db")),
            shared: SharedOptions::InProcess,
            mail: MailOptions::Folder,
            objects: ObjectOptions::Folder(data_dir.join("objects")),
            providers: Vec::new(),
            issuer: issuer.into(),
            bcrypt_cost: 12,
            limits_enabled: true,
        }
    }
}

/// What everything is kept in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseOptions {
    /// A file.
    Sqlite(PathBuf),
    /// A server that speaks MySQL's protocol.
    #[cfg(feature = "mysql")]
    Mysql(ServerUrl),
}

/// What nodes share besides the database: events, codes, presence, the cache, rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedOptions {
    /// There is one node.
    InProcess,
    /// There may be many.
    #[cfg(feature = "redis")]
    Redis(ServerUrl),
}

/// A third party that people log in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderChoice {
    /// The one that the service ships, over the same wire as any other.
    Simulated,
    /// Any other.
    Named(Box<ProviderOptions>),
}

/// Where mail goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailOptions {
    /// Into the folder `mail` of the data folder: it is not sent.
    Folder,
    /// To a server that sends it.
    #[cfg(feature = "smtp")]
    Smtp {
        /// The server.
        url: ServerUrl,
        /// Whom mail comes from: an address, or `Name <address>`.
        from: String,
    },
}

/// Where pictures are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectOptions {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket.
    #[cfg(feature = "s3")]
    S3(ServerUrl),
}

/// Where a server is, and as whom to talk to it. Only its scheme is ever printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(String);

impl ServerUrl {
    /// The server at this URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL, with the secrets in it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:…", self.0.split_once(':').map_or("", |(scheme, _)| scheme))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_s_url_never_shows_its_secrets() {
        assert_eq!(format!("{:?}", ServerUrl::new("mysql://ann:secret@host/db")), "mysql:…");
        assert_eq!(format!("{:?}", ServerUrl::new("secret")), ":…");
    }
}
