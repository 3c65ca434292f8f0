//! Who keeps a refresh token: the client itself, or its browser, in a cookie that no script can read.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use chatchat_domain::Refusal;
use chatchat_domain::session::Tokens;
use serde::Serialize;

use super::State;
use crate::input::required;
use crate::problem::Problem;
use crate::view::WithoutRefreshToken;

/// The paths that get to see the cookie.
const PATH: &str = "/api/v1/auth";

/// The cookie that holds a refresh token. Only pages of the same site bring it, and only where it is needed.
pub(crate) struct RefreshCookie {
    /// Nobody can have set a cookie of the longer name but over TLS (RFC 6265bis, section 4.1.3.1).
    name: &'static str,
    is_secure: bool,
}

impl RefreshCookie {
    /// The cookie of the server at `public_url`.
    pub(crate) fn new(public_url: &str) -> Self {
        let is_secure = public_url.starts_with("https:");
        Self { name: if is_secure { "__Secure-chatchat_refresh" } else { "chatchat_refresh" }, is_secure }
    }

    fn holding(&self, tokens: &Tokens) -> Cookie<'static> {
        let lifetime = Duration::try_from(tokens.refresh_expires_in).unwrap_or(Duration::ZERO);
        self.with(tokens.refresh_token.clone(), lifetime)
    }

    fn with(&self, value: String, lifetime: Duration) -> Cookie<'static> {
        Cookie::build(self.name, value)
            .path(PATH)
            .http_only(true)
            .secure(self.is_secure)
            .same_site(SameSite::Strict)
            .max_age(lifetime)
            .finish()
    }

    /// The cookie that takes away the one that the request has brought, if it has.
    pub(super) fn removed_from(&self, request: &HttpRequest) -> Option<Cookie<'static>> {
        request.cookie(self.name).map(|_| self.with(String::new(), Duration::ZERO))
    }
}

/// Who keeps the refresh token.
pub(super) enum Keeper<'a> {
    /// Whoever has asked: it is told the token.
    Client,
    /// The browser that asks: the page is not told.
    Browser(&'a RefreshCookie),
}

impl<'a> Keeper<'a> {
    /// Whoever the request's `cookie` says. Pages of foreign origins cannot ask for it.
    pub(super) fn chosen(
        state: &'a State,
        request: &HttpRequest,
        cookie: Option<bool>,
    ) -> Result<Self, Problem> {
        if cookie != Some(true) {
            return Ok(Self::Client);
        }
        state.origins.check(request)?;
        Ok(Self::Browser(&state.refresh_cookie))
    }

    /// The token that was kept, and is now presented: in the body, or in the cookie.
    pub(super) fn presented(&self, request: &HttpRequest, token: Option<String>) -> Result<String, Problem> {
        match self {
            Self::Client => Ok(required("refresh_token", token)?),
            Self::Browser(RefreshCookie { name, .. }) => {
                let cookie = request.cookie(name).ok_or(Refusal::InvalidToken)?;
                Ok(cookie.value().to_owned())
            }
        }
    }

    /// The answer that gives the tokens, as `view` shows them, to who keeps them.
    pub(super) fn hand_over(
        &self,
        mut response: HttpResponseBuilder,
        tokens: &Tokens,
        view: impl Serialize + WithoutRefreshToken,
    ) -> HttpResponse {
        match self {
            Self::Client => response.json(view),
            Self::Browser(cookie) => {
                response.cookie(cookie.holding(tokens)).json(view.without_refresh_token())
            }
        }
    }
}
