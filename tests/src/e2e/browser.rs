//! A person's browser, as far as log-ins need one: it keeps cookies, and goes where it is sent.

use std::collections::HashMap;

use reqwest::Url;
use serde_json::Value;

use super::http::{Answer, Http};
use super::server::Server;

/// A browser that shows one page at a time.
pub(crate) struct Browser {
    http: Http,
    cookies: HashMap<String, String>,
}

/// What a browser is answered.
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) text: String,
    /// Where it is sent.
    pub(crate) location: String,
    /// The cookies as they were set.
    pub(crate) cookies: Vec<String>,
}

impl Browser {
    /// A browser without cookies; paths are this server's.
    pub(crate) fn new(server: &Server) -> Self {
        Self { http: Http::stranger(server), cookies: HashMap::new() }
    }

    /// Another browser that has this one's cookies.
    pub(crate) fn with_cookies_of(&self, other: &Self) -> Self {
        Self { http: self.http.clone(), cookies: other.cookies.clone() }
    }

    /// Asks a URL, or a path of the server.
    pub(crate) async fn get(&mut self, url: &str) -> Shown {
        let request = if url.starts_with("http") {
            self.http.elsewhere("GET", url)
        } else {
            self.http.request("GET", url)
        };
        self.shown(self.with_cookies(request)).await
    }

    /// Fills in the form that stands at a URL whose parameters it has hidden.
    pub(crate) async fn answers(&mut self, page: &str, fields: &[(&str, &str)]) -> Shown {
        let url = Url::parse(page).unwrap();
        let hidden: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let all: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (&**name, &**value)).chain(fields.iter().copied()).collect();
        let action = page.split('?').next().unwrap();
        let request = self.http.elsewhere("POST", action).form(&all);
        self.shown(self.with_cookies(request)).await
    }

    /// What a script of the server's page does.
    pub(crate) async fn posts(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.with_cookies(self.http.request("POST", path)).json(&body)).await
    }

    /// The same, from a page of this origin; the browser keeps the cookies of the answer.
    pub(crate) async fn posts_from(&mut self, origin: &str, path: &str, body: Value) -> Answer {
        let request = self.with_cookies(self.http.request("POST", path)).header("origin", origin);
        let answer = Answer::to(request.json(&body)).await;
        self.keep(&answer.all("set-cookie"));
        answer
    }

    /// The same for somebody who is logged in.
    pub(crate) async fn posts_as(&self, token: &str, path: &str, body: Value) -> Answer {
        let request = self.http.with_token(token).request("POST", path);
        Answer::to(self.with_cookies(request).json(&body)).await
    }

    fn with_cookies(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        if self.cookies.is_empty() {
            return request;
        }
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header("cookie", cookies.join("; "))
    }

    fn keep(&mut self, cookies: &[String]) {
        for cookie in cookies {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    async fn shown(&mut self, request: reqwest::RequestBuilder) -> Shown {
        let response = request.send().await.unwrap();
        let header = |name: &str| {
            let all = response.headers().get_all(name).iter();
            all.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (status, cookies) = (response.status().as_u16(), header("set-cookie"));
        let location = header("location").pop().unwrap_or_default();
        self.keep(&cookies);
        Shown { status, text: response.text().await.unwrap(), location, cookies }
    }
}

impl Shown {
    /// Where it is sent with the status for that.
    #[track_caller]
    pub(crate) fn sent_to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        &self.location
    }

    /// What stands behind the page to which it is sent back.
    #[track_caller]
    pub(crate) fn back_at(&self, page: &str) -> &str {
        let location = self.sent_to();
        location
            .strip_prefix(page)
            .and_then(|rest| rest.strip_prefix('#'))
            .unwrap_or_else(|| panic!("{location}"))
    }
}
