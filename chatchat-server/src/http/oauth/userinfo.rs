use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chatchat_domain::account::EmailAddress;
use chatchat_domain::provider::{ErrorCode, OauthError, UserInfo};
use serde::Serialize;

use super::super::body::Raw;
use super::super::extract::bearer_token;
use super::parameters::Parameters;
use super::{State, answer, provider};
use crate::problem::Problem;

/// `GET /oauth/userinfo`
pub(super) async fn by_header(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    told(&state, bearer_token(&request).map(ToOwned::to_owned)).await
}

/// `POST /oauth/userinfo`, where the token may stand in the body (RFC 6750, section 2.2).
pub(super) async fn by_header_or_body(
    state: Data<State>,
    request: HttpRequest,
    Raw(body): Raw,
) -> Result<HttpResponse, Problem> {
    let in_header = bearer_token(&request).map(ToOwned::to_owned);
    let in_body = || Parameters::of_form(&request, &body).ok()?.take("access_token");
    told(&state, in_header.or_else(in_body)).await
}

async fn told(state: &State, token: Option<String>) -> Result<HttpResponse, Problem> {
    let provider = provider(state)?;
    let Some(token) = token else {
        let missing = OauthError::new(ErrorCode::InvalidToken, "there is no access token");
        return Ok(answer::refusal(missing.into()));
    };
    Ok(match provider.user_info(&token).await {
        Ok(info) => HttpResponse::Ok().json(ClaimsJson::from(&info)),
        Err(fault) => answer::refusal(fault),
    })
}

/// Claims about somebody (OpenID Connect Core, section 5.1), as far as the scope goes.
#[derive(Serialize)]
struct ClaimsJson<'a> {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

impl<'a> From<&'a UserInfo> for ClaimsJson<'a> {
    fn from(UserInfo { subject, scope }: &'a UserInfo) -> Self {
        let email = subject.email.as_ref().filter(|_| scope.has("email"));
        let has_profile = scope.has("profile");
        Self {
            sub: subject.id.to_string(),
            name: has_profile.then(|| subject.name.as_str()),
            preferred_username: has_profile.then(|| subject.username.as_str()),
            email: email.map(EmailAddress::as_str),
            email_verified: email.map(|_| false), // nobody has checked it
        }
    }
}
