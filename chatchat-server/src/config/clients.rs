use chatchat_adapters::stack::OWN_CLIENT;
use chatchat_domain::provider::{Client, ClientSettings};

use super::ConfigError;
use super::sources::RawClient;

/// The clients of the third party that the service ships; where the configuration names none, those of the demo if
/// this is the embedded default, and else none at all.
///
/// # Errors
/// The first one that makes no sense.
pub(super) fn clients(named: Option<Vec<RawClient>>, is_embedded: bool) -> Result<Vec<Client>, ConfigError> {
    let settings = match named {
        Some(named) => named.into_iter().map(settings).collect(),
        None if is_embedded => demo(),
        None => Vec::new(),
    };
    let mut clients: Vec<Client> = Vec::with_capacity(settings.len());
    for (number, settings) in settings.into_iter().enumerate() {
        let key = |field: &str| format!("oauth_clients.{number}.{field}");
        let client = Client::new(settings)
            .map_err(|violation| ConfigError::new(key(&violation.field), violation.detail))?;
        if client.id() == OWN_CLIENT {
            return Err(ConfigError::new(key("id"), "is what the service itself is called there"));
        }
        if clients.iter().any(|other| other.id() == client.id()) {
            return Err(ConfigError::new(key("id"), "is there twice"));
        }
        clients.push(client);
    }
    Ok(clients)
}

fn settings(raw: RawClient) -> ClientSettings {
    let RawClient { id, secret, redirect_uris, grants, trusted } = raw;
    ClientSettings { id, secret, redirect_uris, grants, trusted }
}

/// Everybody knows these secrets: they protect accounts that anybody may make.
fn demo() -> Vec<ClientSettings> {
    let redirect_uris = || vec!["http://127.0.0.1:3000/callback".to_owned()];
    let secret = |id: &str| Some(format!("{id}-secret"));
    let grants = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    vec![
        ClientSettings {
            id: "demo-confidential".to_owned(),
            secret: secret("demo-confidential"),
            redirect_uris: redirect_uris(),
            grants: grants(&["authorization_code", "refresh_token"]),
            trusted: false,
        },
        ClientSettings {
            id: "demo-public".to_owned(),
            secret: None,
            redirect_uris: redirect_uris(),
            grants: grants(&["authorization_code", "refresh_token"]),
            trusted: false,
        },
        ClientSettings {
            id: "demo-trusted".to_owned(),
            secret: secret("demo-trusted"),
            redirect_uris: Vec::new(),
            grants: grants(&["password", "refresh_token"]),
            trusted: true,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str) -> RawClient {
        let redirect_uris = vec!["https://app.example/callback".to_owned()];
        let grants = vec!["authorization_code".to_owned()];
        RawClient { id: id.to_owned(), secret: None, redirect_uris, grants, trusted: false }
    }

    #[test]
    fn the_demo_s_clients_are_there_only_where_nothing_else_is() {
        let ids = |named, is_embedded| {
            let clients = clients(named, is_embedded).unwrap();
            clients.iter().map(|client| client.id().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids(None, true), ["demo-confidential", "demo-public", "demo-trusted"]);
        assert!(ids(None, false).is_empty() && ids(Some(Vec::new()), true).is_empty());
        assert_eq!(ids(Some(vec![named("acme")]), false), ["acme"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_key() {
        let ours = clients(Some(vec![named("chatchat")]), false).unwrap_err();
        assert!(ours.to_string().starts_with("oauth_clients.0.id: "));
        let twice = clients(Some(vec![named("acme"), named("acme")]), false).unwrap_err();
        assert!(twice.to_string().starts_with("oauth_clients.1.id: "));
        let odd = RawClient { grants: vec!["implicit".to_owned()], ..named("acme") };
        assert!(
            clients(Some(vec![odd]), false).unwrap_err().to_string().starts_with("oauth_clients.0.grants: ")
        );
    }
}
