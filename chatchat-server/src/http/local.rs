//! What only who sits at the same machine may see.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HOST;
use chatchat_domain::Refusal;

use super::extract::ClientIp;
use crate::problem::Problem;

/// A client at this machine that calls the server by a local name. What a proxy passes on comes from elsewhere;
/// a foreign name that resolves to this machine is a page that wants to see it, too (DNS rebinding).
pub(super) fn only_from_here(request: &HttpRequest) -> Result<(), Problem> {
    let passed_on =
        request.headers().contains_key("x-forwarded-for") || request.headers().contains_key("forwarded");
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if ClientIp::of(request)?.0.is_loopback() && !passed_on && host.is_none_or(is_local_name) {
        return Ok(());
    }
    Err(Refusal::NotFound.into())
}

/// `localhost` or an address, with or without a port.
fn is_local_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost") || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_names_are_ours() {
        for host in ["localhost", "localhost:8080", "127.0.0.1:8080", "127.0.0.1", "[::1]:8080", "[::1]"] {
            assert!(is_local_name(host), "{host}");
        }
        for host in ["evil.example", "evil.example:8080", "localhost.evil.example", ""] {
            assert!(!is_local_name(host), "{host}");
        }
    }
}
