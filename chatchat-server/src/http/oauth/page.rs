//! What people see: plain pages that need nothing from anywhere else, and no script.

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{HttpResponse, HttpResponseBuilder};
use chatchat_domain::provider::{Asked, OauthError};

use super::super::html::escape;
use super::answer;
use super::parameters::Parameters;
use crate::problem::Problem;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:2rem auto;padding:0 1rem}\
    label{display:block;margin:1rem 0 .25rem}input{font:inherit;width:100%;padding:.5rem;box-sizing:border-box}\
    button{font:inherit;padding:.5rem 1.5rem;margin:1.5rem 1rem 0 0}\
    [role=alert]{border-left:4px solid #b00020;padding:.5rem 1rem}:root{color-scheme:light dark}";

/// `GET /oauth/style.css`
pub(super) async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(STYLE)
}

/// What went wrong with an earlier answer: the status, words for people, and when to try again.
type Trouble<'a> = (StatusCode, &'a str, Option<&'a Problem>);

/// Asks somebody to log in, and whether the client may have what it asks for.
pub(super) fn question(asked: &Asked, parameters: &Parameters, trouble: Option<Trouble<'_>>) -> HttpResponse {
    let response = match trouble {
        Some((status, _, Some(problem))) => answer::build(status, problem),
        Some((status, ..)) => HttpResponse::build(status),
        None => HttpResponse::Ok(),
    };
    let client = escape(&asked.client);
    let mut main = format!("<h1>Log in</h1><p><strong>{client}</strong> would like to know");
    let wishes = [("profile", "your name and username"), ("email", "your e-mail address")];
    let wishes: Vec<_> =
        wishes.iter().filter(|(name, _)| asked.scope.has(name)).map(|(_, words)| *words).collect();
    main.push_str(if wishes.is_empty() { " who you are." } else { ":</p><ul>" });
    for wish in &wishes {
        let _infallible = write!(main, "<li>{wish}</li>");
    }
    main.push_str(if wishes.is_empty() { "</p>" } else { "</ul>" });
    if let Some((_, words, _)) = trouble {
        let _infallible = write!(main, "<p role=\"alert\">{words}</p>");
    }
    main.push_str("<form method=\"post\" action=\"/oauth/authorize\">");
    for (name, value) in parameters.iter() {
        let _infallible =
            write!(main, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value));
    }
    main.push_str(
        "<label for=\"username\">Username</label>\
         <input id=\"username\" name=\"username\" autocomplete=\"username\" autocapitalize=\"none\" autofocus>\
         <label for=\"password\">Password</label>\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\">\
         <button name=\"decision\" value=\"allow\">Log in and allow</button>\
         <button name=\"decision\" value=\"deny\">Do not allow</button></form>",
    );
    html(response, "Log in", &main)
}

/// Tells somebody that a client should not have sent them here.
pub(super) fn declined(error: &OauthError) -> HttpResponse {
    let main = format!(
        "<h1>This does not work</h1><p role=\"alert\">The application that has sent you here has made a mistake: {}.</p>",
        escape(error.description)
    );
    html(HttpResponse::BadRequest(), "This does not work", &main)
}

/// There is no `form-action`: browsers hold the whole way to it that a form's answer goes, and from the client's own page
/// on it goes wherever the client likes.
fn html(mut response: HttpResponseBuilder, title: &str, main: &str) -> HttpResponse {
    let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    response.content_type("text/html; charset=utf-8").insert_header((CONTENT_SECURITY_POLICY, policy)).body(
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
             <link rel=\"stylesheet\" href=\"/oauth/style.css\"><main>{main}</main></html>"
        ),
    )
}
