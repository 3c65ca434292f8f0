//! Who is gone knows it within a second, and hears nothing more.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::person::{Person, client_id, text};
use super::server::Server;
use super::socket::{Frame, Socket};

async fn people<const N: usize>() -> [Person; N] {
    let mut people = Vec::new();
    for _ in 0..N {
        people.push(Person::registers(Server::shared()).await);
    }
    people.try_into().ok().unwrap()
}

/// The sockets of somebody who is gone know within this.
const AT_ONCE: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_kicked_member_knows_within_a_second_and_hears_nothing_more() {
    let [ann, bob, cem] = people().await;
    let group = ann.creates_group_with(&[&bob, &cem]).await;
    let (mut of_bob, mut of_cem) = ([bob.connects().await, bob.connects().await], cem.connects().await);
    ann.kicks(&group, &bob).await.done();
    let deadline = Instant::now() + AT_ONCE;
    for socket in &mut of_bob {
        let removed = loop {
            match socket.receive(deadline).await {
                Some(Frame::Object(frame)) if frame["event"] == "conversation_removed" => break frame,
                Some(Frame::Object(_)) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(removed["data"], json!({ "conversation_id": group, "reason": "kicked" }));
        assert!(removed["user_rev"].is_u64(), "{removed}");
    }
    let message = ann.sends(&group, "now that we are alone").await;
    while of_cem.next_change(&group).await["data"]["message"] != message {}
    for socket in &mut of_bob {
        let rest = socket.rest().await;
        assert!(rest.iter().all(|frame| frame["event"] == "member_removed"), "{rest:#?}");
        let data = json!({ "conversation_id": group, "client_id": client_id(), "content": text("hello?") });
        socket.refused("send", data, 404, "not_found").await;
        socket.refused("sync", json!({ "conversation_id": group, "after_rev": 0 }), 404, "not_found").await;
    }
}

#[tokio::test]
async fn who_leaves_hears_nothing_more_on_any_device() {
    let [ann, bob] = people().await;
    let group = ann.creates_group_with(&[&bob]).await;
    let mut sockets = [bob.connects().await, bob.connects().await];
    bob.leaves(&group).await.done();
    for socket in &mut sockets {
        let removed = socket.next_event("conversation_removed").await;
        assert_eq!(removed["data"], json!({ "conversation_id": group, "reason": "left" }));
    }
    ann.sends(&group, "gone").await;
    for socket in &mut sockets {
        let rest = socket.rest().await;
        assert!(rest.iter().all(|frame| frame["event"] == "member_removed"), "{rest:#?}");
    }
    bob.joins(&group).await.is(200);
    for socket in &mut sockets {
        socket.next_event("conversation_added").await;
    }
    let message = ann.sends(&group, "back").await;
    for socket in &mut sockets {
        assert_eq!(socket.next_change(&group).await["data"]["message"], message);
    }
}

#[tokio::test]
async fn an_unfriended_person_knows_within_a_second_and_can_still_read() {
    let [ann, bob] = people().await;
    let conversation = ann.befriends(&bob).await;
    let message = ann.sends(&conversation, "farewell").await;
    let (mut of_ann, mut of_bob) = (ann.connects().await, bob.connects().await);
    ann.unfriends(&bob).await;
    let deadline = Instant::now() + AT_ONCE;
    for (socket, other) in [(&mut of_ann, &bob), (&mut of_bob, &ann)] {
        let mut expected = vec![
            ("friend_removed", json!({ "user_id": other.id })),
            ("conversation_removed", json!({ "conversation_id": conversation, "reason": "unfriended" })),
        ];
        while !expected.is_empty() {
            let Some(Frame::Object(frame)) = socket.receive(deadline).await else { panic!("{expected:?}") };
            expected.retain(|(name, data)| frame["event"] != *name || frame["data"] != *data);
        }
        let data =
            json!({ "conversation_id": conversation, "client_id": client_id(), "content": text("wait") });
        socket.refused("send", data, 403, "not_friends").await;
        let all = json!({ "conversation_id": conversation, "after_rev": 0 });
        assert_eq!(socket.ok("sync", all).await["messages"], json!([message]));
    }
}

#[tokio::test]
async fn a_logged_out_persons_sockets_end_within_a_second_and_others_stay() {
    let [ann] = people().await;
    let elsewhere = ann.logs_in_again(Server::shared()).await;
    let mut ended = [ann.connects().await, ann.connects().await];
    let mut other = elsewhere.connects().await;
    let session = ended[0].greeting["session_id"].clone();
    ann.http.call("POST", "/auth/logout").await.done();
    for socket in &mut ended {
        assert_eq!(socket.closed_within(AT_ONCE).await, Some(4003));
    }
    assert_eq!(other.next_event("session_ended").await["data"], json!({ "session_id": session }));
    other.ok("ping", json!({})).await;
}

#[tokio::test]
async fn who_logs_out_before_their_socket_has_greeted_has_no_socket() {
    let [ann] = people().await;
    let mut silent = Socket::open(&ann.address, Some(&ann.token)).await;
    ann.http.call("POST", "/auth/logout").await.done();
    assert_eq!(silent.closed_within(AT_ONCE).await, Some(4003));
}

#[tokio::test]
async fn a_deleted_group_ends_with_its_last_event() {
    let [ann, bob] = people().await;
    let group = ann.creates_group_with(&[&bob]).await;
    let rev = bob.conversation(&group).await["rev"].as_u64().unwrap();
    let mut sockets = [ann.connects().await, bob.connects().await];
    ann.http.delete(&format!("/groups/{group}")).await.done();
    let data = json!({ "conversation_id": group, "reason": "deleted" });
    for socket in &mut sockets {
        let last = socket.next_change(&group).await;
        assert_eq!((&last["event"], &last["rev"]), (&json!("conversation_removed"), &json!(rev + 1)));
        assert_eq!(last["data"], data);
        let personal = socket.next_event("conversation_removed").await;
        assert_eq!((&personal["data"], personal["user_rev"].is_u64()), (&data, true));
        socket.expects_nothing_more().await;
    }
}
