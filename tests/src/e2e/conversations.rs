//! Messages, history, changes, read cursors.

use serde_json::{Value, json};

use super::person::{Person, client_id, text};
use super::server::Server;

async fn two_friends() -> (Person, Person, String) {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let conversation = ann.befriends(&bob).await;
    (ann, bob, conversation)
}

fn seqs(page: &Value) -> Vec<u64> {
    page["items"].as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_message_is_stored_as_it_was_sent() {
    let (ann, bob, conversation) = two_friends().await;
    let words = "Grüße 👋🏽\n\t'\"\\ <b>%_\u{202e}x";
    let (before, client_id) = (ann.conversation(&conversation).await, client_id());
    let message = ann.posts(&conversation, &client_id, words).await.is(201);
    for (field, value) in [
        ("conversation_id", json!(conversation)),
        ("seq", json!(1)),
        ("rev", json!(before["rev"].as_u64().unwrap() + 1)),
        ("sender_id", json!(ann.id)),
        ("client_id", json!(client_id)),
        ("content", text(words)),
        ("reply_to", Value::Null),
        ("mentions", json!([])),
        ("reactions", json!([])),
        ("edited_at", Value::Null),
        ("recalled_at", Value::Null),
    ] {
        assert_eq!(message[field], value, "{field}");
    }
    assert_eq!(bob.history(&conversation).await, std::slice::from_ref(&message));
    assert_eq!(bob.conversation(&conversation).await["last_message"], message);
}

#[tokio::test]
async fn sending_the_same_client_id_again_makes_no_second_message() {
    let (ann, bob, conversation) = two_friends().await;
    let mut socket = bob.connects().await;
    let client_id = client_id();
    let message = ann.posts(&conversation, &client_id, "once").await.is(201);
    assert_eq!(ann.posts(&conversation, &client_id, "once").await.is(200), message);
    ann.posts(&conversation, &client_id, "twice").await.problem(409, "idempotency_conflict");
    assert_eq!(bob.texts(&conversation).await, ["once"]);
    bob.posts(&conversation, &client_id, "my own").await.is(201);
    let group = ann.creates_group(json!({ "name": "elsewhere" })).await;
    ann.posts(&group, &client_id, "elsewhere").await.is(201);
    assert_eq!(socket.next_event("message").await["data"]["message"], message);
    assert_eq!(socket.next_event("message").await["data"]["message"]["content"]["text"], "my own");
}

#[tokio::test]
async fn what_is_no_message_is_refused_by_field() {
    let (ann, _bob, conversation) = two_friends().await;
    let path = format!("/conversations/{conversation}/messages");
    for (content, field) in [
        (text(""), "content.text"),
        (text(&"x".repeat(4001)), "content.text"),
        (json!({ "type": "text" }), "content.text"),
        (json!({ "type": "song", "text": "la" }), "content.type"),
        (json!({ "type": "system", "event": "member_joined", "user_id": ann.id }), "content.type"),
    ] {
        let body = json!({ "client_id": client_id(), "content": content });
        ann.http.post(&path, body).await.invalid(field);
    }
    for wrong in ["", &"c".repeat(65)] {
        let body = json!({ "client_id": wrong, "content": text("hi") });
        ann.http.post(&path, body).await.invalid("client_id");
    }
    ann.http.post(&path, json!({ "content": text("hi") })).await.invalid("client_id");
    let wrong_type = json!({ "client_id": client_id(), "content": "hi" });
    ann.http.post(&path, wrong_type).await.problem(400, "malformed_request");
    assert_eq!(ann.conversation(&conversation).await["last_seq"], 0);
    ann.sends(&conversation, &"上".repeat(4000)).await;
}

#[tokio::test]
async fn history_pages_both_ways_without_a_hole() {
    let (ann, bob, conversation) = two_friends().await;
    for number in 1..=25 {
        ann.sends(&conversation, &number.to_string()).await;
    }
    let page = async |query: &str| {
        bob.http.get(&format!("/conversations/{conversation}/messages?{query}")).await.is(200)
    };
    for (query, expected, has_more) in [
        ("", 1..=25, false),
        ("limit=10", 16..=25, true),
        ("before=16&limit=10", 6..=15, true),
        ("before=6&limit=10", 1..=5, false),
        ("before=11&limit=10", 1..=10, false),
        ("after=0&limit=10", 1..=10, true),
        ("after=10&limit=15", 11..=25, false),
        ("after=24", 25..=25, false),
    ] {
        let page = page(query).await;
        assert_eq!(seqs(&page), expected.collect::<Vec<_>>(), "{query}");
        assert_eq!(page["has_more"], has_more, "{query}");
    }
    for query in ["after=25", "after=999999", "before=1"] {
        assert_eq!(page(query).await, json!({ "items": [], "has_more": false }), "{query}");
    }
    let around = seqs(&page("around=13&limit=5").await);
    assert!(
        around.len() == 5 && around.contains(&13) && around.contains(&12) && around.contains(&14),
        "{around:?}"
    );
    for query in ["before=x", "after=-1", "around=1.5"] {
        let answer = bob.http.get(&format!("/conversations/{conversation}/messages?{query}")).await;
        answer.problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn changes_give_the_current_state_of_all_that_changed() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let cem = Person::registers(server).await;
    let group = ann.creates_group_with(&[&bob, &cem]).await;
    let known = bob.conversation(&group).await["rev"].as_u64().unwrap();
    ann.sends(&group, "one").await;
    ann.http.patch(&format!("/groups/{group}"), json!({ "name": "Renamed" })).await.is(200);
    cem.leaves(&group).await.done();
    let path =
        |after: u64, limit: u64| format!("/conversations/{group}/changes?after_rev={after}&limit={limit}");
    let changes = bob.http.get(&path(known, 100)).await.is(200);
    let head = bob.conversation(&group).await["rev"].clone();
    assert_eq!((&changes["head_rev"], &changes["through_rev"]), (&head, &head));
    assert_eq!(changes["has_more"], false);
    let revs: Vec<u64> = changes["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["rev"].as_u64().unwrap())
        .collect();
    assert_eq!(revs.len(), 3);
    assert!(revs.is_sorted() && revs[0] == known + 1, "{changes}");
    assert_eq!(changes["members"], json!([{ "user_id": cem.id, "removed": true }]));
    assert_eq!(
        (&changes["group"]["name"], &changes["group"]["member_count"]),
        (&json!("Renamed"), &json!(2))
    );
    let (mut after, mut messages) = (known, 0);
    loop {
        let page = bob.http.get(&path(after, 1)).await.is(200);
        messages += page["messages"].as_array().unwrap().len();
        assert!(page["through_rev"].as_u64().unwrap() > after, "{page}");
        after = page["through_rev"].as_u64().unwrap();
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!((messages, json!(after)), (3, head.clone()));
    let nothing = bob.http.get(&path(after, 100)).await.is(200);
    assert_eq!(
        (&nothing["messages"], &nothing["members"], &nothing["group"]),
        (&json!([]), &json!([]), &Value::Null)
    );
    assert_eq!((&nothing["head_rev"], &nothing["has_more"]), (&head, &json!(false)));
}

#[tokio::test]
async fn more_than_1000_changes_are_a_reset() {
    let (ann, bob, conversation) = two_friends().await;
    let known = bob.conversation(&conversation).await["rev"].as_u64().unwrap();
    let mut socket = ann.connects().await;
    let mut started = Vec::new();
    for number in 0..1001 {
        let data = json!({
            "conversation_id": conversation, "client_id": client_id(), "content": text(&number.to_string())
        });
        started.push(socket.start("send", data).await);
        if started.len() == 20 {
            for id in started.drain(..) {
                assert_eq!(socket.reply(&id).await["ok"], true);
            }
            socket.take_waiting();
        }
    }
    for id in started {
        assert_eq!(socket.reply(&id).await["ok"], true);
    }
    let path = |after: u64| format!("/conversations/{conversation}/changes?after_rev={after}");
    let reset = bob.http.get(&path(known)).await.is(200);
    assert_eq!(reset, json!({ "reset": true, "head_rev": known + 1001 }));
    let page = bob.http.get(&path(known + 1)).await.is(200);
    assert_eq!((&page["has_more"], page.get("reset")), (&json!(true), None));
    assert_eq!(bob.history(&conversation).await.len(), 1001);
}

#[tokio::test]
async fn unread_counts_what_others_wrote_after_what_one_has_read() {
    let (ann, bob, conversation) = two_friends().await;
    for words in ["one", "two", "three"] {
        ann.sends(&conversation, words).await;
    }
    let unread = async |person: &Person| {
        let conversation = person.conversation(&conversation).await;
        (conversation["read_seq"].as_u64().unwrap(), conversation["unread"].as_u64().unwrap())
    };
    assert_eq!((unread(&ann).await, unread(&bob).await), ((3, 0), (0, 3)));
    assert_eq!(bob.reads(&conversation, 2).await, json!({ "read_seq": 2, "unread": 1 }));
    assert_eq!(bob.reads(&conversation, 1).await, json!({ "read_seq": 2, "unread": 1 }));
    assert_eq!(unread(&bob).await, (2, 1));
    bob.sends(&conversation, "four").await;
    assert_eq!((unread(&ann).await, unread(&bob).await), ((3, 1), (4, 0)));
    assert_eq!(ann.reads(&conversation, 1_000_000).await, json!({ "read_seq": 4, "unread": 0 }));
    let receipts = bob.http.get(&format!("/conversations/{conversation}/receipts")).await.is(200);
    for person in [&ann, &bob] {
        let receipt = json!({ "user_id": person.id, "read_seq": 4 });
        assert!(receipts["items"].as_array().unwrap().contains(&receipt), "{receipts}");
    }
    let path = format!("/conversations/{conversation}/read");
    bob.http.put(&path, json!({ "seq": "4" })).await.problem(400, "malformed_request");
    let missing = bob.http.put(&path, json!({})).await;
    assert!(missing.status == 422 || missing.status == 400, "{missing:?}");
}

#[tokio::test]
async fn system_messages_are_never_unread() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let group = ann.creates_group_with(&[&bob]).await;
    ann.http.patch(&format!("/groups/{group}"), json!({ "name": "Renamed" })).await.is(200);
    for person in [&ann, &bob] {
        let conversation = person.conversation(&group).await;
        assert_eq!((&conversation["last_seq"], &conversation["unread"]), (&json!(2), &json!(0)));
        assert_eq!(conversation["last_message"]["content"]["event"], "group_renamed");
    }
}

#[tokio::test]
async fn the_conversation_with_the_newest_activity_comes_first() {
    let server = Server::shared();
    let ann = Person::registers(server).await;
    let mut conversations = Vec::new();
    for _ in 0..3 {
        conversations.push(ann.befriends(&Person::registers(server).await).await);
    }
    for at in [0, 2, 1] {
        ann.sends(&conversations[at], "hi").await;
    }
    let listed = ann.http.list("/conversations").await;
    let ids: Vec<&str> = listed.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&conversations[1], &conversations[2], &conversations[0]]);
    for field in ["muted", "pinned"] {
        assert_eq!(listed[0][field], false);
    }
    assert_eq!(listed[0]["mentions"], 0);
    assert_eq!(listed[0], ann.conversation(&conversations[1]).await);
}

#[tokio::test]
async fn a_conversation_is_there_for_its_members_alone() {
    let (_ann, _bob, conversation) = two_friends().await;
    let cem = Person::registers(Server::shared()).await;
    for path in ["", "/messages", "/changes?after_rev=0", "/receipts"] {
        cem.http.get(&format!("/conversations/{conversation}{path}")).await.problem(404, "not_found");
    }
    cem.tries_to_send(&conversation, "let me in").await.problem(404, "not_found");
    let read = cem.http.put(&format!("/conversations/{conversation}/read"), json!({ "seq": 1 })).await;
    read.problem(404, "not_found");
}

#[tokio::test]
async fn a_message_is_found_by_its_number() {
    let server = Server::shared();
    let (ann, bob, eve) =
        (Person::registers(server).await, Person::registers(server).await, Person::registers(server).await);
    let conversation = ann.befriends(&bob).await;
    let sent = ann.sends(&conversation, "hi").await;
    let path = |seq: &str| format!("/conversations/{conversation}/messages/{seq}");
    assert_eq!(bob.http.get(&path("1")).await.is(200), sent);
    for seq in ["0", "2", "-1", "x", "99999999999999999999", "18446744073709551615"] {
        bob.http.get(&path(seq)).await.problem(404, "not_found");
    }
    eve.http.get(&path("1")).await.problem(404, "not_found");
    let group = ann.creates_group_with(&[&bob]).await;
    let before = ann.sends(&group, "before eve").await;
    eve.joins(&group).await.is(200);
    let seq = before["seq"].as_u64().unwrap();
    ann.http.get(&format!("/conversations/{group}/messages/{seq}")).await.is(200);
    eve.http.get(&format!("/conversations/{group}/messages/{seq}")).await.problem(404, "not_found");
}
