//! What people do, in their words.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::http::{Answer, Http};
use super::post::{Mail, mails_to};
use super::server::Server;
use super::socket::{PATIENCE, Socket};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody with an account, logged in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    /// Calls with the person's token.
    pub(crate) http: Http,
    pub(crate) address: String,
}

/// An address that nobody else has.
pub(crate) fn new_email() -> String {
    format!("{}@example.com", Uuid::new_v4().simple())
}

/// A fresh id for a message.
pub(crate) fn client_id() -> String {
    Uuid::new_v4().to_string()
}

/// Text as content.
pub(crate) fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

/// Asks for a code and gives the one that was mailed.
pub(crate) async fn mailed_code(http: &Http, email: &str, purpose: &str) -> String {
    let mail = mailed(http, email, purpose).await;
    mail.code.unwrap_or_else(|| panic!("no code in {}", mail.text))
}

/// Asks for a code and gives the mail that comes.
pub(crate) async fn mailed(http: &Http, email: &str, purpose: &str) -> Mail {
    let before = mails_to(http, email).await.len();
    http.post("/auth/email-codes", json!({ "email": email, "purpose": purpose })).await.is(202);
    let since = Instant::now();
    loop {
        if let Some(mail) = mails_to(http, email).await.into_iter().nth(before) {
            return mail;
        }
        assert!(since.elapsed() < PATIENCE, "no mail for {email}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl Person {
    /// Registers somebody new.
    pub(crate) async fn registers(server: &Server) -> Self {
        Self::registers_as(server, &format!("Person {}", Uuid::new_v4().simple())).await
    }

    /// Registers somebody new with this name.
    pub(crate) async fn registers_as(server: &Server, name: &str) -> Self {
        let (stranger, email) = (Http::stranger(server), new_email());
        let code = mailed_code(&stranger, &email, "register").await;
        let body = json!({ "email": email, "code": code, "password": PASSWORD, "name": name });
        let registered = stranger.post("/auth/register", body).await.is(201);
        Self::of(server, &stranger, &registered)
    }

    /// Logs in on another device.
    pub(crate) async fn logs_in_again(&self, server: &Server) -> Self {
        let stranger = Http::stranger(server);
        let body = json!({ "email": self.email, "password": PASSWORD });
        let logged_in = stranger.post("/auth/login", body).await.is(200);
        Self::of(server, &stranger, &logged_in)
    }

    /// The person that a registration or a log-in has answered.
    pub(crate) fn of(server: &Server, http: &Http, logged_in: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (user, tokens) = (&logged_in["user"], &logged_in["tokens"]);
        let token = text(&tokens["access_token"]);
        Self {
            id: text(&user["id"]),
            name: text(&user["name"]),
            email: text(&user["email"]),
            http: http.with_token(&token),
            token,
            refresh_token: text(&tokens["refresh_token"]),
            address: server.address().to_owned(),
        }
    }

    /// The same person on fresh connections, for after the server's end.
    pub(crate) fn anew(&self) -> Self {
        Self { http: self.http.anew(), ..self.clone() }
    }

    /// The same person at another node of the service.
    pub(crate) fn at(&self, node: &Server) -> Self {
        let http = Http::stranger(node).with_token(&self.token);
        Self { http, address: node.address().to_owned(), ..self.clone() }
    }

    /// Asks somebody to be friends; gives the request.
    pub(crate) async fn asks(&self, other: &Self) -> Value {
        self.http.post("/friend-requests", json!({ "user_id": other.id })).await.is(201)
    }

    /// Becomes somebody's friend; gives their conversation.
    pub(crate) async fn befriends(&self, other: &Self) -> String {
        let request = self.asks(other).await;
        let path = format!("/friend-requests/{}/accept", request["id"].as_str().unwrap());
        let friend = other.http.call("POST", &path).await.is(200);
        friend["conversation_id"].as_str().unwrap().to_owned()
    }

    /// Ends a friendship.
    pub(crate) async fn unfriends(&self, other: &Self) {
        self.http.delete(&format!("/friends/{}", other.id)).await.done();
    }

    /// Makes a group; gives its id.
    pub(crate) async fn creates_group(&self, group: Value) -> String {
        self.http.post("/groups", group).await.is(201)["id"].as_str().unwrap().to_owned()
    }

    /// Makes an open group that these people join; gives its id.
    pub(crate) async fn creates_group_with(&self, others: &[&Self]) -> String {
        let group = self.creates_group(json!({ "name": "Everybody" })).await;
        for other in others {
            other.joins(&group).await.is(200);
        }
        group
    }

    pub(crate) async fn joins(&self, group: &str) -> Answer {
        self.http.call("PUT", &format!("/groups/{group}/members/me")).await
    }

    pub(crate) async fn leaves(&self, group: &str) -> Answer {
        self.http.delete(&format!("/groups/{group}/members/me")).await
    }

    pub(crate) async fn adds(&self, group: &str, other: &Self) -> Answer {
        self.http.call("PUT", &format!("/groups/{group}/members/{}", other.id)).await
    }

    pub(crate) async fn kicks(&self, group: &str, other: &Self) -> Answer {
        self.http.delete(&format!("/groups/{group}/members/{}", other.id)).await
    }

    pub(crate) async fn transfers(&self, group: &str, other: &Self) -> Answer {
        self.http.put(&format!("/groups/{group}/owner"), json!({ "user_id": other.id })).await
    }

    /// Sends a text; gives the message.
    pub(crate) async fn sends(&self, conversation: &str, words: &str) -> Value {
        self.tries_to_send(conversation, words).await.is(201)
    }

    pub(crate) async fn tries_to_send(&self, conversation: &str, words: &str) -> Answer {
        self.posts(conversation, &client_id(), words).await
    }

    /// Sends a text under a name of the caller's choice.
    pub(crate) async fn posts(&self, conversation: &str, client_id: &str, words: &str) -> Answer {
        let body = json!({ "client_id": client_id, "content": text(words) });
        self.http.post(&format!("/conversations/{conversation}/messages"), body).await
    }

    pub(crate) async fn reads(&self, conversation: &str, seq: u64) -> Value {
        self.http.put(&format!("/conversations/{conversation}/read"), json!({ "seq": seq })).await.is(200)
    }

    pub(crate) async fn conversation(&self, id: &str) -> Value {
        self.http.get(&format!("/conversations/{id}")).await.is(200)
    }

    /// The whole history, oldest first, fetched in pages.
    pub(crate) async fn history(&self, conversation: &str) -> Vec<Value> {
        let mut messages: Vec<Value> = Vec::new();
        loop {
            let after = messages.last().map_or(0, |message| message["seq"].as_u64().unwrap());
            let path = format!("/conversations/{conversation}/messages?after={after}&limit=100");
            let page = self.http.get(&path).await.is(200);
            messages.extend(page["items"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return messages;
            }
        }
    }

    /// The texts of the whole history; what the server itself has said stands as its event in brackets.
    pub(crate) async fn texts(&self, conversation: &str) -> Vec<String> {
        self.history(conversation).await.iter().map(|message| words_of(&message["content"])).collect()
    }

    /// Connects and says hello.
    pub(crate) async fn connects(&self) -> Socket {
        let mut socket = Socket::open(&self.address, Some(&self.token)).await;
        socket.greeting = socket.ok("hello", json!({})).await;
        socket
    }
}

/// A message's text, or what the server has said in brackets.
pub(crate) fn words_of(content: &Value) -> String {
    match content["type"].as_str() {
        Some("text") => content["text"].as_str().unwrap().to_owned(),
        Some("system") => format!("[{}]", content["event"].as_str().unwrap()),
        other => panic!("content of type {other:?}"),
    }
}
