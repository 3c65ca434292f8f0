use std::time::Duration;

use chatchat_adapters::system::SystemClock;
use chatchat_adapters::token::Ed25519OperatorTokens;
use chatchat_domain::admin::Operator;
use chatchat_domain::ports::Clock as _;
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use super::AdminError;

/// How long an answer may take: a deleted group is left by all its members first.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// Says to a server what an operator wants.
pub(super) struct Client {
    http: reqwest::Client,
    root: Url,
    tokens: Ed25519OperatorTokens,
    operator: Operator,
}

impl Client {
    /// For the server at `url`. A token goes nowhere else: neither to a proxy nor to where an answer points.
    pub(super) fn new(
        url: &str,
        tokens: Ed25519OperatorTokens,
        operator: Operator,
    ) -> Result<Self, AdminError> {
        let root = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let root = root.ok_or(AdminError::Url)?;
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().timeout(ANSWERED_WITHIN);
        let http = http.build().map_err(|error| unreachable(&root, &error))?;
        Ok(Self { http, root, tokens, operator })
    }

    pub(super) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, AdminError> {
        self.call(Method::GET, path, query, Value::Null).await
    }

    pub(super) async fn post(&self, path: &[&str], body: Value) -> Result<Value, AdminError> {
        self.call(Method::POST, path, &[], body).await
    }

    pub(super) async fn put(&self, path: &[&str], body: Value) -> Result<Value, AdminError> {
        self.call(Method::PUT, path, &[], body).await
    }

    pub(super) async fn delete(&self, path: &[&str]) -> Result<Value, AdminError> {
        self.call(Method::DELETE, path, &[], Value::Null).await
    }

    /// The id of the person with this id or address.
    pub(super) async fn user_id(&self, user: &str) -> Result<String, AdminError> {
        if !user.contains('@') {
            return Ok(user.to_owned());
        }
        let found = self.get(&["users"], &[("query", user), ("limit", "1")]).await?;
        let first = found.pointer("/items/0");
        let has_it = |person: &&Value| {
            person["email"].as_str().is_some_and(|email| email.to_lowercase() == user.trim().to_lowercase())
        };
        let id = first.filter(has_it).and_then(|person| person["id"].as_str());
        id.map(str::to_owned).ok_or_else(|| AdminError::Unknown(user.to_owned()))
    }

    fn url(&self, path: &[&str]) -> Result<Url, AdminError> {
        let mut url = self.root.clone();
        let mut segments = url.path_segments_mut().map_err(|()| AdminError::Url)?;
        segments.pop_if_empty().extend(["api", "v1", "admin"]).extend(path);
        drop(segments);
        Ok(url)
    }

    /// The answer to a request below `/api/v1/admin`; null if it has no body.
    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Value,
    ) -> Result<Value, AdminError> {
        let token = self.tokens.issue(&self.operator, SystemClock.now())?;
        let request = self.http.request(method, self.url(path)?).bearer_auth(token).query(query);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.map_err(|error| unreachable(&self.root, &error))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| unreachable(&self.root, &error))?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() { Ok(answer) } else { Err(AdminError::Refused(problem(status, &answer))) }
    }
}

/// Why not, in the server's words.
fn problem(status: StatusCode, problem: &Value) -> String {
    let Some(code) = problem["code"].as_str() else { return format!("the server answers {status}") };
    let words = problem["detail"].as_str().unwrap_or_default();
    let errors = problem["errors"].as_array().into_iter().flatten();
    let errors = errors.map(|error| format!(" {} {}.", plain(&error["field"]), plain(&error["detail"])));
    format!("{code}: {words}{}", errors.collect::<String>())
}

fn plain(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Without the query: an address may stand in it.
fn unreachable(root: &Url, error: &reqwest::Error) -> AdminError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    AdminError::Unreachable(root.to_string(), cause.to_string())
}
