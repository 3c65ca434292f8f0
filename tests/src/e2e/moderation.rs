//! Who keeps order in a group, and whom one keeps out.

use serde_json::{Value, json};

use super::http::Answer;
use super::person::Person;
use super::server::Server;

async fn people<const N: usize>() -> [Person; N] {
    let mut people = Vec::new();
    for _ in 0..N {
        people.push(Person::registers(Server::shared()).await);
    }
    people.try_into().unwrap_or_else(|_| panic!())
}

async fn changes(caller: &Person, group: &str, user: &Person, change: Value) -> Answer {
    caller.http.patch(&format!("/groups/{group}/members/{}", user.id), change).await
}

async fn with_approval(owner: &Person) -> String {
    owner.creates_group(json!({ "name": "By approval", "join_policy": "approval" })).await
}

async fn wishes(owner: &Person, group: &str) -> Vec<Value> {
    owner.http.list(&format!("/groups/{group}/join-requests")).await
}

async fn answers(caller: &Person, group: &str, wish: &Value, answer: &str) -> Answer {
    let id = wish["id"].as_str().unwrap();
    caller.http.call("POST", &format!("/groups/{group}/join-requests/{id}/{answer}")).await
}

#[tokio::test]
async fn the_owner_makes_admins_and_admins_keep_order() {
    let [ann, bob, cem] = people().await;
    let group = ann.creates_group_with(&[&bob, &cem]).await;
    let mut of_cem = cem.connects().await;
    let made = changes(&ann, &group, &bob, json!({ "role": "admin" })).await.is(200);
    assert_eq!((&made["user"]["id"], &made["role"]), (&json!(bob.id), &json!("admin")));
    let told = of_cem.next_event("member").await;
    assert_eq!(told["data"]["member"], made);
    bob.http.patch(&format!("/groups/{group}"), json!({ "description": "mine too" })).await.is(200);
    let sent = cem.sends(&group, "spam").await;
    let path = format!("/conversations/{group}/messages/{}", sent["seq"]);
    bob.http.delete(&path).await.done();
    changes(&bob, &group, &cem, json!({ "role": "admin" })).await.problem(403, "not_owner");
    changes(&bob, &group, &ann, json!({ "muted_until": null })).await.problem(403, "forbidden");
    bob.kicks(&group, &ann).await.problem(403, "forbidden");
    changes(&ann, &group, &bob, json!({ "role": "owner" })).await.invalid("role");
    changes(&ann, &group, &bob, json!({ "role": "king" })).await.invalid("role");
    changes(&ann, &group, &bob, json!({ "muted_until": "tomorrow" })).await.invalid("muted_until");
    changes(&ann, &group, &bob, json!({ "muted_until": 7 })).await.problem(400, "malformed_request");
    assert_eq!(changes(&ann, &group, &bob, json!({})).await.is(200)["role"], "admin");
    bob.kicks(&group, &cem).await.done();
    changes(&ann, &group, &cem, json!({ "role": "admin" })).await.problem(404, "not_found");
}

#[tokio::test]
async fn who_is_muted_reads_and_does_not_write() {
    let [ann, bob] = people().await;
    let group = ann.creates_group_with(&[&bob]).await;
    let seq = bob.sends(&group, "before").await["seq"].clone();
    let mut socket = bob.connects().await;
    let muted =
        changes(&ann, &group, &bob, json!({ "muted_until": "2999-01-01T00:00:00+01:00" })).await.is(200);
    assert_eq!(muted["muted_until"], "2998-12-31T23:00:00.000Z");
    assert_eq!(socket.next_event("member").await["data"]["member"], muted);
    bob.tries_to_send(&group, "while").await.problem(403, "muted");
    let send = json!({
        "conversation_id": group, "client_id": "w", "content": { "type": "text", "text": "while" }
    });
    socket.refused("send", send, 403, "muted").await;
    let path = format!("/conversations/{group}/messages/{seq}");
    let content = json!({ "content": { "type": "text", "text": "other" } });
    bob.http.patch(&path, content).await.problem(403, "muted");
    bob.http.call("PUT", &format!("{path}/reactions/👍")).await.problem(403, "muted");
    assert_eq!(bob.texts(&group).await, ["[member_joined]", "before"]);
    bob.http.delete(&path).await.done();
    assert_eq!(
        changes(&ann, &group, &bob, json!({ "muted_until": null })).await.is(200)["muted_until"],
        Value::Null
    );
    bob.sends(&group, "after").await;
}

#[tokio::test]
async fn who_wants_in_waits_for_approval() {
    let [ann, bob, cem] = people().await;
    let group = with_approval(&ann).await;
    for _ in 0..2 {
        let answer = bob.joins(&group).await;
        assert_eq!(answer.is(202), json!({ "status": "pending" }));
    }
    cem.joins(&group).await.is(202);
    bob.tries_to_send(&group, "let me in").await.problem(404, "not_found");
    bob.http.get(&format!("/groups/{group}/join-requests")).await.problem(404, "not_found");
    let wishes = wishes(&ann, &group).await;
    assert_eq!(wishes.len(), 2);
    assert_eq!((&wishes[0]["user"]["id"], &wishes[0]["status"]), (&json!(bob.id), &json!("pending")));
    let mut socket = bob.connects().await;
    assert_eq!(answers(&ann, &group, &wishes[0], "approve").await.is(200)["status"], "approved");
    let added = socket.next_event("conversation_added").await;
    assert_eq!(added["data"]["conversation"]["id"], group.as_str());
    bob.sends(&group, "thanks").await;
    answers(&ann, &group, &wishes[0], "approve").await.problem(409, "not_pending");
    answers(&bob, &group, &wishes[1], "decline").await.problem(403, "forbidden");
    assert_eq!(answers(&ann, &group, &wishes[1], "decline").await.is(200)["status"], "declined");
    cem.joins(&group).await.is(202);
    cem.leaves(&group).await.done();
    cem.leaves(&group).await.problem(404, "not_found");
    assert!(self::wishes(&ann, &group).await.is_empty());
}

#[tokio::test]
async fn a_block_looks_like_the_end_of_the_friendship() {
    let [ann, bob, cem] = people().await;
    let conversation = ann.befriends(&bob).await;
    let other = bob.befriends(&cem).await;
    ann.sends(&conversation, "hi").await;
    let (mut of_ann, mut of_bob) = (ann.connects().await, bob.connects().await);
    for _ in 0..2 {
        ann.http.call("PUT", &format!("/blocks/{}", bob.id)).await.done();
    }
    cem.unfriends(&bob).await;
    let blocked = of_bob.next_event("conversation_removed").await;
    let parted = of_bob.next_event("conversation_removed").await;
    assert_eq!(blocked["data"], json!({ "conversation_id": conversation, "reason": "unfriended" }));
    assert_eq!(parted["data"], json!({ "conversation_id": other, "reason": "unfriended" }));
    let mut seen = Vec::new();
    for id in [&conversation, &other] {
        let sent = bob.tries_to_send(id, "hello?").await.problem(403, "not_friends").json.clone();
        let read = bob.http.put(&format!("/conversations/{id}/read"), json!({ "seq": 1 })).await.is(200);
        of_bob.refused("typing", json!({ "conversation_id": id }), 403, "not_friends").await;
        seen.push((sent["code"].clone(), sent["detail"].clone(), read["read_seq"].is_u64()));
    }
    assert_eq!(seen[0], seen[1]);
    let (to_ann, to_cem) = (bob.asks(&ann).await, bob.asks(&cem).await);
    assert_eq!((&to_ann["status"], &to_cem["status"]), (&json!("pending"), &json!("pending")));
    assert_eq!(bob.http.list("/friend-requests?direction=outgoing").await.len(), 2);
    assert_eq!(bob.http.get(&format!("/users/{}", ann.id)).await.is(200)["id"], ann.id.as_str());
    assert!(ann.http.list("/friend-requests?direction=incoming").await.is_empty());
    let accept = format!("/friend-requests/{}/accept", to_ann["id"].as_str().unwrap());
    ann.http.call("POST", &accept).await.problem(404, "not_found");
    ann.http.post("/friend-requests", json!({ "user_id": bob.id })).await.problem(409, "blocked");
    let heard = of_ann.rest().await;
    let told =
        |frame: &Value| ["friend_request", "receipt", "typing"].map(Value::from).contains(&frame["event"]);
    assert!(!heard.iter().any(told), "{heard:#?}");
    let listed = ann.http.list("/blocks").await;
    assert_eq!(listed.iter().map(|user| &user["id"]).collect::<Vec<_>>(), [&json!(bob.id)]);
    assert!(bob.http.list("/blocks").await.is_empty());
    for _ in 0..2 {
        ann.http.delete(&format!("/blocks/{}", bob.id)).await.done();
    }
    assert_eq!(ann.http.list("/friend-requests?direction=incoming").await.len(), 1);
    ann.http.call("POST", &accept).await.is(200);
    bob.sends(&conversation, "again").await;
}

#[tokio::test]
async fn nobody_blocks_themselves_or_who_is_not_there() {
    let [ann] = people().await;
    ann.http.call("PUT", &format!("/blocks/{}", ann.id)).await.invalid("user_id");
    for id in ["0190a1b2-c3d4-7e5f-8a6b-000000000000", "x"] {
        ann.http.call("PUT", &format!("/blocks/{id}")).await.problem(404, "not_found");
    }
}
