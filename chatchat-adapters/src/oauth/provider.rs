use std::time::Duration;

use async_trait::async_trait;
use chatchat_domain::Error;
use chatchat_domain::identity::{
    AuthorizationCode, AuthorizationRequest, Claims, IdentityProvider, OpaqueToken, ProviderInfo,
};
use oauth2::basic::{BasicErrorResponse, BasicErrorResponseType, BasicTokenType};
use oauth2::{
    AuthType, AuthUrl, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, ResourceOwnerPassword, ResourceOwnerUsername, Scope,
    StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use url::Url;

use super::discovery::Discovery;
use super::fault::{Fault, away, wrong};
use super::http::Http;
use super::{ClaimsMapping, ClientAuth, Endpoints, HttpClient, ProviderOptions, userinfo};

/// How long somebody waits for a provider.
const DONE_WITHIN: Duration = Duration::from_secs(10);
/// How many wait for one at once: a slow one must not hold up the others' log-ins.
const AT_ONCE: usize = 64;

/// A third party, asked over HTTP.
pub struct OauthProvider {
    info: ProviderInfo,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    client_auth: Option<ClientAuth>,
    redirect_url: RedirectUrl,
    scopes: Vec<Scope>,
    http: Http,
    turns: Semaphore,
    source: Source,
}

/// How a provider says who somebody is.
enum Source {
    /// With ID tokens.
    Oidc(Discovery),
    /// At an endpoint of its own.
    Plain { authorize: AuthUrl, token: TokenUrl, userinfo: Url, mapping: ClaimsMapping },
}

#[derive(Debug, Serialize, Deserialize)]
struct IdToken {
    id_token: Option<String>,
}

impl oauth2::ExtraTokenFields for IdToken {}

type Tokens = StandardTokenResponse<IdToken, BasicTokenType>;

type Client = oauth2::Client<
    BasicErrorResponse,
    Tokens,
    oauth2::basic::BasicTokenIntrospectionResponse,
    oauth2::StandardRevocableToken,
    oauth2::basic::BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Where browsers and codes go.
struct Places {
    authorize: AuthUrl,
    token: TokenUrl,
    auth: ClientAuth,
}

impl OauthProvider {
    /// The provider that these options name, with browsers coming back to `redirect_uri`.
    ///
    /// # Errors
    /// What is wrong with a URL, in words.
    pub fn new(options: ProviderOptions, redirect_uri: String, client: HttpClient) -> Result<Self, String> {
        let ProviderOptions { info, endpoints, client_id, client_secret, client_auth, scopes } = options;
        let http = Http::new(client);
        let source = match endpoints {
            Endpoints::Discovered { issuer } => {
                Source::Oidc(Discovery::new(issuer, client_id.clone(), http.clone()))
            }
            Endpoints::Named { authorize_url, token_url, userinfo_url, mapping } => {
                let is_none = |name: &str| format!("{name} is no URL");
                Source::Plain {
                    authorize: AuthUrl::new(authorize_url).map_err(|_| is_none("authorize_url"))?,
                    token: TokenUrl::new(token_url).map_err(|_| is_none("token_url"))?,
                    userinfo: Url::parse(&userinfo_url).map_err(|_| is_none("userinfo_url"))?,
                    mapping,
                }
            }
        };
        Ok(Self {
            info,
            client_id: ClientId::new(client_id),
            client_secret: client_secret.map(|secret| ClientSecret::new(secret.expose().to_owned())),
            client_auth,
            redirect_url: RedirectUrl::new(redirect_uri).map_err(|_| "the redirect_uri is no URL")?,
            scopes: scopes.into_iter().map(Scope::new).collect(),
            http,
            turns: Semaphore::new(AT_ONCE),
            source,
        })
    }

    /// Whether it answers, if it has discovery; one that has not can be asked nothing without a person.
    ///
    /// # Errors
    /// Why not, in words.
    pub async fn check(&self) -> Result<(), String> {
        match &self.source {
            Source::Oidc(discovery) => {
                discovery.metadata().await.map(drop).map_err(|fault| fault.to_string())
            }
            Source::Plain { .. } => Ok(()),
        }
    }

    async fn places(&self) -> Result<Places, Fault> {
        let (authorize, token, offered) = match &self.source {
            Source::Oidc(discovery) => {
                let metadata = discovery.metadata().await?;
                let offered = metadata.client_auth();
                (metadata.authorization_endpoint.clone(), metadata.token_endpoint.clone(), offered)
            }
            Source::Plain { authorize, token, .. } => (authorize.clone(), token.clone(), ClientAuth::Basic),
        };
        Ok(Places { authorize, token, auth: self.client_auth.unwrap_or(offered) })
    }

    fn client(&self, places: Places) -> Client {
        let client = oauth2::Client::new(self.client_id.clone())
            .set_auth_type(match places.auth {
                ClientAuth::Basic => AuthType::BasicAuth,
                ClientAuth::Post => AuthType::RequestBody,
            })
            .set_auth_uri(places.authorize)
            .set_token_uri(places.token)
            .set_redirect_uri(self.redirect_url.clone());
        match &self.client_secret {
            Some(secret) => client.set_client_secret(secret.clone()),
            None => client,
        }
    }

    fn has_ids(&self) -> bool {
        matches!(self.source, Source::Oidc(_))
    }

    /// Whom these tokens speak of.
    async fn identify(&self, tokens: &Tokens, nonce: Option<&OpaqueToken>) -> Result<Claims, Fault> {
        let access_token = tokens.access_token().secret();
        match &self.source {
            Source::Plain { userinfo, mapping, .. } => {
                userinfo::ask(&self.http, userinfo, access_token, mapping).await
            }
            Source::Oidc(discovery) => {
                let id_token =
                    tokens.extra_fields().id_token.as_deref().ok_or(wrong("there is no ID token"))?;
                let known = discovery.verify(id_token, nonce).await?;
                let endpoint = discovery.metadata().await?.userinfo_endpoint.clone();
                let Some(endpoint) = endpoint.filter(|_| known.name.is_none()) else { return Ok(known) };
                let told = userinfo::ask(&self.http, &endpoint, access_token, &ClaimsMapping::oidc()).await?;
                if told.subject != known.subject {
                    return Err(wrong("userinfo speaks of somebody else"));
                }
                Ok(Claims { email: known.email.or(told.email), name: told.name, subject: known.subject })
            }
        }
    }

    /// Browsers that come from another provider are not let in (RFC 9207, section 2.4).
    async fn check_issuer(&self, issuer: Option<&str>) -> Result<(), Fault> {
        let Source::Oidc(discovery) = &self.source else { return Ok(()) };
        match issuer {
            Some(issuer) if issuer == discovery.issuer() => Ok(()),
            Some(_) => Err(wrong("the browser comes from another issuer")),
            None if discovery.metadata().await?.tells_issuer => {
                Err(wrong("the browser does not say from where"))
            }
            None => Ok(()),
        }
    }

    /// Does the work if not too many do, and gives up if it takes too long.
    async fn attend<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Error> {
        let outcome = match self.turns.try_acquire() {
            Ok(_turn) => tokio::time::timeout(DONE_WITHIN, work)
                .await
                .unwrap_or_else(|_| Err(away("it does not answer in time"))),
            Err(_) => Err(away("too many wait for it")),
        };
        outcome.map_err(|fault| fault.explain(self.info.id.as_str()))
    }
}

#[async_trait]
impl IdentityProvider for OauthProvider {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn authorization_url(&self, request: &AuthorizationRequest) -> Result<String, Error> {
        let places = self.attend(self.places()).await?;
        let client = self.client(places);
        let verifier = PkceCodeVerifier::new(request.verifier.expose().to_owned());
        let state = request.state.expose().to_owned();
        let mut asked = client
            .authorize_url(|| CsrfToken::new(state))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(self.scopes.clone());
        if self.has_ids() {
            asked = asked.add_extra_param("nonce", request.nonce.expose());
        }
        let (url, _) = asked.url();
        Ok(url.into())
    }

    async fn redeem(&self, code: AuthorizationCode) -> Result<Claims, Error> {
        let AuthorizationCode { code, issuer, nonce, verifier } = code;
        self.attend(async {
            self.check_issuer(issuer.as_deref()).await?;
            let tokens = self
                .client(self.places().await?)
                .exchange_code(oauth2::AuthorizationCode::new(code))
                .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
                .request_async(&self.http)
                .await
                .map_err(refused)?;
            self.identify(&tokens, Some(&nonce)).await
        })
        .await
    }

    async fn log_in(&self, username: &str, password: &str) -> Result<Claims, Error> {
        let (username, password) = (
            ResourceOwnerUsername::new(username.to_owned()),
            ResourceOwnerPassword::new(password.to_owned()),
        );
        self.attend(async {
            let tokens = self
                .client(self.places().await?)
                .exchange_password(&username, &password)
                .add_scopes(self.scopes.clone())
                .request_async(&self.http)
                .await
                .map_err(|error| match error {
                    RequestTokenError::ServerResponse(answer)
                        if *answer.error() == BasicErrorResponseType::InvalidGrant =>
                    {
                        Fault::WrongPassword
                    }
                    other => refused(other),
                })?;
            self.identify(&tokens, None).await
        })
        .await
    }
}

/// What the provider has said may hold anything: no more of it is told than an error's code.
fn refused(error: RequestTokenError<Fault, BasicErrorResponse>) -> Fault {
    match error {
        RequestTokenError::Request(fault) => fault,
        RequestTokenError::ServerResponse(answer) => {
            let code = answer.error().as_ref().chars().filter(char::is_ascii_graphic).take(40);
            wrong(format!("it refuses: {}", code.collect::<String>()))
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => wrong("its answer holds no tokens"),
    }
}
