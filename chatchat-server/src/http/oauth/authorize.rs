use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use chatchat_domain::provider::{Ask, Asked, Declined, ErrorCode, Fault, OauthError};
use url::form_urlencoded;

use super::super::body::Raw;
use super::parameters::{Parameters, invalid};
use super::{State, page, provider};
use crate::problem::Problem;

/// `GET /oauth/authorize`: the page on which somebody answers.
pub(super) async fn ask(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let provider = provider(&state)?;
    let parameters = match Parameters::of_query(request.query_string()) {
        Ok(parameters) => parameters,
        Err(error) => return Ok(page::declined(&error)),
    };
    Ok(match provider.ask(question(&parameters)) {
        Ok(asked) => page::question(&asked, &parameters, None),
        Err(declined) => decline(&state, declined),
    })
}

/// `POST /oauth/authorize`: the answer.
pub(super) async fn answer(
    state: Data<State>,
    request: HttpRequest,
    Raw(body): Raw,
) -> Result<HttpResponse, Problem> {
    let provider = provider(&state)?;
    if is_from_elsewhere(&request) {
        return Ok(page::declined(&invalid("the form was sent by another page")));
    }
    let mut parameters = match Parameters::of_form(&request, &body) {
        Ok(parameters) => parameters,
        Err(error) => return Ok(page::declined(&error)),
    };
    let (username, password) = (parameters.take("username"), parameters.take("password"));
    let decision = parameters.take("decision");
    let asked = match provider.ask(question(&parameters)) {
        Ok(asked) => asked,
        Err(declined) => return Ok(decline(&state, declined)),
    };
    if decision.as_deref() != Some("allow") {
        let Asked { redirect_uri, state: echo, .. } = asked;
        let error = OauthError::new(ErrorCode::AccessDenied, "the person has said no");
        return Ok(decline(&state, Declined::Back { redirect_uri, state: echo, error }));
    }
    let (username, password) = (username.unwrap_or_default(), password.unwrap_or_default());
    Ok(match provider.agree(asked.clone(), &username, &password).await {
        Ok(code) => back(&state, &asked.redirect_uri, asked.state.as_deref(), &[("code", &code)]),
        Err(Fault::Oauth(_)) => {
            let words = "The username or the password is wrong.";
            page::question(&asked, &parameters, Some((StatusCode::UNAUTHORIZED, words, None)))
        }
        Err(Fault::Other(error)) => {
            let problem = Problem::from(error);
            let words = "This does not work right now. Please try again in a moment.";
            page::question(&asked, &parameters, Some((problem.status_code(), words, Some(&problem))))
        }
    })
}

fn question(parameters: &Parameters) -> Ask {
    let get =
        |name: &str| parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned());
    Ask {
        response_type: get("response_type"),
        client_id: get("client_id"),
        redirect_uri: get("redirect_uri"),
        scope: get("scope"),
        state: get("state"),
        nonce: get("nonce"),
        code_challenge: get("code_challenge"),
        code_challenge_method: get("code_challenge_method"),
        prompt: get("prompt"),
    }
}

fn decline(state: &State, declined: Declined) -> HttpResponse {
    match declined {
        Declined::Here(error) => page::declined(&error),
        Declined::Back { redirect_uri, state: echo, error } => {
            let told = [("error", error.code.as_str()), ("error_description", error.description)];
            back(state, &redirect_uri, echo.as_deref(), &told)
        }
    }
}

/// Sends the person back to the client, which is told who answers (RFC 9207).
fn back(state: &State, redirect_uri: &str, echo: Option<&str>, told: &[(&str, &str)]) -> HttpResponse {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(told);
    query.extend_pairs(echo.map(|echo| ("state", echo)));
    query.append_pair("iss", state.urls.public_url());
    let and = if redirect_uri.contains('?') { '&' } else { '?' };
    let location = format!("{redirect_uri}{and}{}", query.finish());
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

/// Whether a page of somebody else has sent this; browsers say so by themselves.
fn is_from_elsewhere(request: &HttpRequest) -> bool {
    let site = request.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok());
    site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}
