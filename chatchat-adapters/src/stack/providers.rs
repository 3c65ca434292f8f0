//! The third parties that people log in with.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chatchat_domain::ServerSecret;
use chatchat_domain::identity::{IdentityProvider, ProviderId, ProviderInfo};
use chatchat_domain::provider::Client;

use super::{OpenError, ProviderChoice};
use crate::oauth::{Endpoints, HttpClient, OauthProvider, ProviderOptions, Secret};

/// What the third party that the service ships is called.
pub const SIMULATED: &str = "simulated";
/// What the service is called at the third party that it ships.
pub const OWN_CLIENT: &str = "chatchat";

/// All of them, and the client that the service is at its own.
pub(super) struct Providers {
    pub(super) all: Vec<Arc<dyn IdentityProvider>>,
    pub(super) own_client: Option<Client>,
}

impl Providers {
    pub(super) fn open(
        choices: &[ProviderChoice],
        public_url: &str,
        secret: &ServerSecret,
    ) -> Result<Self, OpenError> {
        let mut providers = Self { all: Vec::new(), own_client: None };
        if choices.is_empty() {
            return Ok(providers);
        }
        let unusable = |error| OpenError::new("providers", error);
        let http = HttpClient::new().map_err(unusable)?;
        for choice in choices {
            let options = match choice {
                ProviderChoice::Named(options) => (**options).clone(),
                ProviderChoice::Simulated => {
                    let secret = URL_SAFE_NO_PAD.encode(secret.derive("own-oauth-client"));
                    let back = redirect_uri(public_url, SIMULATED);
                    providers.own_client = Some(Client::own(OWN_CLIENT, &secret, back));
                    simulated(public_url, secret).map_err(|error| unusable(error.to_string()))?
                }
            };
            let back = redirect_uri(public_url, options.info.id.as_str());
            let provider = OauthProvider::new(options, back, http.clone()).map_err(unusable)?;
            providers.all.push(Arc::new(provider));
        }
        Ok(providers)
    }
}

/// What is known of them without starting; those with discovery are asked.
pub(super) async fn look_at(choices: &[ProviderChoice]) -> Result<String, OpenError> {
    let unusable = |error| OpenError::new("providers", error);
    let mut names = Vec::with_capacity(choices.len());
    for choice in choices {
        match choice {
            ProviderChoice::Simulated => names.push(SIMULATED.to_owned()),
            ProviderChoice::Named(options) => {
                let http = HttpClient::new().map_err(unusable)?;
                let back = redirect_uri("http://localhost", options.info.id.as_str());
                let provider = OauthProvider::new((**options).clone(), back, http).map_err(unusable)?;
                let name = options.info.id.as_str();
                provider.check().await.map_err(|error| unusable(format!("{name}: {error}")))?;
                names.push(name.to_owned());
            }
        }
    }
    Ok(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
}

/// Where a provider sends browsers back to; one for each, so that none can be taken for another (RFC 9700, section
/// 4.4.2).
fn redirect_uri(public_url: &str, provider: &str) -> String {
    format!("{public_url}/api/v1/auth/providers/{provider}/callback")
}

fn simulated(public_url: &str, secret: String) -> Result<ProviderOptions, chatchat_domain::Violation> {
    Ok(ProviderOptions {
        info: ProviderInfo {
            id: ProviderId::new(SIMULATED)?,
            name: "Simulated third party".to_owned(),
            is_trusted: true,
        },
        endpoints: Endpoints::Discovered { issuer: public_url.to_owned() },
        client_id: OWN_CLIENT.to_owned(),
        client_secret: Some(Secret::new(secret)),
        client_auth: None,
        scopes: ["openid", "profile", "email"].map(str::to_owned).into(),
    })
}
