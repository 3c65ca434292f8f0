use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chatchat_domain::identity::AuthorizationResponse;
use url::form_urlencoded;

use super::super::State;
use super::super::extract::Id;
use super::super::work::detached;
use super::back_to;
use crate::problem::Problem;

/// `GET /auth/providers/{provider}/callback`: whatever comes of it is told to the page that has sent the browser.
pub(super) async fn callback(
    state: Data<State>,
    request: HttpRequest,
    Id(provider): Id<String>,
) -> Result<HttpResponse, Problem> {
    let browser = state.browsers.read(&request, state.app.identities());
    let (secret, begun_at) = browser.map(|browser| (browser.secret, browser.return_to)).unzip();
    let (app, response) = (state.app(), response(request.query_string()));
    let finished =
        detached(async move { app.identities().finish(&provider, secret.as_ref(), response).await }).await?;
    let place = finished.return_to.or(begun_at.flatten());
    Ok(match finished.login_code {
        Ok(code) => back_to(place.as_ref(), "login_code", code.expose()),
        Err(error) => back_to(place.as_ref(), "error", Problem::from(error).code()),
    })
}

/// What a provider says, if it says nothing twice (RFC 6749, section 3.1).
fn response(query: &str) -> AuthorizationResponse {
    let mut response = AuthorizationResponse::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let field = match &*name {
            "state" => &mut response.state,
            "code" => &mut response.code,
            "error" => &mut response.error,
            "iss" => &mut response.iss,
            _ => continue,
        };
        if field.replace(value.into_owned()).is_some() {
            return AuthorizationResponse::default();
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_is_not_believed() {
        let said = response("state=s%20t&code=c&iss=https%3A%2F%2Fid.example&other=1&other=2");
        assert_eq!((said.state.as_deref(), said.code.as_deref()), (Some("s t"), Some("c")));
        assert_eq!(said.iss.as_deref(), Some("https://id.example"));
        assert_eq!(response("state=s&code=c&code=d"), AuthorizationResponse::default());
    }
}
