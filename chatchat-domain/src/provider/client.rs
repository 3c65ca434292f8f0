use std::fmt;

use super::error::fault;
use super::{ErrorCode, Fault};
use crate::error::Violation;
use crate::secret::sha256;

/// No secret that can be guessed: so many characters at least.
const MIN_SECRET: usize = 16;

/// How a client may come by tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    /// Somebody has agreed on our page (RFC 6749, section 4.1).
    AuthorizationCode,
    /// It had tokens before (section 6).
    RefreshToken,
    /// It knows somebody's password (section 4.3; RFC 9700 advises against it): trusted clients alone.
    Password,
}

impl GrantType {
    /// The grant type of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::AuthorizationCode, Self::RefreshToken, Self::Password]
            .into_iter()
            .find(|it| it.as_str() == name)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::Password => "password",
        }
    }
}

/// What the configuration says of a client.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ClientSettings {
    /// Its id.
    pub id: String,
    /// Its secret; none for a public one.
    pub secret: Option<String>,
    /// Where people may be sent back to.
    pub redirect_uris: Vec<String>,
    /// How it may come by tokens.
    pub grants: Vec<String>,
    /// Whether it may handle people's passwords.
    pub trusted: bool,
}

impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientSettings({})", self.id)
    }
}

/// A program that asks for access.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    id: String,
    secret_hash: Option<[u8; 32]>,
    redirect_uris: Vec<String>,
    grants: Vec<GrantType>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.id)
    }
}

impl Client {
    /// The client that the configuration names.
    ///
    /// # Errors
    /// A violation of the field that is wrong.
    pub fn new(settings: ClientSettings) -> Result<Self, Violation> {
        let ClientSettings { id, secret, redirect_uris, grants, trusted } = settings;
        if id.is_empty() || id.len() > 100 || !id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
        {
            return Err(Violation::new(
                "id",
                "invalid",
                "must be 1 to 100 visible characters without a colon",
            ));
        }
        if secret.as_ref().is_some_and(|secret| secret.len() < MIN_SECRET) {
            return Err(Violation::new("secret", "too_short", "must have 16 characters or more"));
        }
        if !redirect_uris.iter().all(|uri| is_redirect_uri(uri)) {
            let rule = "must be absolute URIs without a fragment, and https unless on this machine";
            return Err(Violation::new("redirect_uris", "invalid", rule));
        }
        let mut known = Vec::new();
        for name in &grants {
            known.push(GrantType::parse(name).ok_or_else(|| {
                Violation::new("grants", "invalid", "must be authorization_code, refresh_token or password")
            })?);
        }
        if trusted {
            known.push(GrantType::Password);
        }
        if known.contains(&GrantType::Password) && (!trusted || secret.is_none()) {
            return Err(Violation::new("grants", "invalid", "password is for trusted clients with a secret"));
        }
        if known.contains(&GrantType::AuthorizationCode) && redirect_uris.is_empty() {
            return Err(Violation::new("redirect_uris", "required", "authorization_code needs one"));
        }
        let secret_hash = secret.map(|secret| sha256(secret.as_bytes()));
        Ok(Self { id, secret_hash, redirect_uris, grants: known })
    }

    /// The service itself, as a client of its own third party: where people are sent back to, and that it may handle
    /// their passwords, is not for anybody to say.
    pub fn own(id: &str, secret: &str, redirect_uri: String) -> Self {
        Self {
            id: id.to_owned(),
            secret_hash: Some(sha256(secret.as_bytes())),
            redirect_uris: vec![redirect_uri],
            grants: vec![GrantType::AuthorizationCode, GrantType::Password],
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it can keep no secret: PKCE is then required.
    pub const fn is_public(&self) -> bool {
        self.secret_hash.is_none()
    }

    /// Whether it may come by tokens so.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }

    /// Whether people may be sent back there: compared character by character (RFC 9700, section 2.1).
    pub fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|known| known == uri)
    }

    /// The only place people are sent back to, should there be but one.
    pub fn only_redirect_uri(&self) -> Option<&str> {
        match self.redirect_uris.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// A client with a secret shows it, one without shows none. Hashes are compared, which tells nothing by its time.
    fn proves(&self, secret: Option<&str>) -> bool {
        self.secret_hash == secret.map(|secret| sha256(secret.as_bytes()))
    }
}

/// How a client says who it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Authentication {
    /// The id it claims.
    pub client_id: String,
    /// What it shows for it.
    pub secret: Option<String>,
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authentication({})", self.client_id)
    }
}

impl Authentication {
    /// The client that this proves to be.
    pub(super) fn prove<'a>(&self, clients: &'a [Client]) -> Result<&'a Client, Fault> {
        let client = clients.iter().find(|client| client.id == self.client_id);
        client
            .filter(|client| client.proves(self.secret.as_deref()))
            .ok_or_else(|| fault(ErrorCode::InvalidClient, "the client is not known or its secret is wrong"))
    }
}

/// `scheme:…` without a fragment: `https`, `http` on this very machine (RFC 8252, section 7.3), or an app's own scheme,
/// which is a domain's name backwards (section 7.1) and so can neither run nor show anything in a browser.
fn is_redirect_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let is_plain =
        uri.len() <= 500 && uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\\\"<>".contains(&byte));
    let host = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    is_plain
        && !host.contains('@')
        && match scheme {
            "https" => !host.is_empty(),
            "http" => matches!(name, "localhost" | "127.0.0.1" | "[::1]"),
            _ => {
                scheme.contains('.')
                    && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte))
            }
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_to_safe_places_alone() {
        for uri in [
            "https://app.example/callback?from=acme",
            "http://127.0.0.1:4711/callback",
            "http://localhost/",
            "http://[::1]:4711/",
            "com.example.app:/callback",
        ] {
            assert!(is_redirect_uri(uri), "{uri}");
        }
        for uri in [
            "http://app.example/callback",
            "http://127.0.0.1.evil.example/",
            "https://ann@app.example/",
            "https:///callback",
            "https://app.example/#fragment",
            "javascript:alert(1)",
            "data:text/html,hi",
            "//app.example/",
            "/callback",
            "https://app.example/ space",
            "",
        ] {
            assert!(!is_redirect_uri(uri), "{uri}");
        }
    }

    #[test]
    fn a_client_that_makes_no_sense_is_refused_by_its_field() {
        let good = || ClientSettings {
            id: "acme".to_owned(),
            secret: Some("a secret of acme".to_owned()),
            redirect_uris: vec!["https://app.example/callback".to_owned()],
            grants: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
            trusted: false,
        };
        assert!(Client::new(good()).is_ok());
        for (field, settings) in [
            ("id", ClientSettings { id: "a b".to_owned(), ..good() }),
            ("secret", ClientSettings { secret: Some("short".to_owned()), ..good() }),
            ("redirect_uris", ClientSettings { redirect_uris: Vec::new(), ..good() }),
            ("redirect_uris", ClientSettings { redirect_uris: vec!["/here".to_owned()], ..good() }),
            ("grants", ClientSettings { grants: vec!["implicit".to_owned()], ..good() }),
            ("grants", ClientSettings { grants: vec!["password".to_owned()], ..good() }),
            ("grants", ClientSettings { trusted: true, secret: None, ..good() }),
        ] {
            assert_eq!(Client::new(settings).unwrap_err().field, field);
        }
    }
}
