use std::time::UNIX_EPOCH;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

use crate::Result;
use crate::process::Server;

/// How many are registered at a time; the outbox shows at least so many mails.
const BATCH: usize = 40;
/// How many requests of a set-up are on the way.
const AT_ONCE: usize = 8;

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// A client of the server's HTTP side.
#[derive(Clone)]
pub(crate) struct Api {
    http: reqwest::Client,
    url: String,
    /// Tells the people of this run from those of earlier ones.
    run: u128,
}

impl Api {
    pub(crate) fn new(server: &Server) -> Self {
        let run = UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos());
        Self { http: reqwest::Client::new(), url: server.node(0).to_owned(), run }
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Result<Value> {
        let request = self.http.post(format!("{}/api/v1{path}", self.url)).json(body);
        answer(path, request.bearer_auth(token)).await
    }

    pub(crate) async fn put(&self, path: &str, token: &str) -> Result<Value> {
        answer(path, self.http.put(format!("{}/api/v1{path}", self.url)).bearer_auth(token)).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Result<Value> {
        answer(path, self.http.get(format!("{}/api/v1{path}", self.url)).bearer_auth(token)).await
    }

    /// Registers so many people.
    pub(crate) async fn register(&self, count: usize) -> Result<Vec<Person>> {
        let numbers: Vec<usize> = (0..count).collect();
        let mut people = Vec::with_capacity(count);
        for batch in numbers.chunks(BATCH) {
            people.extend(self.register_batch(batch).await?);
        }
        Ok(people)
    }

    async fn register_batch(&self, numbers: &[usize]) -> Result<Vec<Person>> {
        for number in numbers {
            let body = json!({ "email": self.email(*number), "purpose": "register" });
            self.post("/auth/email-codes", "", &body).await?;
        }
        let mails: Value = self.http.get(format!("{}/dev/mail.json", self.url)).send().await?.json().await?;
        stream::iter(numbers)
            .map(|number| self.register_one(self.email(*number), &mails))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn register_one(&self, email: String, mails: &Value) -> Result<Person> {
        let mail = mails["items"]
            .as_array()
            .and_then(|mails| mails.iter().find(|mail| mail["to"] == email.as_str()));
        let code = mail.map(|mail| mail["code"].clone()).ok_or_else(|| format!("no mail for {email}"))?;
        let body = json!({ "email": email, "code": code, "password": "correct horse" });
        let registered = self.post("/auth/register", "", &body).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Person { id: text(&registered["user"]["id"]), token: text(&registered["tokens"]["access_token"]) })
    }

    fn email(&self, number: usize) -> String {
        format!("person{number}.{}@example.com", self.run)
    }

    /// Makes the two friends; gives their conversation.
    pub(crate) async fn befriend(&self, one: &Person, other: &Person) -> Result<String> {
        let asked = self.post("/friend-requests", &one.token, &json!({ "user_id": other.id })).await?;
        let id = asked["id"].as_str().ok_or("a request has an id")?;
        let path = format!("/friend-requests/{id}/accept");
        let friend = self.post(&path, &other.token, &json!({})).await?;
        Ok(friend["conversation_id"].as_str().ok_or("friends have a conversation")?.to_owned())
    }
}

async fn answer(path: &str, request: reqwest::RequestBuilder) -> Result<Value> {
    let response = request.send().await?;
    let status = response.status();
    let body = response.text().await?;
    if !status.is_success() {
        return Err(format!("{path}: {status} {body}").into());
    }
    Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
}
