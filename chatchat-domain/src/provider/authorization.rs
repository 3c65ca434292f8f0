use super::{Client, CodeChallenge, ErrorCode, GrantType, OauthError, Scope};

/// How long a value may be that goes back as it came.
const MAX_ECHO: usize = 500;

/// The parameters of an authorization request (RFC 6749, section 4.1.1), as they came; what is empty is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the standards have named them")]
pub struct Ask {
    pub response_type: Option<String>,
    pub client_id: Option<String>,
    pub redirect_uri: Option<String>,
    pub scope: Option<String>,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    pub prompt: Option<String>,
}

/// A client asks somebody for access, and may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The client's id.
    pub client: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// Whether the client has said so, and must say so again.
    pub(super) redirect_uri_was_given: bool,
    /// What it asks for.
    pub scope: Scope,
    /// For the client to know its question by.
    pub state: Option<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// What proves that who brings the code has asked for it.
    pub challenge: Option<CodeChallenge>,
}

/// Why a client may not ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declined {
    /// It is not clear who asks, so nobody is sent anywhere (section 4.1.2.1).
    Here(OauthError),
    /// The client is told.
    Back {
        /// Where.
        redirect_uri: String,
        /// Its state.
        state: Option<String>,
        /// What.
        error: OauthError,
    },
}

impl Ask {
    /// What is asked, if these clients may ask it.
    pub(super) fn check(self, clients: &[Client]) -> Result<Asked, Declined> {
        let here = |description| Declined::Here(OauthError::new(ErrorCode::InvalidRequest, description));
        let client = self.client_id.as_deref().and_then(|id| clients.iter().find(|client| client.id() == id));
        let client = client.ok_or_else(|| here("the client is not known"))?;
        let redirect_uri = match self.redirect_uri.as_deref() {
            Some(uri) => Some(uri).filter(|uri| client.may_redirect_to(uri)),
            None => client.only_redirect_uri(),
        };
        let redirect_uri =
            redirect_uri.ok_or_else(|| here("the redirect_uri is not one of the client's"))?.to_owned();
        let state = self.state.clone();
        let redirect_uri_was_given = self.redirect_uri.is_some();
        match self.wish(client) {
            Ok((scope, challenge, nonce)) => Ok(Asked {
                client: client.id().to_owned(),
                redirect_uri,
                redirect_uri_was_given,
                scope,
                state,
                nonce,
                challenge,
            }),
            Err(error) => {
                let state = state.filter(|state| state.len() <= MAX_ECHO);
                Err(Declined::Back { redirect_uri, state, error })
            }
        }
    }

    fn wish(self, client: &Client) -> Result<(Scope, Option<CodeChallenge>, Option<String>), OauthError> {
        let invalid = |description| OauthError::new(ErrorCode::InvalidRequest, description);
        match self.response_type.as_deref() {
            Some("code") => {}
            Some(_) => {
                return Err(OauthError::new(
                    ErrorCode::UnsupportedResponseType,
                    "response_type must be code",
                ));
            }
            None => return Err(invalid("response_type is missing")),
        }
        if !client.may_use(GrantType::AuthorizationCode) {
            return Err(OauthError::new(ErrorCode::UnauthorizedClient, "this client gets no codes"));
        }
        let is_long = |value: &Option<String>| value.as_ref().is_some_and(|value| value.len() > MAX_ECHO);
        if is_long(&self.state) || is_long(&self.nonce) {
            return Err(invalid("state and nonce have 500 characters at most"));
        }
        let scope = Scope::parse(&self.scope.unwrap_or_default())?;
        let challenge = match (self.code_challenge.as_deref(), self.code_challenge_method.as_deref()) {
            (Some(challenge), Some("S256")) => Some(
                CodeChallenge::parse(challenge).ok_or_else(|| invalid("code_challenge is none of S256"))?,
            ),
            (Some(_), _) => return Err(invalid("code_challenge_method must be S256")),
            (None, Some(_)) => return Err(invalid("code_challenge is missing")),
            (None, None) if client.is_public() => {
                return Err(invalid("a public client needs a code_challenge"));
            }
            (None, None) => None,
        };
        match self.prompt.as_deref() {
            Some("none") => Err(OauthError::new(ErrorCode::LoginRequired, "people log in for each answer")),
            _ => Ok((scope, challenge, self.nonce)),
        }
    }
}
