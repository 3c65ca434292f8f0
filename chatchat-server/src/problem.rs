//! Every error a client can see: RFC 9457 `application/problem+json`, over HTTP and WebSocket alike.
//!
//! [`chatchat_domain::Error`] says why a use case did not do what it says; here that gets a status and words.
//! What only a transport can get wrong (malformed JSON, a foreign origin …) has its own codes.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use chatchat_domain::{Error, Exceeded, Refusal, Violation};
use serde::Serialize;

/// How long to wait before trying again when a dependency is away.
const RETRY_WHEN_UNAVAILABLE: Duration = Duration::from_secs(1);

/// An entry of the catalogue at `/problems`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// The stable code.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What it means.
    pub title: &'static str,
}

macro_rules! transport_kinds {
    ($($name:ident $status:literal $code:literal $title:literal)*) => {
        $(pub(crate) const $name: Kind = Kind { code: $code, status: $status, title: $title };)*
        const TRANSPORT: &[Kind] = &[$($name),*];
    };
}

transport_kinds! {
    MALFORMED_REQUEST 400 "malformed_request" "The request is not well-formed: malformed JSON or a wrong type."
    ORIGIN_NOT_ALLOWED 403 "origin_not_allowed" "Pages of this origin may not connect."
    METHOD_NOT_ALLOWED 405 "method_not_allowed" "This path knows other methods; see the Allow header."
    REQUEST_TIMEOUT 408 "request_timeout" "The request's body did not come in time."
    PAYLOAD_TOO_LARGE 413 "payload_too_large" "The body is larger than this path takes."
    VALIDATION_FAILED 422 "validation_failed" "Some values break their rules; see errors."
    RATE_LIMITED 429 "rate_limited" "Too many requests; see Retry-After."
    INTERNAL 500 "internal_error" "Something went wrong on the server; it has been logged."
    UNAVAILABLE 503 "unavailable" "Something the service needs does not answer; try again."
}

/// Every kind of problem, by code.
pub fn catalogue() -> Vec<Kind> {
    let mut kinds: Vec<Kind> =
        Refusal::ALL.iter().copied().map(kind_of).chain(TRANSPORT.iter().copied()).collect();
    kinds.sort_unstable_by_key(|kind| kind.code);
    kinds
}

fn kind_of(refusal: Refusal) -> Kind {
    let status = match refusal {
        Refusal::Unauthenticated | Refusal::InvalidCredentials | Refusal::InvalidToken => 401,
        Refusal::InvalidState => 400,
        Refusal::AccessDenied
        | Refusal::Suspended
        | Refusal::NotFriends
        | Refusal::Forbidden
        | Refusal::NotOwner
        | Refusal::NotSender
        | Refusal::Muted
        | Refusal::RecallExpired
        | Refusal::InviteOnly => 403,
        Refusal::NotFound => 404,
        Refusal::EmailTaken
        | Refusal::AlreadyFriends
        | Refusal::NotPending
        | Refusal::Recalled
        | Refusal::TooLate
        | Refusal::KeyInUse
        | Refusal::Blocked
        | Refusal::GroupFull
        | Refusal::OwnerCannotLeave
        | Refusal::IdempotencyConflict
        | Refusal::IdentityTaken
        | Refusal::AlreadyBound
        | Refusal::LastCredential => 409,
        Refusal::UnsupportedMedia => 415,
        Refusal::InvalidCode => 422,
        Refusal::ProviderError => 502,
    };
    Kind { code: refusal.code(), status, title: refusal.title() }
}

/// Something that a client is told instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<Violation>,
    limit: Option<Box<Exceeded>>,
    allow: Option<String>,
}

impl Problem {
    /// A problem of this kind, with words about this very case.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), limit: None, allow: None }
    }

    /// The path knows only these methods.
    pub fn method_not_allowed(allow: String) -> Self {
        Self { allow: Some(allow), ..Self::new(METHOD_NOT_ALLOWED, "") }
    }

    /// The current password was wrong: the caller is known, so it is forbidden rather than unauthenticated.
    pub fn wrong_current_password() -> Self {
        Self::new(Kind { status: 403, ..kind_of(Refusal::InvalidCredentials) }, "")
    }

    /// These servers do not answer.
    pub(crate) fn missing(servers: &[&str]) -> Self {
        tracing::warn!(?servers, "not ready");
        Self::new(UNAVAILABLE, format!("These do not answer: {}.", servers.join(", ")))
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.kind.code
    }

    /// The problem as JSON, for the request with this id.
    pub fn body<'a>(&'a self, request_id: &'a str) -> impl Serialize + 'a {
        Body {
            r#type: format!("/problems/{}", self.kind.code),
            title: self.kind.title,
            status: self.kind.status,
            detail: if self.detail.is_empty() { self.kind.title } else { &self.detail },
            code: self.kind.code,
            errors: self.errors.iter().map(FieldError::from).collect(),
            request_id,
            retry_after: self.retry_after(),
            rate_limit: self.rate_limit(),
            rate_limit_policy: self.rate_limit_policy(),
        }
    }

    /// After how many seconds it may go well, if that is known.
    fn retry_after(&self) -> Option<u64> {
        match (self.limit.as_deref(), self.kind.status) {
            (Some(limit), _) => {
                let seconds = limit.retry_after.as_millis().div_ceil(1000).max(1);
                Some(u64::try_from(seconds).unwrap_or(u64::MAX))
            }
            (None, 503) => Some(RETRY_WHEN_UNAVAILABLE.as_secs()),
            (None, _) => None,
        }
    }

    /// The answer to the request with this id.
    pub fn response(&self, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in self.headers() {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.insert_header((name, value));
            }
        }
        let body = serde_json::to_vec(&self.body(request_id)).unwrap_or_default();
        response.content_type("application/problem+json").body(body)
    }

    pub(crate) fn headers(&self) -> Vec<(HeaderName, String)> {
        let mut headers = Vec::new();
        if self.kind.status == 401 {
            headers.push((header::WWW_AUTHENTICATE, "Bearer".to_owned()));
        }
        if let Some(allow) = &self.allow {
            headers.push((header::ALLOW, allow.clone()));
        }
        let retry = self.retry_after();
        headers.extend(retry.map(|seconds| (header::RETRY_AFTER, seconds.to_string())));
        headers.extend(self.rate_limit().map(|it| (HeaderName::from_static("ratelimit"), it)));
        headers.extend(self.rate_limit_policy().map(|it| (HeaderName::from_static("ratelimit-policy"), it)));
        headers
    }

    /// What is left of a quota, as the header `RateLimit` has it (draft-ietf-httpapi-ratelimit-headers).
    fn rate_limit(&self) -> Option<String> {
        let Exceeded { policy, .. } = self.limit.as_deref()?;
        Some(format!("\"{policy}\";r=0;t={}", self.retry_after()?))
    }

    /// The quota, as the header `RateLimit-Policy` has it.
    fn rate_limit_policy(&self) -> Option<String> {
        let Exceeded { policy, quota, window, .. } = self.limit.as_deref()?;
        Some(format!("\"{policy}\";q={quota};w={}", window.as_secs()))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::new(kind_of(refusal), ""),
            Error::Invalid(errors) => Self { errors, ..Self::new(VALIDATION_FAILED, "") },
            Error::RateLimited(limit) => Self { limit: Some(Box::new(limit)), ..Self::new(RATE_LIMITED, "") },
            Error::Unavailable(reason) | Error::Overloaded(reason) => {
                tracing::warn!(%reason, "unavailable");
                Self::new(UNAVAILABLE, "")
            }
            Error::Internal(reason) => {
                tracing::error!(%reason, "internal error");
                Self::new(INTERNAL, "")
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::from(Error::from(refusal))
    }
}

impl From<Violation> for Problem {
    fn from(violation: Violation) -> Self {
        Self::from(Error::from(violation))
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Without the request's id, which the request-id middleware fills in.
    fn error_response(&self) -> HttpResponse {
        self.response("")
    }
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError<'a>>,
    request_id: &'a str,
    /// As the headers of these names say, for who sees none.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit_policy: Option<String>,
}

#[derive(Serialize)]
struct FieldError<'a> {
    field: &'a str,
    code: &'a str,
    detail: &'a str,
}

impl<'a> From<&'a Violation> for FieldError<'a> {
    fn from(violation: &'a Violation) -> Self {
        Self { field: &violation.field, code: violation.code, detail: &violation.detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_once_in_the_catalogue() {
        let kinds = catalogue();
        assert!(kinds.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn nothing_internal_reaches_the_client() {
        let problem = Problem::from(Error::Internal("no such table: users".to_owned()));
        let body = serde_json::to_string(&problem.body("r-1")).unwrap();
        assert!(!body.contains("table") && body.contains("internal_error") && body.contains("r-1"));
    }
}
