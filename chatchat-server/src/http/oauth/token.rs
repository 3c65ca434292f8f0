use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chatchat_domain::provider::{ErrorCode, GrantType, OauthError, TokenRequest, TokenResponse};
use serde::Serialize;

use super::super::body::Raw;
use super::parameters::Parameters;
use super::{State, answer, provider};
use crate::problem::Problem;

/// `POST /oauth/token`
pub(super) async fn token(
    state: Data<State>,
    request: HttpRequest,
    Raw(body): Raw,
) -> Result<HttpResponse, Problem> {
    let provider = provider(&state)?;
    let given = async {
        let mut parameters = Parameters::of_form(&request, &body)?;
        let client = parameters.take_client(&request)?;
        provider.token(&client, wish(parameters)?).await
    };
    Ok(match given.await {
        Ok(tokens) => HttpResponse::Ok().json(TokensJson::from(&tokens)),
        Err(fault) => answer::refusal(fault),
    })
}

fn wish(mut parameters: Parameters) -> Result<TokenRequest, OauthError> {
    let grant_type = parameters.require("grant_type", "grant_type is missing")?;
    let scope = parameters.take("scope");
    match GrantType::parse(&grant_type) {
        Some(GrantType::AuthorizationCode) => Ok(TokenRequest::AuthorizationCode {
            code: parameters.require("code", "code is missing")?,
            redirect_uri: parameters.take("redirect_uri"),
            code_verifier: parameters.take("code_verifier"),
        }),
        Some(GrantType::RefreshToken) => Ok(TokenRequest::RefreshToken {
            refresh_token: parameters.require("refresh_token", "refresh_token is missing")?,
            scope,
        }),
        Some(GrantType::Password) => Ok(TokenRequest::Password {
            username: parameters.require("username", "username is missing")?,
            password: parameters.require("password", "password is missing")?,
            scope,
        }),
        None => Err(OauthError::new(ErrorCode::UnsupportedGrantType, "there is no such grant_type")),
    }
}

/// The answer's fields (RFC 6749, section 5.1).
#[derive(Serialize)]
struct TokensJson<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
}

impl<'a> From<&'a TokenResponse> for TokensJson<'a> {
    fn from(tokens: &'a TokenResponse) -> Self {
        Self {
            access_token: &tokens.access_token,
            token_type: "Bearer",
            expires_in: tokens.expires_in.as_secs(),
            refresh_token: tokens.refresh_token.as_deref(),
            scope: tokens.scope.text(),
            id_token: tokens.id_token.as_deref(),
        }
    }
}
