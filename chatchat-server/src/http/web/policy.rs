use actix_web::http::header::HeaderValue;
use url::Url;

/// Nothing at all.
const NOTHING: &str = "default-src 'none'";

/// What the page of the web client may load, and from where: nothing that is not this server's, no script or style inside
/// the page, and no text that becomes markup.
pub(crate) struct PagePolicy(HeaderValue);

impl PagePolicy {
    /// For the server at `public_url`, which may send clients to `pictures`, an origin.
    pub(crate) fn new(public_url: &str, pictures: Option<&str>) -> Self {
        // For pages that were opened by another name than the public one, and browsers to whom 'self' is no WebSocket.
        let public = Url::parse(public_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        let socket = public.replacen("http", "ws", 1);
        let pictures = pictures.unwrap_or_default();
        let policy = format!(
            "{NOTHING}; script-src 'self'; style-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; \
             img-src 'self' blob: data: {public} {pictures}; media-src 'self' blob:; \
             connect-src 'self' {socket} {pictures}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'"
        );
        Self(HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(NOTHING)))
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_server_and_its_pictures_are_named() {
        let policy = PagePolicy::new("https://chat.example", Some("https://s3.example"));
        let policy = policy.header().to_str().unwrap().to_owned();
        assert!(policy.contains("connect-src 'self' wss://chat.example https://s3.example;"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    }
}
