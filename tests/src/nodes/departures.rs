//! Who is gone knows it on every node within a second, and hears nothing more.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::Nodes;
use crate::e2e::person::{PASSWORD, Person, client_id, text};
use crate::e2e::server::Server;
use crate::e2e::socket::{Frame, Socket};

/// The sockets of somebody who is gone know within this.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A socket of the same person at each node.
async fn sockets(nodes: &Nodes, person: &Person) -> Vec<Socket> {
    let mut sockets = Vec::new();
    for node in &nodes.0 {
        sockets.push(person.at(node).connects().await);
    }
    sockets
}

/// All these sockets are told so at once.
async fn are_told(sockets: &mut [Socket], name: &str, data: &Value) {
    let deadline = Instant::now() + AT_ONCE;
    for socket in sockets {
        loop {
            match socket.receive(deadline).await {
                Some(Frame::Object(frame)) if frame["event"] == name && frame["data"] == *data => break,
                Some(Frame::Object(_)) => {}
                other => panic!("{name} does not come: {other:?}"),
            }
        }
    }
}

/// None of these sockets hears what is said there, nor can say anything.
async fn are_out(sockets: &mut [Socket], conversation: &str, status: u16, code: &str) {
    for socket in sockets {
        let rest = socket.rest().await;
        assert!(rest.iter().all(|frame| frame["event"] != "message"), "{rest:#?}");
        let data = json!({ "conversation_id": conversation, "client_id": client_id(), "content": text("?") });
        socket.refused("send", data, status, code).await;
    }
}

/// The person's token is worth nothing at this node, at once.
async fn is_refused(person: &Person, node: &Server) {
    let refused = async {
        while person.at(node).http.get("/me").await.status == 200 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(AT_ONCE, refused).await.expect("the token is worth nothing");
    person.at(node).http.get("/me").await.problem(401, "unauthenticated");
}

/// A group of two with a socket of the second at each node.
async fn group(nodes: &Nodes) -> (Person, Person, String, Vec<Socket>) {
    let (ann, bob) = (Person::registers(&nodes.0[0]).await, Person::registers(&nodes.0[0]).await);
    let group = ann.creates_group_with(&[&bob]).await;
    let of_bob = sockets(nodes, &bob).await;
    (ann, bob, group, of_bob)
}

#[tokio::test]
async fn who_is_kicked_is_out_everywhere() {
    let nodes = Nodes::start(2);
    let (ann, bob, group, mut of_bob) = group(&nodes).await;
    ann.kicks(&group, &bob).await.done();
    are_told(&mut of_bob, "conversation_removed", &json!({ "conversation_id": group, "reason": "kicked" }))
        .await;
    ann.sends(&group, "now that we are alone").await;
    are_out(&mut of_bob, &group, 404, "not_found").await;
    bob.at(&nodes.0[1]).http.get(&format!("/conversations/{group}")).await.problem(404, "not_found");
}

#[tokio::test]
async fn who_leaves_is_out_everywhere() {
    let nodes = Nodes::start(2);
    let (ann, bob, group, mut of_bob) = group(&nodes).await;
    bob.leaves(&group).await.done();
    are_told(&mut of_bob, "conversation_removed", &json!({ "conversation_id": group, "reason": "left" }))
        .await;
    ann.sends(&group, "gone").await;
    are_out(&mut of_bob, &group, 404, "not_found").await;
}

#[tokio::test]
async fn a_deleted_group_is_gone_everywhere() {
    let nodes = Nodes::start(2);
    let (ann, _, group, mut of_bob) = group(&nodes).await;
    ann.http.delete(&format!("/groups/{group}")).await.done();
    let removed = json!({ "conversation_id": group, "reason": "deleted" });
    are_told(&mut of_bob, "conversation_removed", &removed).await;
    are_out(&mut of_bob, &group, 404, "not_found").await;
}

#[tokio::test]
async fn a_friendship_that_ends_ends_everywhere() {
    let nodes = Nodes::start(2);
    let (ann, bob, conversation) = nodes.friends().await;
    let mut of_bob = sockets(&nodes, &bob).await;
    ann.unfriends(&bob).await;
    are_told(&mut of_bob, "friend_removed", &json!({ "user_id": ann.id })).await;
    are_out(&mut of_bob, &conversation, 403, "not_friends").await;
}

#[tokio::test]
async fn who_logs_out_is_out_everywhere_and_their_token_is_worth_nothing() {
    let nodes = Nodes::start(2);
    let ann = Person::registers(&nodes.0[0]).await;
    for node in &nodes.0 {
        ann.at(node).http.get("/me").await.is(200); // each node knows the session by now
    }
    let mut of_ann = sockets(&nodes, &ann).await;
    ann.http.call("POST", "/auth/logout").await.done();
    for socket in &mut of_ann {
        assert_eq!(socket.closed_within(AT_ONCE).await, Some(4003));
    }
    for node in &nodes.0 {
        is_refused(&ann, node).await;
    }
}

#[tokio::test]
async fn who_is_suspended_is_out_everywhere_and_their_token_is_worth_nothing() {
    let nodes = Nodes::start(2);
    let ann = Person::registers(&nodes.0[0]).await;
    let mut of_ann = sockets(&nodes, &ann).await;
    let suspended = nodes.0[0].admin(&["users", "suspend", &ann.email]);
    assert!(suspended.status.success(), "{suspended:?}");
    for socket in &mut of_ann {
        assert_eq!(socket.closed_within(AT_ONCE).await, Some(4003));
    }
    for node in &nodes.0 {
        is_refused(&ann, node).await;
    }
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_everywhere() {
    let nodes = Nodes::start(2);
    let ann = Person::registers(&nodes.0[0]).await;
    let elsewhere = ann.logs_in_again(&nodes.0[1]).await;
    let mut others = sockets(&nodes, &elsewhere).await;
    let mut own = sockets(&nodes, &ann).await;
    let body = json!({ "current_password": PASSWORD, "new_password": "quite another one" });
    ann.http.put("/me/password", body).await.done();
    for socket in &mut others {
        assert_eq!(socket.closed_within(AT_ONCE).await, Some(4003));
    }
    for node in &nodes.0 {
        is_refused(&elsewhere, node).await;
    }
    for socket in &mut own {
        socket.ok("ping", json!({})).await;
    }
}
