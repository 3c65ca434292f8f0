//! The web client: its page, and the modules and style sheets that this loads.
//!
//! Everything but the page is below a path that changes with the content, so that browsers and proxies keep it. What
//! pages of other sites import has paths that stay.
//!
//! | file | holds |
//! | --- | --- |
//! | `comments` | what of a file is for its readers alone |
//! | `imports` | what a module needs besides itself |
//! | `site` | the files of one version, as they are built in |
//! | `policy` | what the page may load, and from where |

mod comments;
mod imports;
mod policy;
mod site;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ContentEncoding, ETAG,
    Encoding, HeaderName, IfNoneMatch, VARY,
};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use chatchat_domain::Refusal;

use super::State;
use crate::problem::Problem;
pub(crate) use policy::PagePolicy;
use site::{File, Site};

/// Asked for again each time; the answer is short as long as nothing has changed.
const ASKED_FOR_AGAIN: &str = "no-cache";
/// Kept for as long as a browser likes.
const KEPT: &str = "public, max-age=31536000, immutable";
/// Of another version than the path says: nodes of two versions stand beside each other, or a page is older than the
/// server. It is still the best that can be had, and nobody may keep it.
const NOT_KEPT: &str = "no-store";

/// `GET /`
pub(super) async fn page(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let mut response = answer(&request, &Site::now().page, ASKED_FOR_AGAIN);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, state.page_policy.header());
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        header::HeaderValue::from_static("same-origin"),
    );
    response
}

/// `GET /assets/{version}/{path}`
pub(super) async fn asset(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let named = |name| request.match_info().get(name).unwrap_or_default();
    let site = Site::now();
    let file = site.file(named("path")).ok_or(Refusal::NotFound)?;
    let kept = if named("version") == site.version { KEPT } else { NOT_KEPT };
    Ok(answer(&request, &file.terse, kept))
}

/// `GET /chatchat.js` and `GET /chatchat/{path}`
pub(super) async fn module(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let site = Site::now();
    let file = site.file(request.path().trim_start_matches('/')).ok_or(Refusal::NotFound)?;
    Ok(answer(&request, &file.whole, ASKED_FOR_AGAIN))
}

/// The file, unless the client has it already; compressed if it takes that.
fn answer(request: &HttpRequest, file: &File, kept: &'static str) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, file.tag.to_string()));
    response.insert_header((CACHE_CONTROL, kept));
    response.insert_header((VARY, "Accept-Encoding"));
    if has_already(request, file) {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    response.content_type(file.content_type.as_str());
    match file.compressed().filter(|_| takes_gzip(request)) {
        Some(bytes) => {
            response.insert_header((CONTENT_ENCODING, ContentEncoding::Gzip.as_str())).body(bytes.clone())
        }
        None => response.body(file.bytes.clone()),
    }
}

fn has_already(request: &HttpRequest, file: &File) -> bool {
    match request.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&file.tag)),
        None => false,
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let offered = [Encoding::gzip(), Encoding::identity()];
    let accepted = request.get_header::<AcceptEncoding>();
    accepted
        .and_then(|accepted| accepted.negotiate(offered.iter()))
        .is_some_and(|best| best == Encoding::gzip())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn who_takes_gzip_gets_it_and_nobody_else() {
        let takes = |accepted: &str| {
            takes_gzip(&TestRequest::get().insert_header(("accept-encoding", accepted)).to_http_request())
        };
        assert!(takes("gzip, deflate, br, zstd") && takes("gzip;q=0.5, identity;q=0.1"));
        assert!(!takes("br") && !takes("gzip;q=0") && !takes("identity"));
        assert!(!takes_gzip(&TestRequest::get().to_http_request()));
    }
}
