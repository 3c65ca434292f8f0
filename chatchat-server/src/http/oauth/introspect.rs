use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chatchat_domain::provider::Introspection;
use serde::Serialize;
use serde_json::json;

use super::super::body::Raw;
use super::parameters::Parameters;
use super::{State, answer, provider};
use crate::problem::Problem;

/// `POST /oauth/introspect`
pub(super) async fn introspect(
    state: Data<State>,
    request: HttpRequest,
    Raw(body): Raw,
) -> Result<HttpResponse, Problem> {
    let provider = provider(&state)?;
    let found = async {
        let mut parameters = Parameters::of_form(&request, &body)?;
        let client = parameters.take_client(&request)?;
        let token = parameters.require("token", "token is missing")?;
        provider.introspect(&client, &token).await
    };
    Ok(match found.await {
        Ok(None) => HttpResponse::Ok().json(json!({ "active": false })),
        Ok(Some(token)) => HttpResponse::Ok().json(ActiveJson::new(&token, state.urls.public_url())),
        Err(fault) => answer::refusal(fault),
    })
}

/// What is told of a token that is good (RFC 7662, section 2.2).
#[derive(Serialize)]
struct ActiveJson<'a> {
    active: bool,
    iss: &'a str,
    sub: String,
    username: &'a str,
    client_id: &'a str,
    scope: String,
    exp: u64,
    /// Of access tokens alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
}

impl<'a> ActiveJson<'a> {
    fn new(token: &'a Introspection, issuer: &'a str) -> Self {
        Self {
            active: true,
            iss: issuer,
            sub: token.owner.subject.to_string(),
            username: &token.username,
            client_id: &token.owner.client,
            scope: token.owner.scope.text(),
            exp: token.expires_at.unix_seconds(),
            token_type: token.is_access.then_some("Bearer"),
        }
    }
}
