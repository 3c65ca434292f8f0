use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use chatchat_domain::account::{EmailAddress, Password, UserName};
use chatchat_domain::provider::{SubjectRegistration, Username};
use chatchat_domain::{Error, Violation};
use serde::Deserialize;
use serde_json::json;

use super::super::body::Raw;
use super::super::extract::ClientIp;
use super::{State, answer, provider};
use crate::input::required;
use crate::problem::Problem;
use crate::traffic::address_key;

#[derive(Deserialize)]
struct Registration {
    username: Option<String>,
    password: Option<String>,
    name: Option<String>,
    email: Option<String>,
}

/// `POST /oauth/accounts`
pub(super) async fn register(
    state: Data<State>,
    request: HttpRequest,
    ClientIp(ip): ClientIp,
    Raw(body): Raw,
) -> Result<HttpResponse, Problem> {
    let provider = provider(&state)?;
    let made = async {
        let registration = parse(&request, &body)?;
        provider.register(registration, &address_key(ip)).await
    };
    Ok(match made.await {
        Ok(subject) => HttpResponse::Created().json(json!({
            "id": subject.id.to_string(),
            "username": subject.username.as_str(),
            "name": subject.name.as_str(),
            "email": subject.email.as_ref().map(EmailAddress::as_str),
        })),
        Err(Error::Invalid(violations)) => {
            let words: Vec<_> = violations.iter().map(|it| format!("{} {}", it.field, it.detail)).collect();
            let is_taken = violations.iter().any(|violation| violation.code == "taken");
            let mut response = if is_taken { HttpResponse::Conflict() } else { HttpResponse::BadRequest() };
            response.json(json!({ "error": "invalid_request", "error_description": words.join("; ") }))
        }
        Err(error) => answer::refusal(error.into()),
    })
}

fn parse(request: &HttpRequest, body: &[u8]) -> Result<SubjectRegistration, Error> {
    let malformed = || Violation::new("the body", "malformed", "must be a JSON object of strings");
    let is_json = request.content_type().eq_ignore_ascii_case("application/json");
    let body: Option<Registration> = serde_json::from_slice(body).ok().filter(|_| is_json);
    let body = body.ok_or_else(malformed)?;
    let username = Username::new(&required("username", body.username)?)?;
    let password = Password::new(&required("password", body.password)?)?;
    let name = body.name.map(|name| UserName::new(&name)).transpose()?;
    let email = body.email.map(|email| EmailAddress::new(&email)).transpose()?;
    Ok(SubjectRegistration { username, password, name, email })
}
