//! The promises that make it a chat.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::time::Instant;

use super::person::{Person, client_id, text};
use super::server::Server;
use super::socket::{Frame, PATIENCE, Socket};

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
async fn a_message_to_somebody_offline_is_there_when_they_return() {
    let [ann, bob] = people().await;
    let conversation = ann.befriends(&bob).await;
    bob.connects().await.closes().await;
    let sent = [ann.sends(&conversation, "one").await, ann.sends(&conversation, "two").await];
    let mut socket = bob.connects().await;
    let head = socket.greeting["conversations"][0].clone();
    assert_eq!(
        (&head["id"], &head["last_seq"], &head["unread"]),
        (&json!(conversation), &json!(2), &json!(2))
    );
    let after = json!({ "conversation_id": conversation, "after_rev": 0 });
    assert_eq!(socket.ok("sync", after).await["messages"], json!(sent));
    assert_eq!(bob.history(&conversation).await, sent);
}

#[tokio::test]
async fn the_unread_count_is_right_on_every_device() {
    let [ann, bob] = people().await;
    let conversation = ann.befriends(&bob).await;
    let desk = bob.logs_in_again(Server::shared()).await;
    let (mut of_telephone, mut of_desk) = (bob.connects().await, desk.connects().await);
    let unread = async || {
        let greeting = desk.connects().await.greeting;
        let counts = [
            bob.conversation(&conversation).await["unread"].clone(),
            desk.http.list("/conversations").await[0]["unread"].clone(),
            greeting["conversations"][0]["unread"].clone(),
        ];
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
        counts[0].as_u64().unwrap()
    };
    for words in ["one", "two", "three"] {
        ann.sends(&conversation, words).await;
    }
    assert_eq!(unread().await, 3);
    of_telephone.ok("read", json!({ "conversation_id": conversation, "seq": 2 })).await;
    assert_eq!(of_desk.next_event("read").await["data"]["unread"], 1);
    assert_eq!(unread().await, 1);
    of_desk.sends(&conversation, "an answer").await;
    assert_eq!(unread().await, 0);
    ann.sends(&conversation, "four").await;
    assert_eq!(unread().await, 1);
    ann.unfriends(&bob).await;
    assert_eq!(unread().await, 1);
    ann.befriends(&bob).await;
    assert_eq!(unread().await, 1);
}

#[tokio::test]
async fn history_pages_both_ways_for_friends_and_groups() {
    let [ann, bob] = people().await;
    let friends = ann.befriends(&bob).await;
    let group = ann.creates_group_with(&[&bob]).await;
    for conversation in [friends, group] {
        for number in 0..120 {
            ann.sends(&conversation, &number.to_string()).await;
        }
        let last = bob.conversation(&conversation).await["last_seq"].as_u64().unwrap();
        let page = async |query: String| {
            bob.http.get(&format!("/conversations/{conversation}/messages?{query}")).await.is(200)
        };
        let seqs = |page: &Value| -> Vec<u64> {
            page["items"].as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()).collect()
        };
        let (mut down, mut up) = (Vec::new(), Vec::new());
        loop {
            let query =
                down.first().map_or("limit=50".to_owned(), |first| format!("limit=50&before={first}"));
            let part = page(query).await;
            down.splice(0..0, seqs(&part));
            if part["has_more"] == false {
                break;
            }
        }
        loop {
            let part = page(format!("limit=50&after={}", up.last().unwrap_or(&0))).await;
            up.extend(seqs(&part));
            if part["has_more"] == false {
                break;
            }
        }
        let all: Vec<u64> = (down[0]..=last).collect();
        assert_eq!((&down, &up), (&all, &all));
        assert!(down[0] == 1, "both were here from the first message on");
    }
}

#[tokio::test]
async fn a_kicked_member_knows_within_a_second_and_hears_nothing_more() {
    let [ann, bob, cem] = people().await;
    let group = ann.creates_group_with(&[&bob, &cem]).await;
    let (mut of_bob, mut of_cem) = ([bob.connects().await, bob.connects().await], cem.connects().await);
    ann.kicks(&group, &bob).await.is_done();
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
    bob.leaves(&group).await.is_done();
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
    ann.http.call("POST", "/auth/logout").await.is_done();
    for socket in &mut ended {
        assert_eq!(socket.closed_within(AT_ONCE).await, Some(4003));
    }
    assert_eq!(other.next_event("session_ended").await["data"], json!({ "session_id": session }));
    other.ok("ping", json!({})).await;
}

#[tokio::test]
async fn a_deleted_group_ends_with_its_last_event() {
    let [ann, bob] = people().await;
    let group = ann.creates_group_with(&[&bob]).await;
    let rev = bob.conversation(&group).await["rev"].as_u64().unwrap();
    let mut sockets = [ann.connects().await, bob.connects().await];
    ann.http.delete(&format!("/groups/{group}")).await.is_done();
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

#[tokio::test]
async fn with_many_senders_at_once_everybody_hears_everything_once_and_in_order() {
    const EACH: usize = 40;
    let people: [Person; 5] = people().await;
    let [ann, others @ ..] = &people;
    let group = ann.creates_group_with(&others.iter().collect::<Vec<_>>()).await;
    let known = ann.conversation(&group).await["rev"].as_u64().unwrap();
    let mut listeners = Vec::new();
    for person in &people {
        listeners.push(person.connects().await);
    }
    let over_http = people.iter().map(async |person| {
        let mut acknowledged = Vec::new();
        for number in 0..EACH {
            acknowledged.push(person.sends(&group, &format!("http {number}")).await);
        }
        acknowledged
    });
    let over_sockets = people.iter().map(async |person| {
        let mut socket = person.connects().await;
        let mut ids = Vec::new();
        for number in 0..EACH {
            let words = text(&format!("socket {number}"));
            let data = json!({ "conversation_id": group, "client_id": client_id(), "content": words });
            ids.push(socket.start("send", data).await);
        }
        let mut acknowledged = Vec::new();
        for id in ids {
            acknowledged.push(socket.reply(&id).await["data"].clone());
        }
        let order: Vec<u64> = acknowledged.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
        assert!(order.is_sorted(), "one connection's sends keep their order: {order:?}");
        acknowledged
    });
    let (one, other) = tokio::join!(join_all(over_http), join_all(over_sockets));
    let mut acknowledged: Vec<Value> = one.into_iter().chain(other).flatten().collect();
    acknowledged.sort_by_key(|message| message["seq"].as_u64());
    let history = ann.history(&group).await;
    assert_eq!(history[history.len() - acknowledged.len()..], acknowledged);
    for socket in &mut listeners {
        for (message, rev) in acknowledged.iter().zip(known + 1..) {
            let event = socket.next_change(&group).await;
            assert_eq!((&event["rev"], &event["data"]["message"]), (&json!(rev), message));
        }
        assert_eq!(socket.rest().await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn what_is_said_while_somebody_connects_is_neither_lost_nor_repeated() {
    let [ann, bob] = people().await;
    let conversation = ann.befriends(&bob).await;
    let sending = async {
        for number in 0..150 {
            ann.sends(&conversation, &number.to_string()).await;
        }
    };
    let connecting = async {
        let mut sockets = Vec::new();
        while sockets.len() < 30 {
            sockets.push(bob.connects().await);
        }
        sockets
    };
    let ((), sockets) = tokio::join!(sending, connecting);
    let last = bob.conversation(&conversation).await["rev"].as_u64().unwrap();
    for mut socket in sockets {
        let known = socket.greeting["conversations"][0]["rev"].as_u64().unwrap();
        for rev in known + 1..=last {
            assert_eq!(socket.next_change(&conversation).await["rev"], rev);
        }
    }
}

#[tokio::test]
async fn what_is_acknowledged_survives_the_power_failure_that_follows() {
    let mut server = Server::with(&[]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    for _ in 0..3 {
        let ann = ann.anew();
        let mut socket = ann.connects().await;
        let message = socket.sends(&conversation, "written down").await;
        server.kill();
        server.restart();
        assert_eq!(bob.anew().history(&conversation).await.last(), Some(&message));
        let over_http = ann.anew().sends(&conversation, "this too").await;
        server.kill();
        server.restart();
        assert_eq!(bob.anew().history(&conversation).await.last(), Some(&over_http));
    }
}

/// A socket whose owner can hold only a little before they read.
async fn connects_with_a_small_ear(person: &Person) -> Socket {
    let tcp = TcpSocket::new_v4().unwrap();
    tcp.set_recv_buffer_size(8 * 1024).unwrap();
    let tcp = tcp.connect(person.address.parse().unwrap()).await.unwrap();
    let mut socket = Socket::open_on(tcp, &person.address, Some(&person.token)).await;
    socket.greeting = socket.ok("hello", json!({})).await;
    socket
}

#[tokio::test]
async fn a_slow_reader_is_told_to_sync_then_closed_and_slows_nobody() {
    let [ann, bob, cem] = people().await;
    let group = ann.creates_group_with(&[&bob, &cem]).await;
    let mut slow = connects_with_a_small_ear(&bob).await;
    let (mut sender, mut listener) = (ann.connects().await, cem.connects().await);
    let known = slow.greeting["conversations"][0]["rev"].as_u64().unwrap();
    let words = "上".repeat(4000);
    for number in 0..600 {
        let message = sender.sends(&group, &words).await;
        assert_eq!(message["rev"], known + 1 + number);
        sender.take_waiting();
        assert_eq!(
            listener.next_change(&group).await["data"]["message"],
            message,
            "nobody waits for the slow"
        );
    }
    let (mut expected, mut resync) = (known + 1, false);
    let deadline = Instant::now() + PATIENCE;
    loop {
        match slow.receive(deadline).await {
            Some(Frame::Object(frame)) if frame["event"] == "message" => {
                let rev = frame["rev"].as_u64().unwrap();
                assert!(rev == expected || resync, "a hole that was not announced: {rev}, not {expected}");
                assert!(rev >= expected, "a repeat: {rev}");
                expected = rev + 1;
            }
            Some(Frame::Object(frame)) => resync |= frame["event"] == "resync",
            Some(Frame::Closed(code)) => {
                assert!(code == Some(4009) || code.is_none(), "{code:?}");
                break;
            }
            None => panic!("a reader that is too slow stays connected"),
        }
    }
    let seen: HashSet<u64> =
        bob.history(&group).await.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
    assert!(seen.len() >= 600);
}
