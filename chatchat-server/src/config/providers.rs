use chatchat_adapters::oauth::{self, ClaimsMapping, ClientAuth, Endpoints, ProviderOptions, Secret};
use chatchat_adapters::stack::{ProviderChoice, SIMULATED};
use chatchat_domain::identity::{ProviderId, ProviderInfo};
use url::Url;

use super::ConfigError;
use super::sources::{RawMapping, RawProvider};

/// The third parties that people log in with; where the configuration names none, the one that the service ships if it
/// is there by default.
///
/// # Errors
/// The first one that makes no sense.
pub(super) fn providers(
    named: Option<Vec<RawProvider>>,
    is_simulated: bool,
) -> Result<Vec<ProviderChoice>, ConfigError> {
    let Some(named) = named else {
        return Ok(if is_simulated { vec![ProviderChoice::Simulated] } else { Vec::new() });
    };
    let mut ids: Vec<String> = Vec::with_capacity(named.len());
    let mut choices = Vec::with_capacity(named.len());
    for (number, raw) in named.into_iter().enumerate() {
        let wrong = |(field, rule): Wrong| ConfigError::new(format!("providers.{number}.{field}"), rule);
        if ids.contains(&raw.id) {
            return Err(wrong(("id", "is there twice")));
        }
        ids.push(raw.id.clone());
        choices.push(provider(raw).map_err(wrong)?);
    }
    Ok(choices)
}

/// A field, and its rule.
type Wrong = (&'static str, &'static str);

fn provider(raw: RawProvider) -> Result<ProviderChoice, Wrong> {
    if raw.id == SIMULATED {
        let is_alone = raw == RawProvider { id: raw.id.clone(), ..RawProvider::default() };
        return if is_alone {
            Ok(ProviderChoice::Simulated)
        } else {
            Err(("id", "takes nothing else with it"))
        };
    }
    let id = ProviderId::new(&raw.id)
        .map_err(|_| ("id", "must be 1 to 32 lowercase letters, digits and hyphens"))?;
    let raw = completed(raw);
    let name = raw.name.clone().unwrap_or_else(|| raw.id.clone());
    let info = ProviderInfo { id, name, is_trusted: raw.trusted };
    let (endpoints, usual_scopes) = match endpoints(&raw)? {
        oidc @ Endpoints::Discovered { .. } => (oidc, &["openid", "profile", "email"][..]),
        plain @ Endpoints::Named { .. } => (plain, &[][..]),
    };
    let scopes = raw.scopes.unwrap_or_else(|| usual_scopes.iter().map(|&scope| scope.to_owned()).collect());
    if matches!(endpoints, Endpoints::Discovered { .. }) && !scopes.iter().any(|scope| scope == "openid") {
        return Err(("scopes", "must hold openid where there is an issuer"));
    }
    if raw.client_secret.as_deref() == Some("") {
        return Err(("client_secret", "must not be empty"));
    }
    let client_auth = match raw.client_auth.as_deref() {
        None => None,
        Some("client_secret_basic") => Some(ClientAuth::Basic),
        Some("client_secret_post") => Some(ClientAuth::Post),
        Some(_) => return Err(("client_auth", "must be client_secret_basic or client_secret_post")),
    };
    Ok(ProviderChoice::Named(Box::new(ProviderOptions {
        info,
        endpoints,
        client_id: raw.client_id.filter(|id| !id.is_empty()).ok_or(("client_id", "is missing"))?,
        client_secret: raw.client_secret.map(Secret::new),
        client_auth,
        scopes,
    })))
}

fn endpoints(raw: &RawProvider) -> Result<Endpoints, Wrong> {
    let named = [&raw.authorize_url, &raw.token_url, &raw.userinfo_url];
    if raw.issuer.is_none() && named.iter().all(|url| url.is_none()) {
        return Err(("issuer", "is missing, or authorize_url, token_url, userinfo_url and mapping are"));
    }
    if let Some(issuer) = &raw.issuer {
        if raw.mapping.is_some() || named.iter().any(|url| url.is_some()) {
            return Err(("issuer", "says by itself where it has what; leave the URLs and the mapping out"));
        }
        check_url("issuer", issuer)?;
        return Ok(Endpoints::Discovered { issuer: issuer.clone() });
    }
    let url = |field, url: &Option<String>| {
        let url = url.clone().ok_or((field, "is missing"))?;
        check_url(field, &url).map(|()| url)
    };
    let RawMapping { subject, name, email } = raw.mapping.clone().ok_or(("mapping", "is missing"))?;
    if subject.is_empty() {
        return Err(("mapping", "must say where the subject is"));
    }
    Ok(Endpoints::Named {
        authorize_url: url("authorize_url", &raw.authorize_url)?,
        token_url: url("token_url", &raw.token_url)?,
        userinfo_url: url("userinfo_url", &raw.userinfo_url)?,
        mapping: ClaimsMapping { subject, name, email },
    })
}

/// Secrets go there: over TLS, unless it is this very machine.
fn check_url(field: &'static str, url: &str) -> Result<(), Wrong> {
    let parsed = Url::parse(url).ok();
    let is_there = |url: &Url| oauth::is_safe(url) && url.fragment().is_none() && url.username().is_empty();
    match parsed.filter(is_there) {
        Some(_) => Ok(()),
        None => Err((field, "must be an https URL, or http on this machine")),
    }
}

/// What is known of the provider of this name stands where the configuration says nothing.
fn completed(raw: RawProvider) -> RawProvider {
    let text = |text: &str| Some(text.to_owned());
    let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
    match raw.id.as_str() {
        // https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
        "github" => RawProvider {
            name: raw.name.or(text("GitHub")),
            authorize_url: raw.authorize_url.or(text("https://github.com/login/oauth/authorize")),
            token_url: raw.token_url.or(text("https://github.com/login/oauth/access_token")),
            userinfo_url: raw.userinfo_url.or(text("https://api.github.com/user")),
            mapping: raw.mapping.or(Some(RawMapping {
                subject: list(&["id"]),
                name: list(&["name", "login"]),
                email: list(&["email"]),
            })),
            client_auth: raw.client_auth.or(text("client_secret_post")),
            scopes: raw.scopes.or(Some(list(&["read:user", "user:email"]))),
            ..raw
        },
        // https://gitee.com/api/v5/oauth_doc
        "gitee" => RawProvider {
            name: raw.name.or(text("Gitee")),
            authorize_url: raw.authorize_url.or(text("https://gitee.com/oauth/authorize")),
            token_url: raw.token_url.or(text("https://gitee.com/oauth/token")),
            userinfo_url: raw.userinfo_url.or(text("https://gitee.com/api/v5/user")),
            mapping: raw.mapping.or(Some(RawMapping {
                subject: list(&["id"]),
                name: list(&["name", "login"]),
                email: list(&["email"]),
            })),
            client_auth: raw.client_auth.or(text("client_secret_post")),
            scopes: raw.scopes.or(Some(list(&["user_info", "emails"]))),
            ..raw
        },
        // https://developers.google.com/identity/openid-connect/openid-connect
        "google" => RawProvider {
            name: raw.name.or(text("Google")),
            issuer: raw.issuer.or(text("https://accounts.google.com")),
            ..raw
        },
        // https://www.keycloak.org/securing-apps/oidc-layers: the issuer is the realm's URL
        "keycloak" => RawProvider { name: raw.name.or(text("Keycloak")), ..raw },
        _ => raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str) -> RawProvider {
        let text = |text: &str| Some(text.to_owned());
        RawProvider {
            id: id.to_owned(),
            client_id: text("our id"),
            client_secret: text("our secret"),
            ..RawProvider::default()
        }
    }

    fn oidc() -> RawProvider {
        RawProvider { issuer: Some("https://id.acme.example".to_owned()), ..named("acme") }
    }

    fn load(raw: RawProvider) -> Result<ProviderOptions, String> {
        match providers(Some(vec![raw]), true).map_err(|error| error.to_string())?.remove(0) {
            ProviderChoice::Named(options) => Ok(*options),
            ProviderChoice::Simulated => Err("simulated".to_owned()),
        }
    }

    #[test]
    fn the_simulated_one_is_there_unless_others_are_named() {
        assert_eq!(providers(None, true).unwrap(), [ProviderChoice::Simulated]);
        assert!(providers(None, false).unwrap().is_empty());
        assert!(providers(Some(Vec::new()), true).unwrap().is_empty());
        let simulated = RawProvider { id: "simulated".to_owned(), ..RawProvider::default() };
        assert_eq!(providers(Some(vec![simulated]), false).unwrap(), [ProviderChoice::Simulated]);
    }

    #[test]
    fn the_ready_made_ones_need_only_what_is_ours() {
        for (id, name, scopes) in
            [("github", "GitHub", "read:user user:email"), ("gitee", "Gitee", "user_info emails")]
        {
            let options = load(named(id)).unwrap();
            assert!(matches!(options.endpoints, Endpoints::Named { .. }));
            assert_eq!((options.info.name.as_str(), options.scopes.join(" ").as_str()), (name, scopes));
        }
        let google = load(named("google")).unwrap();
        let issuer = "https://accounts.google.com".to_owned();
        assert_eq!(google.endpoints, Endpoints::Discovered { issuer });
        assert_eq!(google.scopes, ["openid", "profile", "email"]);
        let issuer = Some("https://id.acme.example/realms/acme".to_owned());
        assert_eq!(load(RawProvider { issuer, ..named("keycloak") }).unwrap().info.name, "Keycloak");
    }

    #[test]
    fn secrets_are_not_printed() {
        let options = load(oidc()).unwrap();
        assert!(!options.info.is_trusted && !format!("{options:?}").contains("our secret"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_key() {
        let text = |text: &str| Some(text.to_owned());
        let plain = || RawProvider {
            authorize_url: text("https://acme.example/authorize"),
            token_url: text("https://acme.example/token"),
            userinfo_url: text("https://acme.example/me"),
            mapping: Some(RawMapping { subject: vec!["id".to_owned()], ..RawMapping::default() }),
            ..named("acme")
        };
        assert!(load(plain()).is_ok() && load(oidc()).is_ok());
        for (field, raw) in [
            ("id", named("Acme")),
            ("id", named("simulated")),
            ("client_id", RawProvider { client_id: None, ..oidc() }),
            ("client_secret", RawProvider { client_secret: text(""), ..oidc() }),
            ("client_auth", RawProvider { client_auth: text("none"), ..oidc() }),
            ("issuer", RawProvider { issuer: text("http://id.acme.example"), ..oidc() }),
            ("issuer", RawProvider { issuer: text("acme"), ..oidc() }),
            ("issuer", RawProvider { issuer: text("https://id.acme.example"), ..plain() }),
            ("scopes", RawProvider { scopes: Some(Vec::new()), ..oidc() }),
            ("mapping", RawProvider { mapping: None, ..plain() }),
            ("mapping", RawProvider { mapping: Some(RawMapping::default()), ..plain() }),
            ("token_url", RawProvider { token_url: None, ..plain() }),
            ("userinfo_url", RawProvider { userinfo_url: text("http://acme.example/me"), ..plain() }),
            ("issuer", named("keycloak")),
        ] {
            let line = load(raw).unwrap_err();
            assert!(line.starts_with(&format!("providers.0.{field}: ")), "{field}: {line}");
        }
        let twice = providers(Some(vec![oidc(), oidc()]), true).unwrap_err().to_string();
        assert!(twice.starts_with("providers.1.id: "), "{twice}");
    }
}
