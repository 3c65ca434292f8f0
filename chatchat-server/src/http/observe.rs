//! Around every request: its id, its log line, its headers, and a problem whenever something has gone wrong.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_cors::CorsError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpResponse, ResponseError, web};
use chatchat_domain::Refusal;
use chatchat_domain::ports::Random;
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::State;
use super::endpoint::Route;
use crate::problem::{self, Problem};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longer ids than this are not taken over from clients.
const MAX_REQUEST_ID: usize = 128;

/// Names requests that come without a name.
pub(crate) struct RequestIds {
    /// Tells the requests of this process from those of another.
    prefix: u64,
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(random: &dyn Random) -> Self {
        let mut prefix = [0; 8];
        random.fill(&mut prefix);
        Self { prefix: u64::from_be_bytes(prefix), next: AtomicU64::new(1) }
    }

    /// The id that the request came with, if it is a sane one, or the next.
    fn of(&self, request: &HeaderMap) -> String {
        let given = request.get(X_REQUEST_ID).and_then(|id| id.to_str().ok());
        match given.filter(|id| is_sane(id)) {
            Some(id) => id.to_owned(),
            None => format!("{:016x}-{:x}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

fn is_sane(id: &str) -> bool {
    (1..=MAX_REQUEST_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte))
}

/// The outermost middleware.
pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    let state = request.app_data::<web::Data<State>>().cloned();
    let id = state.as_ref().map_or_else(String::new, |state| state.request_ids.of(request.headers()));
    let count = |route: Option<Route>, status: StatusCode| {
        if let Some(state) = &state {
            state.counts.answered(route, status.as_u16(), began.elapsed());
        }
    };
    let method = request.method().clone();
    let span = tracing::info_span!("request", request_id = %id);
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().instrument(span).await;
    let failed = match outcome {
        Ok(Ok(response)) => {
            let response = finish(response, &id);
            let route = response.request().extensions().get::<Route>().copied();
            count(route, response.status());
            if tracing::enabled!(tracing::Level::INFO) || response.status().is_server_error() {
                let route = response.request().match_pattern();
                log(&method, route.as_deref(), response.status(), began, &id);
            }
            return Ok(response);
        }
        Ok(Err(error)) => problem_of(&error),
        Err(_panic) => Problem::new(problem::INTERNAL, ""),
    };
    count(None, failed.status_code());
    log(&method, None, failed.status_code(), began, &id);
    Err(Unrouted { problem: failed, id }.into())
}

/// The answer with its headers; an error as a problem that holds the request's id.
fn finish(response: ServiceResponse<impl MessageBody + 'static>, id: &str) -> ServiceResponse<BoxBody> {
    let mut response = match response.response().error().map(problem_of) {
        None => response.map_into_boxed_body(),
        Some(problem) => {
            let mut rendered = problem.response(id);
            for (name, value) in response.headers() {
                if !rendered.headers().contains_key(name) {
                    rendered.headers_mut().append(name.clone(), value.clone());
                }
            }
            response.into_response(rendered)
        }
    };
    let upgraded = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    seal(response.headers_mut(), id, upgraded);
    response
}

fn problem_of(error: &actix_web::Error) -> Problem {
    if let Some(problem) = error.as_error::<Problem>() {
        return problem.clone();
    }
    if error.as_error::<CorsError>().is_some() {
        return Problem::new(problem::ORIGIN_NOT_ALLOWED, "");
    }
    match error.as_response_error().status_code() {
        StatusCode::NOT_FOUND => Refusal::NotFound.into(),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(problem::PAYLOAD_TOO_LARGE, ""),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Refusal::UnsupportedMedia.into(),
        status if status.is_client_error() => Problem::new(problem::MALFORMED_REQUEST, ""),
        _ => {
            tracing::error!(%error, "an error that nobody expected");
            Problem::new(problem::INTERNAL, "")
        }
    }
}

/// The headers of every answer. What a handler has set itself stays.
fn seal(headers: &mut HeaderMap, id: &str, upgraded: bool) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, id);
    }
    if upgraded {
        return;
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

fn log(method: &Method, route: Option<&str>, status: StatusCode, began: Instant, id: &str) {
    let (route, status) = (route.unwrap_or("-"), status.as_u16());
    let duration_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::error!(%method, route, status, duration_us, request_id = id, "request");
    } else {
        tracing::info!(%method, route, status, duration_us, request_id = id, "request");
    }
}

/// A problem of a request that was lost on its way (a panic): it still gets its whole answer.
#[derive(Debug)]
struct Unrouted {
    problem: Problem,
    id: String,
}

impl fmt::Display for Unrouted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl ResponseError for Unrouted {
    fn status_code(&self) -> StatusCode {
        self.problem.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = self.problem.response(&self.id);
        seal(response.headers_mut(), &self.id, false);
        response
    }
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, web};

    use super::*;

    #[test]
    fn only_sane_ids_are_taken_over() {
        assert!(is_sane("01J-abc.def:7"));
        assert!(!is_sane("") && !is_sane("a b") && !is_sane("a\"b") && !is_sane(&"a".repeat(129)));
    }

    #[actix_web::test]
    async fn a_problem_keeps_its_headers_and_gets_the_safe_ones() {
        async fn limited() -> Result<HttpResponse, Problem> {
            Err(chatchat_domain::Error::Unavailable("the disk".to_owned()).into())
        }
        let app = App::new().wrap(from_fn(observe)).route("/", web::get().to(limited));
        let response = call_service(&init_service(app).await, TestRequest::get().to_request()).await;
        assert_eq!(response.status(), 503);
        for name in ["retry-after", "x-content-type-options", "cache-control", "content-security-policy"] {
            assert!(response.headers().contains_key(name), "{name}");
        }
        assert_eq!(response.headers().get("content-type").unwrap(), "application/problem+json");
    }

    #[actix_web::test]
    async fn a_panic_is_an_internal_error_and_no_more() {
        async fn defect() -> HttpResponse {
            panic!("secret words")
        }
        let app = App::new().wrap(from_fn(observe)).route("/", web::get().to(defect));
        let service = init_service(app).await;
        let error =
            actix_web::dev::Service::call(&service, TestRequest::get().to_request()).await.unwrap_err();
        let response = error.error_response();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers().get("content-type").unwrap(), "application/problem+json");
    }
}
