use std::fmt;

use chatchat_domain::identity::ProviderInfo;

/// What the configuration says of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderOptions {
    /// What people see of it.
    pub info: ProviderInfo,
    /// Where it is.
    pub endpoints: Endpoints,
    /// What it calls us.
    pub client_id: String,
    /// What proves that it is us.
    pub client_secret: Option<Secret>,
    /// How we show it; as the provider says, or else in the header.
    pub client_auth: Option<ClientAuth>,
    /// What we ask for.
    pub scopes: Vec<String>,
}

/// Where a provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoints {
    /// It says so itself (OpenID Connect Discovery), and gives ID tokens.
    Discovered {
        /// Its URL, character by character as it stands in its tokens.
        issuer: String,
    },
    /// It has no discovery, and says at an endpoint who somebody is.
    #[allow(missing_docs, reason = "as the contract names them")]
    Named { authorize_url: String, token_url: String, userinfo_url: String, mapping: ClaimsMapping },
}

/// Where in a provider's answer stands what; paths through objects with dots, the first that leads to something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as the contract names them")]
pub struct ClaimsMapping {
    pub subject: Vec<String>,
    pub name: Vec<String>,
    pub email: Vec<String>,
}

impl ClaimsMapping {
    /// As OpenID Connect names them (Core, section 5.1).
    pub fn oidc() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            subject: names(&["sub"]),
            name: names(&["name", "preferred_username", "nickname"]),
            email: names(&["email"]),
        }
    }
}

/// How a client shows its secret (OpenID Connect Core, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
}

/// Is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// This secret.
    pub const fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The secret, for the provider alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
