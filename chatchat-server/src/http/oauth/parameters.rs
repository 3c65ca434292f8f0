use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chatchat_domain::provider::{Authentication, ErrorCode, OauthError};
use url::form_urlencoded;

/// The parameters of a request, each once (RFC 6749, section 3.1); what is empty is absent.
#[derive(Debug, Default)]
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Those of a query.
    pub(super) fn of_query(query: &str) -> Result<Self, OauthError> {
        Self::parse(query.as_bytes())
    }

    /// Those of a form.
    pub(super) fn of_form(request: &HttpRequest, body: &[u8]) -> Result<Self, OauthError> {
        if !request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(invalid("the body must be application/x-www-form-urlencoded"));
        }
        Self::parse(body)
    }

    fn parse(encoded: &[u8]) -> Result<Self, OauthError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            if value.is_empty() {
                continue;
            }
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(invalid("a parameter is there twice"));
            }
        }
        Ok(Self(parameters))
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    pub(super) fn require(&mut self, name: &str, description: &'static str) -> Result<String, OauthError> {
        self.take(name).ok_or_else(|| invalid(description))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Who the client says it is: in the header (`client_secret_basic`) or in the body (`client_secret_post`, or a
    /// client without a secret), not in both (RFC 6749, section 2.3).
    pub(super) fn take_client(&mut self, request: &HttpRequest) -> Result<Authentication, OauthError> {
        let (id, secret) = (self.take("client_id"), self.take("client_secret"));
        match basic(request)? {
            Some(known) if secret.is_none() && id.as_ref().is_none_or(|id| *id == known.client_id) => {
                Ok(known)
            }
            Some(_) => Err(invalid("the client authenticates in two ways")),
            None => {
                let missing =
                    || OauthError::new(ErrorCode::InvalidClient, "the client does not say who it is");
                Ok(Authentication { client_id: id.ok_or_else(missing)?, secret })
            }
        }
    }
}

/// `Authorization: Basic`, whose parts are form-encoded before (RFC 6749, section 2.3.1).
fn basic(request: &HttpRequest) -> Result<Option<Authentication>, OauthError> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let malformed = || OauthError::new(ErrorCode::InvalidClient, "the Authorization header is malformed");
    let (scheme, encoded) =
        value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.ok_or_else(malformed)?;
    let (id, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    let secret = Some(form_decoded(secret)).filter(|secret| !secret.is_empty());
    Ok(Some(Authentication { client_id: form_decoded(id), secret }))
}

fn form_decoded(text: &str) -> String {
    // A value alone, whatever stands in it: an equals sign or an ampersand would have been encoded.
    let whole = format!("v={}", text.replace('&', "%26"));
    form_urlencoded::parse(whole.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

pub(super) const fn invalid(description: &'static str) -> OauthError {
    OauthError::new(ErrorCode::InvalidRequest, description)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn client(header: Option<&str>, body: &str) -> Result<(String, Option<String>), ErrorCode> {
        let mut request = TestRequest::post();
        if let Some(credentials) = header {
            request =
                request.insert_header(("authorization", format!("Basic {}", STANDARD.encode(credentials))));
        }
        let mut parameters = Parameters::parse(body.as_bytes()).map_err(|error| error.code)?;
        let client = parameters.take_client(&request.to_http_request()).map_err(|error| error.code)?;
        Ok((client.client_id, client.secret))
    }

    #[test]
    fn a_client_says_who_it_is_in_one_way() {
        let acme = |secret: Option<&str>| Ok(("acme".to_owned(), secret.map(ToOwned::to_owned)));
        assert_eq!(client(Some("acme:a%3Ab+c"), ""), acme(Some("a:b c")));
        assert_eq!(client(Some("acme:s=e&t"), "client_id=acme"), acme(Some("s=e&t")));
        assert_eq!(client(None, "client_id=acme&client_secret=s"), acme(Some("s")));
        assert_eq!(client(None, "client_id=acme"), acme(None));
        assert_eq!(client(Some("acme:s"), "client_id=acme&client_secret=s"), Err(ErrorCode::InvalidRequest));
        assert_eq!(client(Some("acme:s"), "client_id=other"), Err(ErrorCode::InvalidRequest));
        assert_eq!(client(None, ""), Err(ErrorCode::InvalidClient));
        assert_eq!(client(Some("acme"), ""), Err(ErrorCode::InvalidClient));
    }

    #[test]
    fn nothing_is_there_twice_and_what_is_empty_is_not_there() {
        assert!(Parameters::of_query("a=1&a=2").is_err());
        let mut parameters = Parameters::of_query("a=&b=x+y%26").unwrap();
        assert_eq!((parameters.take("a"), parameters.take("b").as_deref()), (None, Some("x y&")));
    }
}
