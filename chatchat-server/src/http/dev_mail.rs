//! The mail that the folder holds: for development, and only for who sits at the same machine.

use std::fmt::Write as _;
use std::net::IpAddr;

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HOST};
use actix_web::{HttpRequest, HttpResponse, web};
use chatchat_adapters::mail::StoredMail;
use chatchat_domain::{Error, Refusal};
use serde_json::json;

use super::State;
use super::extract::ClientIp;
use super::html::escape;
use crate::problem::Problem;

/// How many mails are shown, the newest first.
const SHOWN: usize = 100;
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}\
    article{border:1px solid #8886;border-radius:8px;padding:.5rem 1rem;margin:1rem 0}\
    pre{white-space:pre-wrap;font:inherit}strong{font-size:1.5rem;letter-spacing:.1em}\
    :root{color-scheme:light dark}";

/// `GET /dev/mail.json`
pub(super) async fn json(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let items = mails(&state, &request).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `GET /dev/mail`
pub(super) async fn page(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mails = mails(&state, &request).await?;
    let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .body(html(&mails)))
}

/// `GET /dev/mail.css`
pub(super) async fn style(request: HttpRequest) -> Result<HttpResponse, Problem> {
    only_from_here(&request)?;
    Ok(HttpResponse::Ok().content_type("text/css; charset=utf-8").body(STYLE))
}

async fn mails(state: &State, request: &HttpRequest) -> Result<Vec<StoredMail>, Problem> {
    only_from_here(request)?;
    let mailbox = state.stack.mailbox.as_ref().ok_or(Refusal::NotFound)?;
    let mails = mailbox.recent(SHOWN).await;
    Ok(mails.map_err(|error| Error::Unavailable(format!("the outbox: {error}")))?)
}

/// A client at this machine that calls the server by a local name. What a proxy passes on comes from elsewhere;
/// a foreign name that resolves to this machine is a page that wants to read the mail (DNS rebinding).
fn only_from_here(request: &HttpRequest) -> Result<(), Problem> {
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

fn html(mails: &[StoredMail]) -> String {
    let mut page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" \
        content=\"5\"><title>Mail</title><link rel=\"stylesheet\" href=\"/dev/mail.css\"><h1>Mail</h1>"
        .to_owned();
    if mails.is_empty() {
        page.push_str("<p>Nothing yet. What chatchat would send by mail appears here.</p>");
    }
    for StoredMail { to, subject, text, code, sent_at } in mails {
        let code = code.as_deref().map(|code| format!("<p><strong>{}</strong></p>", escape(code)));
        let _infallible = write!(
            page,
            "<article><h2>{}</h2><p>to {}, {}</p>{}<pre>{}</pre></article>",
            escape(subject),
            escape(to),
            escape(sent_at),
            code.unwrap_or_default(),
            escape(text)
        );
    }
    page
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

    #[test]
    fn mail_is_text_and_never_markup() {
        let mail = StoredMail {
            to: "<script>".to_owned(),
            subject: "<script>".to_owned(),
            text: "<script>".to_owned(),
            code: Some("<script>".to_owned()),
            sent_at: "<script>".to_owned(),
        };
        assert!(!html(&[mail]).contains("<script>"));
    }
}
