//! A demo: people and conversations to look at.

use serde_json::{Value, json};

use super::http::{Answer, Http};
use super::person::Person;
use super::server::Server;

/// Whom the server lets anybody be.
async fn people(server: &Server) -> Vec<Value> {
    let told = Http::stranger(server).get("//dev/people.json").await.is(200);
    told["items"].as_array().unwrap().clone()
}

/// Becomes one of them.
async fn enter(server: &Server, person: &Value) -> Person {
    let stranger = Http::stranger(server);
    let body = json!({ "email": person["email"], "password": person["password"] });
    Person::of(server, &stranger, &stranger.post("/auth/login", body).await.is(200))
}

/// What there is in all of somebody's conversations.
async fn everything(person: &Person) -> Vec<Value> {
    let mut all = Vec::new();
    for conversation in person.http.list("/conversations").await {
        all.extend(person.history(conversation["id"].as_str().unwrap()).await);
    }
    all
}

#[tokio::test]
async fn who_sits_beside_a_demo_can_be_one_of_its_people() {
    let mut server = Server::demo();
    let people = people(&server).await;
    assert_eq!(people.len(), 5);
    let ann = enter(&server, &people[0]).await;
    let conversations = ann.http.list("/conversations").await;
    let with = |what: &str| conversations.iter().filter(|one| one[what].as_u64().unwrap() > 0).count();
    assert_eq!(conversations.len(), 4);
    assert!(with("unread") >= 2 && with("mentions") == 1, "{conversations:#?}");
    assert_eq!(ann.http.list("/friend-requests?direction=incoming").await.len(), 1);

    let said = everything(&ann).await;
    let holds = |what: fn(&Value) -> bool| said.iter().any(what);
    assert!(holds(|one| one["reply_to"].is_u64()));
    assert!(holds(|one| !one["reactions"].as_array().unwrap().is_empty()));
    let image = said.iter().find(|one| one["content"]["type"] == "image").unwrap();
    let path = format!("/attachments/{}/thumbnail", image["content"]["attachment_id"].as_str().unwrap());
    Answer::from_elsewhere(ann.http.request("GET", &path)).await.is(200);

    server.restart();
    let ann = enter(&server, &people[0]).await;
    assert_eq!(everything(&ann).await, said, "nothing is said twice");
}

#[tokio::test]
async fn nobody_else_is_told_who_they_can_be() {
    let (demo, other) = (Server::demo(), Server::shared());
    for (name, value) in [("x-forwarded-for", "203.0.113.7"), ("host", "evil.example")] {
        let request = Http::stranger(&demo).request("GET", "//dev/people.json").header(name, value);
        assert_eq!(Answer::to(request).await.is(200)["items"], json!([]), "{name}");
    }
    assert!(people(other).await.is_empty());
}
