use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError as _};
use chatchat_domain::provider::{ErrorCode, Fault, OauthError};
use serde_json::json;

use crate::problem::Problem;

/// The error as JSON (RFC 6749, section 5.2).
pub(super) fn refusal(fault: Fault) -> HttpResponse {
    match fault {
        Fault::Oauth(error) => oauth(&error),
        Fault::Other(error) => {
            let problem = Problem::from(error);
            let mut response = build(problem.status_code(), &problem);
            let is_ours = problem.status_code() == StatusCode::INTERNAL_SERVER_ERROR;
            let code = if is_ours { "server_error" } else { "temporarily_unavailable" };
            response.json(json!({ "error": code, "error_description": "try again later" }))
        }
    }
}

fn oauth(error: &OauthError) -> HttpResponse {
    let mut response = match error.code {
        ErrorCode::InvalidClient => {
            let mut response = HttpResponse::Unauthorized();
            response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"oauth\""));
            response
        }
        ErrorCode::InvalidToken => {
            let mut response = HttpResponse::Unauthorized();
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
            response
        }
        _ => HttpResponse::BadRequest(),
    };
    response.json(json!({ "error": error.code.as_str(), "error_description": error.description }))
}

/// An answer with the headers of the problem, such as when to try again.
pub(super) fn build(status: StatusCode, problem: &Problem) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    for header in problem.headers() {
        response.insert_header(header);
    }
    response
}
