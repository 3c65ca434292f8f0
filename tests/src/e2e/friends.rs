//! Friend requests and friendships.

use serde_json::{Value, json};

use super::http::Answer;
use super::person::Person;
use super::server::Server;

async fn two() -> (Person, Person) {
    let server = Server::shared();
    (Person::registers(server).await, Person::registers(server).await)
}

async fn answers(person: &Person, request: &Value, how: &str) -> Answer {
    let path = format!("/friend-requests/{}", request["id"].as_str().unwrap());
    match how {
        "cancel" => person.http.delete(&path).await,
        how => person.http.call("POST", &format!("{path}/{how}")).await,
    }
}

async fn pending(person: &Person, direction: &str) -> Vec<Value> {
    person.http.list(&format!("/friend-requests?direction={direction}")).await
}

#[tokio::test]
async fn who_asks_and_is_accepted_has_a_friend_and_a_conversation() {
    let (ann, bob) = two().await;
    let body = json!({ "user_id": bob.id, "note": "From the choir." });
    let request = ann.http.post("/friend-requests", body).await.is(201);
    assert_eq!((&request["status"], &request["note"]), (&json!("pending"), &json!("From the choir.")));
    assert_eq!((&request["from"]["id"], &request["to"]["id"]), (&json!(ann.id), &json!(bob.id)));
    assert_eq!(pending(&bob, "incoming").await, std::slice::from_ref(&request));
    assert_eq!(pending(&ann, "outgoing").await, std::slice::from_ref(&request));
    assert_eq!((pending(&ann, "incoming").await, pending(&bob, "outgoing").await), (vec![], vec![]));
    let friend = answers(&bob, &request, "accept").await.is(200);
    assert_eq!((&friend["user"]["id"], &friend["user"]["name"]), (&json!(ann.id), &json!(ann.name)));
    assert_eq!((&friend["remark"], &friend["online"]), (&Value::Null, &json!(false)));
    assert_eq!((pending(&bob, "incoming").await, pending(&ann, "outgoing").await), (vec![], vec![]));
    for (one, other) in [(&ann, &bob), (&bob, &ann)] {
        let friends = one.http.list("/friends").await;
        assert_eq!(friends.len(), 1);
        assert_eq!(friends[0]["user"]["id"], other.id);
        assert_eq!(friends[0]["conversation_id"], friend["conversation_id"]);
        let conversation = one.conversation(friend["conversation_id"].as_str().unwrap()).await;
        assert_eq!((&conversation["kind"], &conversation["title"]), (&json!("direct"), &json!(other.name)));
        assert_eq!((&conversation["peer"]["id"], &conversation["group"]), (&json!(other.id), &Value::Null));
    }
}

#[tokio::test]
async fn one_can_ask_by_address() {
    let (ann, bob) = two().await;
    let request =
        ann.http.post("/friend-requests", json!({ "email": bob.email.to_uppercase() })).await.is(201);
    assert_eq!((&request["to"]["id"], &request["note"]), (&json!(bob.id), &json!("")));
    let nobody = json!({ "email": "nobody-here@example.com" });
    ann.http.post("/friend-requests", nobody).await.problem(404, "not_found");
}

#[tokio::test]
async fn asking_again_while_it_is_pending_is_the_same_request() {
    let (ann, bob) = two().await;
    let request = ann.asks(&bob).await;
    let again =
        ann.http.post("/friend-requests", json!({ "user_id": bob.id, "note": "Please" })).await.is(200);
    assert_eq!(again, request);
}

#[tokio::test]
async fn who_asks_back_becomes_a_friend_at_once() {
    let (ann, bob) = two().await;
    let first = ann.asks(&bob).await;
    let back = bob.asks(&ann).await;
    assert_eq!(back["status"], "accepted");
    assert_eq!(ann.http.list("/friends").await.len(), 1);
    assert_eq!((pending(&bob, "incoming").await, pending(&bob, "outgoing").await), (vec![], vec![]));
    answers(&bob, &first, "accept").await.problem(409, "not_pending");
}

#[tokio::test]
async fn one_cannot_ask_oneself_a_friend_or_with_a_long_note() {
    let (ann, bob) = two().await;
    let ask = |body: Value| ann.http.post("/friend-requests", body);
    ask(json!({ "user_id": ann.id })).await.invalid("user_id");
    ask(json!({ "email": ann.email })).await.invalid("email");
    ask(json!({ "user_id": bob.id, "note": "n".repeat(201) })).await.invalid("note");
    ask(json!({})).await.problem(422, "validation_failed");
    ann.befriends(&bob).await;
    ask(json!({ "user_id": bob.id })).await.problem(409, "already_friends");
}

#[tokio::test]
async fn a_request_is_answered_by_the_side_concerned_alone() {
    let (ann, bob) = two().await;
    let cem = Person::registers(Server::shared()).await;
    let request = ann.asks(&bob).await;
    for (who, how) in [
        (&ann, "accept"),
        (&ann, "decline"),
        (&bob, "cancel"),
        (&cem, "accept"),
        (&cem, "decline"),
        (&cem, "cancel"),
    ] {
        answers(who, &request, how).await.problem(404, "not_found");
    }
    assert_eq!(answers(&bob, &request, "decline").await.is(200)["status"], "declined");
    for (who, how) in [(&bob, "accept"), (&bob, "decline"), (&ann, "cancel")] {
        answers(who, &request, how).await.problem(409, "not_pending");
    }
    assert_eq!(ann.http.list("/friends").await, Vec::<Value>::new());
    let second = ann.asks(&bob).await;
    assert_ne!(second["id"], request["id"]);
    answers(&ann, &second, "cancel").await.done();
    answers(&bob, &second, "accept").await.problem(409, "not_pending");
    assert_eq!(pending(&bob, "incoming").await, Vec::<Value>::new());
}

#[tokio::test]
async fn both_sides_hear_of_every_step_of_a_request() {
    let (ann, bob) = two().await;
    let (mut of_ann, mut of_bob) = (ann.connects().await, bob.connects().await);
    for (how, status) in [("decline", "declined"), ("cancel", "cancelled"), ("accept", "accepted")] {
        let request = ann.asks(&bob).await;
        answers(if how == "cancel" { &ann } else { &bob }, &request, how).await;
        for socket in [&mut of_ann, &mut of_bob] {
            for status in ["pending", status] {
                let heard = socket.next_event("friend_request").await;
                assert_eq!(heard["data"]["request"]["id"], request["id"]);
                assert_eq!(heard["data"]["request"]["status"], status);
            }
        }
    }
    for (socket, other) in [(&mut of_ann, &bob), (&mut of_bob, &ann)] {
        let friend = socket.next_event("friend").await["data"]["friend"].clone();
        assert_eq!((&friend["user"]["id"], &friend["online"]), (&json!(other.id), &json!(true)));
        let added = socket.next_event("conversation_added").await["data"]["conversation"].clone();
        assert_eq!((&added["id"], &added["kind"]), (&friend["conversation_id"], &json!("direct")));
        socket.expects_nothing_more().await;
    }
}

#[tokio::test]
async fn after_the_end_of_a_friendship_history_is_readable_and_sending_is_refused() {
    let (ann, bob) = two().await;
    let conversation = ann.befriends(&bob).await;
    ann.sends(&conversation, "one").await;
    bob.sends(&conversation, "two").await;
    ann.unfriends(&bob).await;
    ann.http.delete(&format!("/friends/{}", bob.id)).await.problem(404, "not_found");
    for person in [&ann, &bob] {
        assert_eq!(person.http.list("/friends").await, Vec::<Value>::new());
        person.tries_to_send(&conversation, "three").await.problem(403, "not_friends");
        assert_eq!(person.texts(&conversation).await, ["one", "two"]);
        let listed = person.http.list("/conversations").await;
        assert!(listed.iter().any(|one| one["id"] == conversation));
    }
}

#[tokio::test]
async fn friends_again_have_their_old_conversation_back() {
    let (ann, bob) = two().await;
    let conversation = ann.befriends(&bob).await;
    ann.sends(&conversation, "one").await;
    bob.unfriends(&ann).await;
    assert_eq!(bob.befriends(&ann).await, conversation);
    bob.sends(&conversation, "two").await;
    assert_eq!(ann.texts(&conversation).await, ["one", "two"]);
}

#[tokio::test]
async fn friends_see_who_is_there_and_others_do_not() {
    let (ann, bob) = two().await;
    let cem = Person::registers(Server::shared()).await;
    ann.befriends(&bob).await;
    let (mut of_ann, mut of_cem) = (ann.connects().await, cem.connects().await);
    let of_bob = bob.connects().await;
    let heard = of_ann.next_event("presence").await;
    assert_eq!((&heard["data"]["user_id"], &heard["data"]["online"]), (&json!(bob.id), &json!(true)));
    assert!(heard.get("rev").is_none() && heard.get("user_rev").is_none(), "{heard}");
    assert_eq!(ann.http.list("/friends").await[0]["online"], true);
    of_bob.closes().await;
    let heard = of_ann.next_event("presence").await;
    assert_eq!((&heard["data"]["user_id"], &heard["data"]["online"]), (&json!(bob.id), &json!(false)));
    let friend = ann.http.list("/friends").await[0].clone();
    assert_eq!((&friend["online"], friend["last_seen_at"].is_string()), (&json!(false), true));
    of_cem.ok("ping", json!({})).await;
    assert_eq!(of_cem.take_waiting(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_remark_is_for_oneself_alone() {
    let (ann, bob) = two().await;
    let path = format!("/friends/{}", bob.id);
    ann.http.patch(&path, json!({ "remark": "x" })).await.problem(404, "not_found");
    ann.befriends(&bob).await;
    let (mut hers, mut his) = (ann.connects().await, bob.connects().await);
    let noted = ann.http.patch(&path, json!({ "remark": " Bob from the choir " })).await.is(200);
    assert_eq!((&noted["remark"], &noted["online"]), (&json!("Bob from the choir"), &json!(true)));
    let event = hers.next_event("friend").await;
    assert_eq!(event["data"]["friend"], noted, "on all their connections");
    assert_eq!(ann.http.list("/friends").await, [noted]);
    assert_eq!(bob.http.list("/friends").await[0]["remark"], Value::Null);
    his.expects_nothing_more().await;
    for nothing in [Value::Null, json!(""), json!("  ")] {
        ann.http.patch(&path, json!({ "remark": "x" })).await.is(200);
        let noted = ann.http.patch(&path, json!({ "remark": nothing })).await.is(200);
        assert_eq!(noted["remark"], Value::Null);
    }
    assert_eq!(ann.http.patch(&path, json!({})).await.is(200)["remark"], Value::Null);
    ann.http.patch(&path, json!({ "remark": "a".repeat(65) })).await.invalid("remark");
    ann.http.patch(&path, json!({ "remark": 7 })).await.problem(400, "malformed_request");
    ann.http.patch(&format!("/friends/{}", ann.id), json!({ "remark": "x" })).await.problem(404, "not_found");
}
