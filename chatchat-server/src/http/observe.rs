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
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, ResponseError, web};
use chatchat_adapters::trace::{TRACEPARENT, TraceContext};
use chatchat_domain::Refusal;
use chatchat_domain::ports::Random;
use futures_util::FutureExt as _;
use tracing::field::{self, Empty};

use super::State;
use super::endpoint::Route;
use crate::problem::{self, Problem};
use crate::trace::{Origin, Served, is_sane};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
    let served = served(&request, &id);
    let outcome = served.within(AssertUnwindSafe(next.call(request)).catch_unwind()).await;
    let name = Name { id, trace: served.trace().cloned() };
    let failed = match outcome {
        Ok(Ok(response)) => {
            let response = finish(response, &name);
            let route = response.request().extensions().get::<Route>().copied();
            count(route, response.status());
            if tracing::enabled!(tracing::Level::INFO) || response.status().is_server_error() {
                let pattern = response.request().match_pattern();
                log(&method, pattern.as_deref(), response.status(), began, &name);
            }
            tell(&served, route, Some(response.request()), response.status());
            return Ok(response);
        }
        Ok(Err(error)) => problem_of(&error),
        Err(_panic) => Problem::new(problem::INTERNAL, ""),
    };
    count(None, failed.status_code());
    log(&method, None, failed.status_code(), began, &name);
    tell(&served, None, None, failed.status_code());
    Err(Unrouted { problem: failed, name }.into())
}

/// What an answer says of its request.
#[derive(Debug, Clone)]
struct Name {
    id: String,
    /// Its place in a trace, if that is recorded.
    trace: Option<TraceContext>,
}

/// The request, as the log and traces know it.
fn served(request: &ServiceRequest, id: &str) -> Served {
    let span = tracing::error_span!("request", request_id = %id, otel.kind = "server", trace_id = Empty);
    Served::new(span, origin(request))
}

/// Where the request says that it comes from in a trace. Who is no trusted proxy is a stranger.
fn origin(request: &ServiceRequest) -> Option<Origin> {
    let place = request.headers().get(TRACEPARENT)?.to_str().ok()?.parse().ok()?;
    let (state, peer) = (request.app_data::<web::Data<State>>(), request.peer_addr());
    let is_trusted = state.zip(peer).is_some_and(|(state, peer)| state.trusted_proxies.trusts(peer.ip()));
    Some(Origin { place, is_trusted })
}

/// Tells the trace what the request was, and what came of it.
fn tell(served: &Served, route: Option<Route>, request: Option<&HttpRequest>, status: StatusCode) {
    if served.trace().is_none() {
        return;
    }
    let method = route.map_or("-", |route| route.method);
    let pattern = request.and_then(HttpRequest::match_pattern).unwrap_or_else(|| "-".to_owned());
    let attributes = [
        ("http.request.method", method.into()),
        ("http.route", pattern.clone().into()),
        ("http.response.status_code", i64::from(status.as_u16()).into()),
    ];
    served.ended(format!("{method} {pattern}"), attributes, status.is_server_error());
}

/// The answer with its headers; an error as a problem that holds the request's id.
fn finish(response: ServiceResponse<impl MessageBody + 'static>, name: &Name) -> ServiceResponse<BoxBody> {
    let mut response = match response.response().error().map(problem_of) {
        None => response.map_into_boxed_body(),
        Some(problem) => {
            let mut rendered = problem.response(&name.id);
            for (name, value) in response.headers() {
                if !rendered.headers().contains_key(name) {
                    rendered.headers_mut().append(name.clone(), value.clone());
                }
            }
            response.into_response(rendered)
        }
    };
    let upgraded = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    seal(response.headers_mut(), name, upgraded);
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
fn seal(headers: &mut HeaderMap, name: &Name, upgraded: bool) {
    if let Ok(id) = HeaderValue::from_str(&name.id) {
        headers.insert(X_REQUEST_ID, id);
    }
    if let Some(Ok(place)) = name.trace.as_ref().map(|trace| HeaderValue::from_str(&trace.to_string())) {
        headers.insert(HeaderName::from_static(TRACEPARENT), place);
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

fn log(method: &Method, route: Option<&str>, status: StatusCode, began: Instant, name: &Name) {
    let (route, status) = (route.unwrap_or("-"), status.as_u16());
    let trace_id = name.trace.as_ref().map(TraceContext::trace_id);
    let (request_id, trace_id) = (&name.id, trace_id.as_ref().map(field::display));
    let duration_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::error!(%method, route, status, duration_us, %request_id, trace_id, "request");
    } else {
        tracing::info!(%method, route, status, duration_us, %request_id, trace_id, "request");
    }
}

/// A problem of a request that was lost on its way (a panic): it still gets its whole answer.
#[derive(Debug)]
struct Unrouted {
    problem: Problem,
    name: Name,
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
        let mut response = self.problem.response(&self.name.id);
        seal(response.headers_mut(), &self.name, false);
        response
    }
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, web};

    use super::*;

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
