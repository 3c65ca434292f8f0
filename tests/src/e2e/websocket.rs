//! What one says and hears over a socket.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::person::{Person, client_id, text};
use super::server::Server;
use super::socket::{Frame, Socket};

async fn two_friends() -> (Person, Person, String) {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let conversation = ann.befriends(&bob).await;
    (ann, bob, conversation)
}

fn head(conversation: &Value) -> Value {
    let mut head = json!({});
    for field in ["id", "last_seq", "rev", "read_seq", "unread"] {
        head[field] = conversation[field].clone();
    }
    head
}

#[tokio::test]
async fn hello_tells_where_everything_stands() {
    let (ann, bob, conversation) = two_friends().await;
    let group = ann.creates_group_with(&[&bob]).await;
    ann.sends(&conversation, "one").await;
    let greeting = bob.connects().await.greeting;
    assert_eq!(greeting["user_id"], bob.id);
    assert_eq!(greeting["session_id"], bob.http.get("/auth/token").await.is(200)["session_id"]);
    assert!(greeting["heartbeat_seconds"].as_u64().unwrap() > 0, "{greeting}");
    assert!(greeting["user_rev"].as_u64().unwrap() > 0, "{greeting}");
    assert_eq!(greeting["more"], false);
    let heads = greeting["conversations"].as_array().unwrap();
    assert_eq!(heads.len(), 2);
    for id in [&conversation, &group] {
        assert!(heads.contains(&head(&bob.conversation(id).await)), "{greeting}");
    }
}

#[tokio::test]
async fn a_token_in_the_first_frame_is_as_good_as_one_in_the_request() {
    let (ann, bob, conversation) = two_friends().await;
    let mut socket = Socket::open(&bob.address, None).await;
    let hello = json!({ "access_token": bob.token, "device": "telephone" });
    assert_eq!(socket.ok("hello", hello).await["user_id"], bob.id);
    let message = ann.sends(&conversation, "one").await;
    assert_eq!(socket.next_event("message").await["data"]["message"], message);
}

#[tokio::test]
async fn who_resumes_is_told_only_what_differs() {
    let (ann, bob, conversation) = two_friends().await;
    let group = ann.creates_group_with(&[&bob]).await;
    let first = bob.connects().await.greeting;
    let mut known = json!({});
    for head in first["conversations"].as_array().unwrap() {
        known[head["id"].as_str().unwrap()] = head["rev"].clone();
    }
    let resume = json!({ "resume": { "user_rev": first["user_rev"], "conversations": known } });
    let mut socket = Socket::open(&bob.address, Some(&bob.token)).await;
    assert_eq!(socket.ok("hello", resume.clone()).await["conversations"], json!([]));
    ann.sends(&group, "news").await;
    let mut socket = Socket::open(&bob.address, Some(&bob.token)).await;
    let greeting = socket.ok("hello", resume).await;
    assert_eq!(greeting["conversations"], json!([head(&bob.conversation(&group).await)]));
    ann.sends(&conversation, "one").await;
    assert_eq!(socket.next_event("message").await["conversation_id"], conversation);
}

#[tokio::test]
async fn a_message_reaches_everybody_the_sender_too_on_all_devices() {
    let (ann, bob, conversation) = two_friends().await;
    let telephone = ann.logs_in_again(Server::shared()).await;
    let mut sockets =
        [ann.connects().await, telephone.connects().await, bob.connects().await, bob.connects().await];
    let client_id = client_id();
    let data = json!({ "conversation_id": conversation, "client_id": client_id, "content": text("hi") });
    let message = sockets[0].ok("send", data.clone()).await;
    assert_eq!((&message["client_id"], &message["sender_id"]), (&json!(client_id), &json!(ann.id)));
    assert_eq!(bob.history(&conversation).await, std::slice::from_ref(&message));
    for socket in &mut sockets {
        let event = socket.next_event("message").await;
        let expected = json!({
            "op": "event", "event": "message", "conversation_id": conversation, "rev": message["rev"],
            "data": { "message": message }
        });
        assert_eq!(event, expected);
    }
    assert_eq!(sockets[1].ok("send", data).await, message, "the same client_id again");
    for socket in &mut sockets {
        socket.expects_nothing_more().await;
    }
}

#[tokio::test]
async fn a_reply_comes_only_if_an_id_is_given() {
    let (ann, _bob, conversation) = two_friends().await;
    let mut socket = ann.connects().await;
    let data = json!({ "conversation_id": conversation, "client_id": client_id(), "content": text("hi") });
    socket.raw(Message::text(json!({ "op": "send", "data": data }).to_string())).await;
    socket.raw(Message::text(json!({ "op": "ping" }).to_string())).await;
    assert_eq!(socket.next_event("message").await["data"]["message"]["content"], text("hi"));
    socket.expects_nothing_more().await;
    socket.raw(Message::text(r#"{"op":"ping","id":"as \"it\" was"}"#)).await;
    let reply = json!({ "op": "reply", "id": "as \"it\" was", "ok": true, "data": {} });
    assert_eq!(socket.next().await, Frame::Object(reply));
}

#[tokio::test]
async fn what_is_refused_over_http_is_refused_over_the_socket() {
    let (ann, bob, conversation) = two_friends().await;
    let cem = Person::registers(Server::shared()).await;
    let send = |conversation: &str, content: Value| json!({ "conversation_id": conversation, "client_id": client_id(), "content": content });
    let mut socket = ann.connects().await;
    let mut of_cem = cem.connects().await;
    of_cem.refused("send", send(&conversation, text("hi")), 404, "not_found").await;
    of_cem
        .refused("sync", json!({ "conversation_id": conversation, "after_rev": 0 }), 404, "not_found")
        .await;
    of_cem.refused("read", json!({ "conversation_id": conversation, "seq": 1 }), 404, "not_found").await;
    of_cem.refused("typing", json!({ "conversation_id": conversation }), 404, "not_found").await;
    socket.refused("send", send("not-an-id", text("hi")), 404, "not_found").await;
    let invalid = socket.refused("send", send(&conversation, text("")), 422, "validation_failed").await;
    assert_eq!(invalid["errors"][0]["field"], "content.text");
    socket.refused("send", json!({ "conversation_id": 7 }), 400, "malformed_request").await;
    socket.refused("send", json!({}), 422, "validation_failed").await;
    socket.refused("send", json!([]), 400, "malformed_request").await;
    socket.refused("dance", json!({}), 400, "malformed_request").await;
    socket.refused("edit", json!({ "seq": "1" }), 400, "malformed_request").await;
    let twice = send(&conversation, text("one"));
    socket.ok("send", twice.clone()).await;
    let mut other = twice;
    other["content"] = text("another");
    socket.refused("send", other, 409, "idempotency_conflict").await;
    ann.unfriends(&bob).await;
    socket.refused("send", send(&conversation, text("hi")), 403, "not_friends").await;
    assert_eq!(bob.texts(&conversation).await, ["one"]);
}

#[tokio::test]
async fn sync_gives_the_same_as_changes_over_http() {
    let (ann, bob, conversation) = two_friends().await;
    let group = ann.creates_group_with(&[&bob]).await;
    ann.sends(&group, "one").await;
    let mut socket = bob.connects().await;
    for id in [&conversation, &group] {
        for (after, limit) in [(0, 100), (0, 1), (2, 1)] {
            let path = format!("/conversations/{id}/changes?after_rev={after}&limit={limit}");
            let data = json!({ "conversation_id": id, "after_rev": after, "limit": limit });
            assert_eq!(socket.ok("sync", data).await, bob.http.get(&path).await.is(200));
        }
    }
    let data = json!({ "conversation_id": group, "after_rev": 0, "limit": 101 });
    socket.refused("sync", data, 422, "validation_failed").await;
}

#[tokio::test]
async fn reading_on_one_device_is_known_on_all_and_the_others_see_it() {
    let (ann, bob, conversation) = two_friends().await;
    ann.sends(&conversation, "one").await;
    ann.sends(&conversation, "two").await;
    let (mut telephone, mut desk) =
        (bob.connects().await, bob.logs_in_again(Server::shared()).await.connects().await);
    let mut of_ann = ann.connects().await;
    let read = telephone.ok("read", json!({ "conversation_id": conversation, "seq": 1 })).await;
    assert_eq!(read, json!({ "read_seq": 1, "unread": 1 }));
    for socket in [&mut telephone, &mut desk] {
        let event = socket.next_event("read").await;
        let data = json!({ "conversation_id": conversation, "read_seq": 1, "unread": 1 });
        assert_eq!((&event["data"], event["user_rev"].is_u64()), (&data, true));
    }
    let receipt = of_ann.next_event("receipt").await;
    let data = json!({ "conversation_id": conversation, "user_id": bob.id, "read_seq": 1 });
    assert_eq!((&receipt["data"], receipt.get("user_rev")), (&data, None));
    let again = telephone.ok("read", json!({ "conversation_id": conversation, "seq": 1 })).await;
    assert_eq!(again, read);
    for socket in [&mut telephone, &mut desk, &mut of_ann] {
        socket.expects_nothing_more().await;
    }
}

#[tokio::test]
async fn typing_is_passed_on_once_in_3_seconds_and_not_to_oneself() {
    let (ann, bob, conversation) = two_friends().await;
    let (mut of_ann, mut of_bob) = (ann.connects().await, bob.connects().await);
    for _ in 0..5 {
        of_ann.ok("typing", json!({ "conversation_id": conversation })).await;
    }
    let event = of_bob.next_event("typing").await;
    assert_eq!(event["data"], json!({ "conversation_id": conversation, "user_id": ann.id }));
    assert!(event.get("rev").is_none() && event.get("user_rev").is_none(), "{event}");
    of_bob.expects_nothing_more().await;
    of_ann.expects_nothing_more().await;
    tokio::time::sleep(Duration::from_millis(3100)).await; // that time has passed is the point
    of_ann.ok("typing", json!({ "conversation_id": conversation })).await;
    of_bob.next_event("typing").await;
}

#[tokio::test]
async fn events_of_a_group_come_in_the_order_of_its_changes() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let cem = Person::registers(server).await;
    let group = ann.creates_group_with(&[&bob]).await;
    let mut socket = bob.connects().await;
    let mut rev = bob.conversation(&group).await["rev"].as_u64().unwrap();
    cem.joins(&group).await.is(200);
    ann.http.patch(&format!("/groups/{group}"), json!({ "name": "Renamed" })).await.is(200);
    ann.transfers(&group, &bob).await.is(200);
    cem.leaves(&group).await.done();
    cem.joins(&group).await.is(200);
    bob.kicks(&group, &cem).await.done();
    for expected in [
        "member",
        "[member_joined]",
        "group",
        "group",
        "[group_renamed]",
        "member",
        "member",
        "[owner_changed]",
        "group",
        "member_removed",
        "[member_left]",
        "group",
        "member",
        "[member_joined]",
        "group",
        "member_removed",
        "[member_kicked]",
        "group",
    ] {
        let event = socket.next_change(&group).await;
        rev += 1;
        let (name, data) = (event["event"].as_str().unwrap(), &event["data"]);
        let found = match name {
            "message" => super::person::words_of(&data["message"]["content"]),
            name => name.to_owned(),
        };
        assert_eq!((found.as_str(), &event["rev"]), (expected, &json!(rev)));
        match name {
            "group" => {
                assert!(data["group"]["id"] == group && data["group"].get("my_role").is_none(), "{event}")
            }
            "member" => {
                assert!(data["member"]["user"]["id"].is_string() && data["member"]["role"].is_string())
            }
            "member_removed" => assert_eq!(data, &json!({ "user_id": cem.id })),
            _ => assert_eq!(data["message"]["rev"], rev),
        }
    }
    assert_eq!(bob.conversation(&group).await["rev"], rev);
    socket.expects_nothing_more().await;
}

#[tokio::test]
async fn a_newcomer_is_told_of_the_conversation_and_hears_what_comes_after() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let group = ann.creates_group(json!({ "name": "A group" })).await;
    ann.sends(&group, "before").await;
    let mut socket = bob.connects().await;
    bob.joins(&group).await.is(200);
    let added = socket.next_event("conversation_added").await;
    assert!(added["user_rev"].is_u64() && added.get("rev").is_none(), "{added}");
    let conversation = bob.conversation(&group).await;
    assert_eq!(added["data"]["conversation"], conversation);
    let message = ann.sends(&group, "after").await;
    assert_eq!(message["rev"], conversation["rev"].as_u64().unwrap() + 1);
    assert_eq!(socket.next_change(&group).await["data"]["message"], message);
    socket.expects_nothing_more().await;
}

#[tokio::test]
async fn who_is_made_a_member_from_the_beginning_is_told() {
    let (ann, bob, _) = two_friends().await;
    let mut socket = bob.connects().await;
    let group = ann.creates_group(json!({ "name": "Us", "member_ids": [bob.id] })).await;
    let added = socket.next_event("conversation_added").await["data"]["conversation"].clone();
    assert_eq!((&added["id"], &added["rev"], &added["last_seq"]), (&json!(group), &json!(0), &json!(0)));
    assert_eq!(ann.sends(&group, "hi").await["rev"], 1);
    assert_eq!(socket.next_change(&group).await["rev"], 1);
    socket.expects_nothing_more().await;
}
