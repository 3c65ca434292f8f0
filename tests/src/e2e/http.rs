//! Requests and what may be expected of every answer.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Request, RequestBuilder};
use serde_json::Value;

use super::documents::describe_answer;
use super::server::Server;

/// A client of the HTTP side, with or without a token.
#[derive(Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
    url: String,
    token: Option<String>,
}

impl Http {
    /// Somebody whom the server does not know.
    pub(crate) fn stranger(server: &Server) -> Self {
        Self { client: client(), url: server.url.clone(), token: None }
    }

    /// The same client on fresh connections, for after the server's end.
    pub(crate) fn anew(&self) -> Self {
        Self { client: client(), ..self.clone() }
    }

    /// The same client with this token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// A request to a path: below `/api/v1`, unless the path begins with two slashes.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = match path.strip_prefix("//") {
            Some(rest) => format!("{}/{rest}", self.url),
            None => format!("{}/api/v1{path}", self.url),
        };
        let request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A request to any URL, without the token.
    pub(crate) fn elsewhere(&self, method: &str, url: &str) -> RequestBuilder {
        self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request("POST", path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request("PUT", path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request("PATCH", path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Answer::to(self.request("DELETE", path)).await
    }

    /// A call without a body, such as an accept.
    pub(crate) async fn call(&self, method: &str, path: &str) -> Answer {
        Answer::to(self.request(method, path)).await
    }

    /// All items of a list, page by page.
    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        self.list_by(path, 100).await
    }

    /// All items of a list, so many at a time.
    pub(crate) async fn list_by(&self, path: &str, limit: usize) -> Vec<Value> {
        let mark = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut rest = format!("{path}{mark}limit={limit}");
        loop {
            let page = self.get(&rest).await.is(200);
            let page_items = page["items"].as_array().unwrap();
            assert!(page_items.len() <= limit, "{page}");
            items.extend(page_items.iter().cloned());
            match &page["next_cursor"] {
                Value::Null => return items,
                Value::String(cursor) => rest = format!("{path}{mark}limit={limit}&cursor={cursor}"),
                other => panic!("next_cursor: {other}"),
            }
            assert!(items.len() < 10_000, "a list without an end");
        }
    }
}

fn client() -> reqwest::Client {
    chatchat_adapters::tls::install();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// What the server has said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    /// The body, or null if it is no JSON.
    pub(crate) json: Value,
}

impl Answer {
    /// The answer to a request, which has what every answer must have.
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        Self::try_to(request).await.unwrap()
    }

    /// The answer of another server, to where this one has sent its client.
    pub(crate) async fn from_elsewhere(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        Self::received(client, request.unwrap()).await.unwrap()
    }

    async fn received(client: reqwest::Client, request: Request) -> reqwest::Result<Self> {
        let response = client.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?.to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Self { status, headers, bytes, json })
    }

    /// The answer, if the server is there to give one.
    pub(crate) async fn try_to(request: RequestBuilder) -> reqwest::Result<Self> {
        let (client, request) = request.build_split();
        let request = request?;
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let answer = Self::received(client, request).await?;
        describe_answer(&method, &path, answer.status, &answer.headers, &answer.bytes, &answer.json);
        assert!(!answer.header("x-request-id").is_empty(), "no X-Request-Id: {answer:?}");
        if answer.status >= 400 {
            answer.assert_is_problem();
        }
        Ok(answer)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// All headers of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json
    }

    /// An answer without a body.
    #[track_caller]
    pub(crate) fn done(self) {
        assert_eq!(self.status, 204, "{}", String::from_utf8_lossy(&self.bytes));
        assert!(self.bytes.is_empty());
    }

    /// A problem with this status and code.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Self {
        let found = (self.status, self.json["code"].as_str());
        assert_eq!(found, (status, Some(code)), "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// A value of this field breaks its rule.
    #[track_caller]
    pub(crate) fn invalid(self, field: &str) -> Self {
        let answer = self.problem(422, "validation_failed");
        let errors = answer.json["errors"].as_array().unwrap();
        assert!(errors.iter().any(|error| error["field"] == field), "{field}: {}", answer.json);
        answer
    }

    #[track_caller]
    fn assert_is_problem(&self) {
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json", "{self:?}");
        assert_problem(&self.json);
        assert_eq!(self.json["status"], self.status);
        assert_eq!(self.json["request_id"], self.header("x-request-id"), "{self:?}");
    }
}

/// Whether this is a problem as the contract has it, over HTTP or a socket.
#[track_caller]
pub(crate) fn assert_problem(problem: &Value) {
    let text = |field: &str| {
        problem[field]
            .as_str()
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| panic!("{field}: {problem}"))
    };
    let code = text("code");
    assert_eq!(text("type"), format!("/problems/{code}"));
    assert!(!text("title").is_empty() && !text("detail").is_empty() && !text("request_id").is_empty());
    let status = problem["status"].as_u64().unwrap();
    let errors = problem.get("errors");
    assert!(errors.is_none() || status == 422, "errors only with 422: {problem}");
    if code == "validation_failed" {
        let errors = errors.and_then(Value::as_array).unwrap();
        assert!(!errors.is_empty(), "{problem}");
        for error in errors {
            assert!(error["field"].is_string() && error["code"].is_string() && error["detail"].is_string());
        }
    }
    let whole = problem.to_string().to_lowercase();
    for leak in ["select ", "sqlite", "panicked", "diesel", "/src/", "backtrace"] {
        assert!(!whole.contains(leak), "internals in {problem}");
    }
}
