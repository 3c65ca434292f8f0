//! All that is held about somebody, and the end of an account.

use std::time::Duration;

use serde_json::{Value, json};

use super::http::{Answer, Http};
use super::person::{PASSWORD, Person};
use super::server::Server;

async fn closes(person: &Person, password: Value) -> Answer {
    Answer::to(person.http.request("DELETE", "/me").json(&json!({ "password": password }))).await
}

/// Waits for what is done a moment later.
async fn soon(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..100 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it has not come to that");
}

#[tokio::test]
async fn an_export_holds_all_that_one_is_and_has_said() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let conversation = ann.befriends(&bob).await;
    for number in 0..120 {
        ann.sends(&conversation, &format!("\"number\" {number}")).await;
    }
    bob.sends(&conversation, "not mine").await;
    let group = bob.creates_group_with(&[&ann]).await;
    ann.sends(&group, "said before I left").await;
    ann.leaves(&group).await.done();
    let answer = ann.http.get("/me/export").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.header("content-disposition").starts_with("attachment"));
    let export = answer.is(200);
    assert_eq!(export["me"], ann.http.get("/me").await.is(200));
    for (list, length) in [
        ("sessions", 1),
        ("identities", 0),
        ("friends", 1),
        ("incoming_friend_requests", 0),
        ("outgoing_friend_requests", 0),
        ("blocks", 0),
        ("conversations", 1),
        ("messages", 121),
        ("attachments", 0),
    ] {
        assert_eq!(export[list].as_array().unwrap().len(), length, "{list}");
    }
    assert!(
        export["messages"].as_array().unwrap().iter().all(|message| message["sender_id"] == ann.id.as_str())
    );
    assert_eq!(export["friends"][0]["user"]["id"], bob.id.as_str());
}

#[tokio::test]
async fn who_closes_their_account_is_gone_and_what_they_said_stays() {
    let server = Server::shared();
    let (ann, bob, cem) =
        (Person::registers(server).await, Person::registers(server).await, Person::registers(server).await);
    let conversation = ann.befriends(&bob).await;
    ann.sends(&conversation, "remember me").await;
    ann.asks(&cem).await;
    let own = ann.creates_group_with(&[&bob]).await;
    let alone = ann.creates_group(json!({ "name": "Alone" })).await;
    ann.sends(&own, "in the group").await;
    let (mut of_ann, mut of_bob) = (ann.connects().await, bob.connects().await);
    for wrong in [Value::Null, json!("wrong password"), json!("x")] {
        closes(&ann, wrong).await.problem(403, "invalid_credentials");
    }
    ann.http.delete("/me").await.problem(403, "invalid_credentials");
    closes(&ann, json!(PASSWORD)).await.done();
    assert_eq!(of_ann.closed().await, Some(4003));
    ann.http.get("/me").await.problem(401, "unauthenticated");
    let login = json!({ "email": ann.email, "password": PASSWORD });
    Http::stranger(server).post("/auth/login", login).await.problem(401, "invalid_credentials");
    let user = bob.http.get(&format!("/users/{}", ann.id)).await.is(200);
    assert_eq!(user, json!({ "id": ann.id, "name": "Deleted user", "avatar_url": null, "bio": "" }));
    of_bob.next_event("friend_removed").await;
    soon(async || bob.http.list("/friends").await.is_empty()).await;
    soon(async || cem.http.list("/friend-requests?direction=incoming").await.is_empty()).await;
    soon(async || bob.http.get(&format!("/groups/{own}")).await.json["my_role"] == "owner").await;
    soon(async || bob.http.list(&format!("/groups/{own}/members")).await.len() == 1).await;
    soon(async || bob.http.get(&format!("/groups/{alone}")).await.status == 404).await;
    assert_eq!(bob.texts(&conversation).await, ["remember me"]);
    assert_eq!(bob.conversation(&conversation).await["title"], "Deleted user");
    bob.tries_to_send(&conversation, "hello?").await.problem(403, "not_friends");
    let ask = json!({ "user_id": ann.id });
    bob.http.post("/friend-requests", ask).await.problem(404, "not_found");
    assert!(bob.http.list(&format!("/users?query={}", ann.email)).await.is_empty());
}
