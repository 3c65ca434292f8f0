//! The origins whose pages may act for whoever is logged in.

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::problem::{self, Problem};

/// This server's own origin, and others that the settings name.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    public_url: String,
    allowed: Vec<String>,
}

impl Origins {
    /// Of the server at `public_url`, and these.
    pub fn new(public_url: &str, allowed: Vec<String>) -> Self {
        Self { public_url: public_url.to_owned(), allowed }
    }

    /// Lets pages of these origins pass; what is no browser says no origin.
    ///
    /// # Errors
    /// `origin_not_allowed`.
    pub(crate) fn check(&self, request: &HttpRequest) -> Result<(), Problem> {
        let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or_default();
        let own_host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let is_own = origin.split_once("://").is_some_and(|(_, host)| Some(host) == own_host);
        if is_own || origin == self.public_url || self.allowed.iter().any(|allowed| allowed == origin) {
            return Ok(());
        }
        Err(Problem::new(problem::ORIGIN_NOT_ALLOWED, ""))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn pages_of_other_sites_are_turned_away() {
        let origins = Origins::new("https://chat.example", vec!["https://app.example".to_owned()]);
        let passes = |origin: &str| {
            let request = TestRequest::get().insert_header(("host", "127.0.0.1:8080"));
            origins.check(&request.insert_header(("origin", origin)).to_http_request()).is_ok()
        };
        for origin in ["https://chat.example", "https://app.example", "http://127.0.0.1:8080"] {
            assert!(passes(origin), "{origin}");
        }
        for origin in
            ["https://evil.example", "http://127.0.0.1:8081", "null", "", "https://app.example.evil.example"]
        {
            assert!(!passes(origin), "{origin}");
        }
        assert!(origins.check(&TestRequest::get().to_http_request()).is_ok());
    }
}
