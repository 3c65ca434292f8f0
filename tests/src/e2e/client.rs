//! People, and what they do over HTTP.

use std::fmt;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::server::Server;

pub(crate) const PASSWORD: &str = "correct horse";

/// An answer, whole.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) bytes: Vec<u8>,
    pub(crate) body: Value,
}

impl Answer {
    /// The body, if the status is the expected one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.body
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that it is this problem in every respect, and gives it.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["type"], format!("/problems/{code}"));
        assert_eq!(self.body["status"], status);
        assert!(self.body["title"].as_str().is_some_and(|title| !title.is_empty()));
        assert!(self.body["detail"].is_string());
        assert_eq!(self.body["request_id"], self.header("x-request-id"));
        assert_eq!(self.body.get("errors").is_some(), status == 422 && code == "validation_failed");
        self.body
    }

    /// Checks that it is a 422 that names this field, and gives the field's code.
    #[track_caller]
    pub(crate) fn violation(self, field: &str) -> String {
        let problem = self.problem(422, "validation_failed");
        let errors = problem["errors"].as_array().unwrap();
        let error = errors.iter().find(|error| error["field"] == field);
        error.unwrap_or_else(|| panic!("no violation of {field}: {problem}"))["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.bytes))
    }
}

/// A request to a path below `/api/v1`, or to any other path that begins with `//`.
pub(crate) fn request(server: &Server, method: Method, path: &str) -> RequestBuilder {
    let url = match path.strip_prefix("//") {
        Some(path) => format!("{}/{path}", server.url),
        None => format!("{}/api/v1{path}", server.url),
    };
    reqwest::Client::new().request(method, url).timeout(Duration::from_secs(30))
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap().to_vec();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer { status, headers, bytes, body }
}

/// Calls without a token.
pub(crate) async fn call(server: &Server, method: Method, path: &str, body: Value) -> Answer {
    answer(request(server, method, path).json(&body)).await
}

/// An address that nobody else has.
pub(crate) fn fresh_email(name: &str) -> String {
    format!("{}-{}@example.com", name.to_lowercase(), uuid::Uuid::now_v7().simple())
}

/// Asks for a code, and reads it from the mail.
pub(crate) async fn code_for(server: &Server, email: &str, purpose: &str) -> Value {
    call(server, Method::POST, "/auth/email-codes", json!({ "email": email, "purpose": purpose }))
        .await
        .expect(202);
    newest_mail(server, email).await["code"].clone()
}

/// The newest mail to the address.
pub(crate) async fn newest_mail(server: &Server, email: &str) -> Value {
    let mails = answer(request(server, Method::GET, "//dev/mail.json")).await.expect(200);
    let mail = mails["items"].as_array().unwrap().iter().find(|mail| mail["to"] == email);
    mail.unwrap_or_else(|| panic!("no mail to {email}")).clone()
}

/// Somebody with an account, logged in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) server: &'static Server,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

impl Person {
    /// Registers on the server that most tests share.
    pub(crate) async fn registers(name: &str) -> Self {
        Self::registers_at(Server::shared(), name).await
    }

    /// Registers on a server of the test's own, which lives as long as the test process.
    pub(crate) async fn registers_at(server: &'static Server, name: &str) -> Self {
        let email = fresh_email("person");
        let code = code_for(server, &email, "register").await;
        let body = json!({ "email": email, "code": code, "password": PASSWORD, "name": name });
        let registered = call(server, Method::POST, "/auth/register", body).await.expect(201);
        Self::from(server, &email, &registered)
    }

    /// The same person, logged in once more.
    pub(crate) async fn logs_in(&self, device: &str) -> Self {
        let body = json!({ "email": self.email, "password": PASSWORD, "device": device });
        let logged_in = call(self.server, Method::POST, "/auth/login", body).await.expect(200);
        Self::from(self.server, &self.email, &logged_in)
    }

    fn from(server: &'static Server, email: &str, logged_in: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            server,
            id: text(&logged_in["user"]["id"]),
            name: text(&logged_in["user"]["name"]),
            email: email.to_owned(),
            access_token: text(&logged_in["tokens"]["access_token"]),
            refresh_token: text(&logged_in["tokens"]["refresh_token"]),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        request(self.server, method, path).bearer_auth(&self.access_token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::PATCH, path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        answer(self.request(Method::DELETE, path)).await
    }

    /// Asks the other to be friends; gives the request's id.
    pub(crate) async fn asks(&self, other: &Self) -> String {
        let asked = self.post("/friend-requests", json!({ "user_id": other.id })).await.expect(201);
        asked["id"].as_str().unwrap().to_owned()
    }

    /// Becomes the other's friend; gives their conversation's id.
    pub(crate) async fn befriends(&self, other: &Self) -> String {
        let request = self.asks(other).await;
        let friend = other.post(&format!("/friend-requests/{request}/accept"), json!({})).await.expect(200);
        friend["conversation_id"].as_str().unwrap().to_owned()
    }

    /// Makes an open group of this name with these friends in it; gives its id.
    pub(crate) async fn creates_group(&self, name: &str, members: &[&Self]) -> String {
        let members: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
        let group = self.post("/groups", json!({ "name": name, "member_ids": members })).await.expect(201);
        group["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn joins(&self, group: &str) {
        self.put(&format!("/groups/{group}/members/me"), json!({})).await.expect(200);
    }

    /// Sends a text under a fresh `client_id`; gives the stored message.
    pub(crate) async fn sends(&self, conversation: &str, text: &str) -> Value {
        self.sends_as(conversation, &uuid::Uuid::now_v7().to_string(), text).await.expect(201)
    }

    pub(crate) async fn sends_as(&self, conversation: &str, client_id: &str, text: &str) -> Answer {
        let body = json!({ "client_id": client_id, "content": { "type": "text", "text": text } });
        self.post(&format!("/conversations/{conversation}/messages"), body).await
    }

    pub(crate) async fn conversation(&self, conversation: &str) -> Value {
        self.get(&format!("/conversations/{conversation}")).await.expect(200)
    }

    /// The texts of the newest messages, ascending.
    pub(crate) async fn reads_history(&self, conversation: &str) -> Vec<String> {
        let page = self.get(&format!("/conversations/{conversation}/messages?limit=100")).await.expect(200);
        let texts = page["items"].as_array().unwrap().iter();
        texts.filter_map(|message| message["content"]["text"].as_str().map(str::to_owned)).collect()
    }
}

/// A server of the test's own that lives as long as the test process: for people, who hold on to it.
pub(crate) fn own_server(settings: &[(&str, &str)]) -> &'static Server {
    let server: &'static Server = Box::leak(Box::new(Server::start(settings)));
    super::server::end_with_this_process(server.pid());
    server
}
