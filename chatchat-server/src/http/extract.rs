//! What handlers take: who calls, from where, and what the path and the query say.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use chatchat_domain::page::{Cursor, Limit, PageRequest};
use chatchat_domain::{Error, Refusal, session};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::State;
use super::endpoint::Route;
use crate::input::{All as _, Checked, number};
use crate::problem::{self, Problem};

/// Whoever presents a good access token.
pub(super) struct Caller(pub(super) session::Caller);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let token = bearer_token(&request).ok_or(Refusal::Unauthenticated)?;
            let state = state(&request)?;
            let caller = state.app.sessions().authenticate(token).await?;
            let route = request.extensions().get::<Route>().copied();
            if let Some(route) = route {
                state.traffic.check_account(route.class, caller.user).await?;
            }
            Ok(Self(caller))
        })
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1).
pub(super) fn bearer_token(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

pub(super) fn state(request: &HttpRequest) -> Result<&State, Problem> {
    match request.app_data::<web::Data<State>>() {
        Some(state) => Ok(state.get_ref()),
        None => Err(Error::Internal("the state is missing".to_owned()).into()),
    }
}

/// The network address that the request comes from.
pub(crate) struct ClientIp(pub(crate) IpAddr);

impl ClientIp {
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        let forwarded = request.headers().get_all("x-forwarded-for").filter_map(|line| line.to_str().ok());
        let forwarded: Vec<&str> = forwarded.collect();
        Ok(Self(state(request)?.trusted_proxies.client(peer, forwarded.into_iter())))
    }
}

impl FromRequest for ClientIp {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// The one id in the path; a malformed one names nothing.
pub(super) struct Id<T>(pub(super) T);

impl<T: FromStr> FromRequest for Id<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(segment(request, 0).map(Self).ok_or_else(|| Refusal::NotFound.into()))
    }
}

/// Both ids in the path; a malformed one names nothing.
pub(super) struct Ids<A, B>(pub(super) A, pub(super) B);

impl<A: FromStr, B: FromStr> FromRequest for Ids<A, B> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let ids = segment(request, 0).zip(segment(request, 1));
        ready(ids.map(|(one, other)| Self(one, other)).ok_or_else(|| Refusal::NotFound.into()))
    }
}

fn segment<T: FromStr>(request: &HttpRequest, at: usize) -> Option<T> {
    request.match_info().iter().nth(at).and_then(|(_, text)| text.parse().ok())
}

/// What stands after the question mark.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(query(request).map(Self))
    }
}

fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    match web::Query::<T>::from_query(request.query_string()) {
        Ok(query) => Ok(query.into_inner()),
        Err(_) => Err(Problem::new(problem::MALFORMED_REQUEST, "The query is not well-formed.")),
    }
}

/// Which page of a list is asked for: `?limit=` and `?cursor=`.
pub(super) struct Page(pub(super) PageRequest);

#[derive(Deserialize)]
struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

impl FromRequest for Page {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(query(request).and_then(|PageQuery { limit: items, cursor }| {
            let cursor = cursor.as_deref().map(Cursor::decode).transpose();
            let (limit, cursor) = (limit(items.as_deref()), cursor).all()?;
            Ok(Self(PageRequest { limit, cursor }))
        }))
    }
}

/// How many items are asked for.
pub(super) fn limit(text: Option<&str>) -> Checked<Limit> {
    match text {
        Some(text) => number("limit", text).and_then(Limit::new),
        None => Ok(Limit::default()),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_token_comes_as_a_bearer_token() {
        let token = |value: &str| {
            let request = TestRequest::get().insert_header(("authorization", value)).to_http_request();
            bearer_token(&request).map(str::to_owned)
        };
        assert_eq!(token("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(token("bearer abc").as_deref(), Some("abc"));
        assert_eq!(token("Basic abc"), None);
        assert_eq!(token("abc"), None);
    }

    #[actix_web::test]
    async fn a_page_outside_the_rules_is_refused_by_field() {
        for (uri, field) in [
            ("/?limit=0", "limit"),
            ("/?limit=101", "limit"),
            ("/?limit=many", "limit"),
            ("/?limit=99999999999999999999", "limit"),
            ("/?cursor=!", "cursor"),
        ] {
            let request = TestRequest::with_uri(uri).to_http_request();
            let problem = Page::from_request(&request, &mut Payload::None).await.err().unwrap();
            let body = serde_json::to_value(problem.body("")).unwrap();
            assert_eq!((&body["status"], &body["errors"][0]["field"]), (&422.into(), &field.into()), "{uri}");
        }
    }
}
