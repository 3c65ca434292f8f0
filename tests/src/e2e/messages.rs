//! Messages that change: edits, recalls, answers, mentions, reactions.

use serde_json::{Value, json};

use super::http::Answer;
use super::person::{Person, client_id, text};
use super::server::Server;
use super::socket::Socket;

const THUMB: &str = "%F0%9F%91%8D";

struct Chat {
    ann: Person,
    bob: Person,
    id: String,
}

/// A conversation of Ann and Bob, in which Ann has said something.
async fn chat() -> Chat {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let id = ann.befriends(&bob).await;
    ann.sends(&id, "one").await;
    Chat { ann, bob, id }
}

fn path(conversation: &str, seq: u64) -> String {
    format!("/conversations/{conversation}/messages/{seq}")
}

async fn edits(person: &Person, conversation: &str, seq: u64, words: &str) -> Answer {
    person.http.patch(&path(conversation, seq), json!({ "content": text(words) })).await
}

async fn recalls(person: &Person, conversation: &str, seq: u64) -> Answer {
    person.http.delete(&path(conversation, seq)).await
}

async fn reacts(person: &Person, conversation: &str, seq: u64, emoji: &str) -> Answer {
    person.http.call("PUT", &format!("{}/reactions/{emoji}", path(conversation, seq))).await
}

async fn unreacts(person: &Person, conversation: &str, seq: u64, emoji: &str) -> Answer {
    person.http.delete(&format!("{}/reactions/{emoji}", path(conversation, seq))).await
}

/// The message that the next event tells of, which must be a change.
async fn update(socket: &mut Socket) -> Value {
    socket.next_event("message_updated").await["data"]["message"].clone()
}

#[tokio::test]
async fn an_edit_is_seen_by_both_and_by_who_was_away() {
    let Chat { ann, bob, id } = chat().await;
    let mut socket = bob.connects().await;
    let known = bob.conversation(&id).await["rev"].as_u64().unwrap();
    let edited = edits(&ann, &id, 1, "uno").await.is(200);
    assert_eq!(edited["content"], text("uno"));
    assert!(edited["edited_at"].is_string() && edited["recalled_at"].is_null());
    assert_eq!((&edited["seq"], &edited["rev"]), (&json!(1), &json!(known + 1)));
    assert_eq!(update(&mut socket).await, edited);
    let sync = json!({ "conversation_id": id, "after_rev": known });
    assert_eq!(socket.ok("sync", sync).await["messages"], json!([edited]));
    assert_eq!(bob.http.get(&path(&id, 1)).await.is(200), edited);
    assert_eq!(bob.conversation(&id).await["last_message"], edited);
    assert_eq!(edits(&ann, &id, 1, "uno").await.is(200), edited, "what changes nothing is no change");
}

#[tokio::test]
async fn only_the_sender_edits_and_only_what_is_there() {
    let Chat { ann, bob, id } = chat().await;
    edits(&bob, &id, 1, "x").await.problem(403, "not_sender");
    edits(&ann, &id, 2, "x").await.problem(404, "not_found");
    edits(&Person::registers(Server::shared()).await, &id, 1, "x").await.problem(404, "not_found");
    edits(&ann, &id, 1, "").await.invalid("content.text");
    let body = json!({ "content": { "type": "image", "attachment_id": ann.id } });
    ann.http.patch(&path(&id, 1), body).await.invalid("content.type");
    ann.http.patch(&path(&id, 1), json!({})).await.invalid("content");
    assert_eq!(ann.texts(&id).await, ["one"]);
}

#[tokio::test]
async fn a_recall_leaves_the_place_and_nothing_else() {
    let Chat { ann, bob, id } = chat().await;
    let mut socket = bob.connects().await;
    reacts(&bob, &id, 1, THUMB).await.done();
    update(&mut socket).await;
    recalls(&bob, &id, 1).await.problem(403, "not_sender");
    recalls(&ann, &id, 1).await.done();
    let recalled = update(&mut socket).await;
    assert_eq!((&recalled["content"], &recalled["reactions"]), (&Value::Null, &json!([])));
    assert!(recalled["recalled_at"].is_string());
    assert_eq!(bob.history(&id).await, std::slice::from_ref(&recalled));
    recalls(&ann, &id, 1).await.done();
    edits(&ann, &id, 1, "again").await.problem(409, "recalled");
    reacts(&bob, &id, 1, THUMB).await.problem(409, "recalled");
    assert_eq!(ann.conversation(&id).await["rev"], recalled["rev"]);
}

#[tokio::test]
async fn a_message_is_recalled_in_time_but_by_who_keeps_order_always() {
    let server = Server::with(&[("CHATCHAT_CHAT__RECALL_SECONDS", "0")]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let id = ann.befriends(&bob).await;
    ann.sends(&id, "one").await;
    recalls(&ann, &id, 1).await.problem(403, "recall_expired");
    let group = ann.creates_group_with(&[&bob]).await;
    let sent = bob.sends(&group, "one").await["seq"].as_u64().unwrap();
    recalls(&bob, &group, sent).await.problem(403, "recall_expired");
    recalls(&ann, &group, sent).await.done();
    assert_eq!(bob.http.get(&path(&group, sent)).await.is(200)["content"], Value::Null);
    let notice = sent - 1;
    recalls(&ann, &group, notice).await.problem(403, "not_sender");
}

#[tokio::test]
async fn a_reaction_stands_once_and_goes_again() {
    let Chat { ann, bob, id } = chat().await;
    let mut socket = ann.connects().await;
    for _ in 0..2 {
        reacts(&bob, &id, 1, THUMB).await.done();
    }
    let reacted = update(&mut socket).await;
    let one = |ids: &[&str]| json!([{ "emoji": "👍", "count": ids.len(), "user_ids": ids }]);
    assert_eq!(reacted["reactions"], one(&[&bob.id]));
    reacts(&ann, &id, 1, "👍").await.done();
    assert_eq!(update(&mut socket).await["reactions"], one(&[&bob.id, &ann.id]));
    for _ in 0..2 {
        unreacts(&bob, &id, 1, THUMB).await.done();
    }
    let left = update(&mut socket).await;
    assert_eq!((&left["reactions"], left["rev"].as_u64()), (&one(&[&ann.id]), Some(4)));
    assert_eq!(bob.history(&id).await, [left]);
}

#[tokio::test]
async fn what_is_not_one_emoji_is_no_reaction() {
    let Chat { bob, id, .. } = chat().await;
    for wrong in ["a", "1", "%F0%9F%91%8D%F0%9F%91%8D", "%3Cb%3E", "%E2%80%8D", "%20", "%2B1", ":tada:"] {
        reacts(&bob, &id, 1, wrong).await.invalid("emoji");
        unreacts(&bob, &id, 1, wrong).await.invalid("emoji");
    }
    for right in ["❤️", "👨‍👩‍👧", "👍🏽", "🇩🇪"] {
        reacts(&bob, &id, 1, right).await.done();
    }
    reacts(&bob, &id, 7, THUMB).await.problem(404, "not_found");
}

#[tokio::test]
async fn sockets_do_the_same() {
    let Chat { ann, bob, id } = chat().await;
    let (mut of_ann, mut of_bob) = (ann.connects().await, bob.connects().await);
    let on = |seq: u64| json!({ "conversation_id": id, "seq": seq });
    let with = |field: &str, value: Value| {
        let mut data = on(1);
        data[field] = value;
        data
    };
    assert_eq!(of_ann.ok("edit", with("content", text("uno"))).await, json!({ "rev": 2 }));
    assert_eq!(of_bob.ok("react", with("emoji", json!("👍"))).await, json!({ "rev": 3 }));
    assert_eq!(of_bob.ok("react", with("emoji", json!("👍"))).await, json!({ "rev": 3 }));
    assert_eq!(of_bob.ok("unreact", with("emoji", json!("👍"))).await, json!({ "rev": 4 }));
    of_bob.refused("edit", with("content", text("x")), 403, "not_sender").await;
    of_bob.refused("recall", on(1), 403, "not_sender").await;
    of_bob.refused("recall", on(2), 404, "not_found").await;
    of_bob.refused("react", with("emoji", json!("x")), 422, "validation_failed").await;
    of_bob.refused("react", on(1), 422, "validation_failed").await;
    of_ann.refused("edit", on(1), 422, "validation_failed").await;
    assert_eq!(of_ann.ok("recall", on(1)).await, json!({ "rev": 5 }));
    for rev in 2..=5 {
        let change = of_bob.next_change(&id).await;
        assert_eq!((&change["event"], &change["rev"]), (&json!("message_updated"), &json!(rev)));
    }
}

#[tokio::test]
async fn answers_and_mentions_stand_in_the_message_and_are_counted() {
    let Chat { ann, bob, id } = chat().await;
    let eve = Person::registers(Server::shared()).await;
    let post = async |reply_to: Value, mentions: Value| {
        let body = json!({
            "client_id": client_id(), "content": text("hi"), "reply_to": reply_to, "mentions": mentions
        });
        bob.http.post(&format!("/conversations/{id}/messages"), body).await
    };
    let sent = post(json!(1), json!([ann.id, ann.id])).await.is(201);
    assert_eq!((&sent["reply_to"], &sent["mentions"]), (&json!(1), &json!([ann.id])));
    post(Value::Null, Value::Null).await.is(201);
    let seen = ann.conversation(&id).await;
    assert_eq!((&seen["unread"], &seen["mentions"]), (&json!(2), &json!(1)));
    ann.reads(&id, 2).await;
    assert_eq!(ann.conversation(&id).await["mentions"], 0);
    for reply_to in [0, -1, 99] {
        post(json!(reply_to), Value::Null).await.invalid("reply_to");
    }
    post(Value::Null, json!([eve.id])).await.invalid("mentions");
    post(Value::Null, json!(["nobody"])).await.invalid("mentions");
    post(json!("1"), Value::Null).await.problem(400, "malformed_request");
    let many: Vec<String> = (0..51).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    post(Value::Null, json!(many)).await.invalid("mentions");
}

#[tokio::test]
async fn who_joined_later_hears_of_changes_before_that_as_nothing() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let group = ann.creates_group(json!({ "name": "Everybody" })).await;
    ann.sends(&group, "before").await;
    let mut early = bob.connects().await;
    bob.joins(&group).await.is(200);
    early.next_event("conversation_added").await;
    let mut late = bob.connects().await;
    edits(&ann, &group, 1, "changed").await.is(200);
    let after = ann.sends(&group, "after").await;
    for socket in [&mut early, &mut late] {
        let noop =
            socket.find(|frame| frame["conversation_id"] == group.as_str() && frame["event"] == "noop");
        let noop = noop.await;
        assert_eq!(
            (&noop["data"], noop["rev"].as_u64()),
            (&json!({}), Some(after["rev"].as_u64().unwrap() - 1))
        );
        assert_eq!(socket.next_event("message").await["data"]["message"]["content"]["text"], "after");
    }
    let mut of_ann = ann.connects().await;
    edits(&ann, &group, 1, "again").await.is(200);
    assert_eq!(update(&mut of_ann).await["content"]["text"], "again");
    for refused in [edits(&bob, &group, 1, "x").await, reacts(&bob, &group, 1, THUMB).await] {
        refused.problem(404, "not_found");
    }
}

#[tokio::test]
async fn one_sets_what_one_likes_for_oneself() {
    let Chat { ann, bob, id } = chat().await;
    let other = ann.befriends(&Person::registers(Server::shared()).await).await;
    ann.sends(&other, "newer").await;
    let mut elsewhere = ann.connects().await;
    let path = format!("/conversations/{id}");
    let changed = ann.http.patch(&path, json!({ "pinned": true })).await.is(200);
    assert_eq!((&changed["pinned"], &changed["muted"]), (&json!(true), &json!(false)));
    let told = elsewhere.next_event("settings").await;
    assert_eq!(told["data"], json!({ "conversation_id": id, "muted": false, "pinned": true }));
    assert!(told["user_rev"].is_u64());
    let listed = ann.http.list_by("/conversations", 1).await;
    assert_eq!(listed.iter().map(|one| one["id"].as_str().unwrap()).collect::<Vec<_>>(), [&id, &other]);
    let changed = ann.http.patch(&path, json!({ "pinned": false, "muted": true })).await.is(200);
    assert_eq!(changed, ann.conversation(&id).await);
    assert_eq!(ann.http.list("/conversations").await[0]["id"], other.as_str());
    assert_eq!(bob.conversation(&id).await["muted"], false);
    ann.http.patch(&path, json!({ "muted": "yes" })).await.problem(400, "malformed_request");
    let eve = Person::registers(Server::shared()).await;
    eve.http.patch(&path, json!({ "muted": true })).await.problem(404, "not_found");
}
