use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chatchat_domain::identity::{
    BINDING_LIFETIME, IdentityService, LOGIN_CODE_LIFETIME, OpaqueToken, PENDING_LIFETIME, ReturnTo,
};

/// How cookies are set, so that only the browser itself can bring them.
pub(crate) struct BrowserCookies {
    /// Nobody but this very host, over TLS, can have set a cookie of such a name (RFC 6265bis, section 4.1.3.2).
    name: &'static str,
    is_secure: bool,
    same_site: SameSite,
}

/// What a browser's cookie says.
pub(super) struct Browser {
    /// What only this browser knows.
    pub(super) secret: OpaqueToken,
    /// Where it has begun.
    pub(super) return_to: Option<ReturnTo>,
}

impl BrowserCookies {
    /// Cookies of the server at `public_url`. Pages of other sites may use them only if there are such pages.
    pub(crate) fn new(public_url: &str, has_other_origins: bool) -> Self {
        let is_secure = public_url.starts_with("https:");
        Self {
            name: if is_secure { "__Host-chatchat_login" } else { "chatchat_login" },
            is_secure,
            same_site: if is_secure && has_other_origins { SameSite::None } else { SameSite::Lax },
        }
    }

    /// What the browser brings, if it is what it was given.
    pub(super) fn read(&self, request: &HttpRequest, identities: &IdentityService) -> Option<Browser> {
        let cookie = request.cookie(self.name)?;
        let (secret, place) = cookie.value().split_once('.')?;
        let place = URL_SAFE_NO_PAD.decode(place).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let return_to = place.and_then(|place| identities.return_to(&place).ok());
        Some(Browser { secret: OpaqueToken::parse(secret)?, return_to })
    }

    /// The cookie for a browser that goes to a provider, for as long as a log-in can take.
    pub(super) fn write(&self, secret: &OpaqueToken, return_to: &ReturnTo) -> Cookie<'static> {
        let lifetime = PENDING_LIFETIME + LOGIN_CODE_LIFETIME + BINDING_LIFETIME;
        let value = format!("{}.{}", secret.expose(), URL_SAFE_NO_PAD.encode(return_to.as_str()));
        Cookie::build(self.name, value)
            .path("/")
            .http_only(true)
            .secure(self.is_secure)
            .same_site(self.same_site)
            .max_age(Duration::try_from(lifetime).unwrap_or(Duration::ZERO))
            .finish()
    }
}
