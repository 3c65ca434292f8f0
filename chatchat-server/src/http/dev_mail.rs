//! The mail that the folder holds: for development, and only for who sits at the same machine.

use std::fmt::Write as _;

use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{HttpRequest, HttpResponse, web};
use chatchat_adapters::mail::StoredMail;
use chatchat_domain::{Error, Refusal};
use serde_json::json;

use super::State;
use super::html::escape;
use super::local::only_from_here;
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
