//! The promises that make it a chat.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::net::TcpSocket;

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
    let first = slow.greeting["conversations"][0]["rev"].as_u64().unwrap() + 1;
    let (mut sent, mut heard, mut resync) = (0, first, false);
    let words = "上".repeat(4000);
    let mut say_two_more = async || {
        for _ in 0..2 {
            let message = sender.sends(&group, &words).await;
            assert_eq!(message["rev"], first + sent);
            sender.take_waiting();
            assert_eq!(listener.next_change(&group).await["data"]["message"], message, "nobody waits");
            sent += 1;
        }
    };
    for _ in 0..500 {
        say_two_more().await;
        let Frame::Object(frame) = slow.next().await else { panic!("closed without a word") };
        if frame["event"] == "resync" {
            resync = true;
            break;
        }
        assert_eq!(frame["rev"], heard, "neither a hole nor a repeat before it is announced");
        heard += 1;
    }
    assert!(resync, "who hears half of what is said is told to sync");
    for _ in 0..250 {
        say_two_more().await; // and now hears nothing at all
    }
    assert_eq!(slow.closed().await, Some(4009));
}

#[tokio::test]
async fn who_does_not_read_at_all_is_closed_and_finds_everything_later() {
    let [ann, bob] = people().await;
    let conversation = ann.befriends(&bob).await;
    let mut deaf = connects_with_a_small_ear(&bob).await;
    let mut sender = ann.connects().await;
    let words = "上".repeat(4000);
    for _ in 0..500 {
        sender.sends(&conversation, &words).await;
        sender.take_waiting();
    }
    assert_eq!(deaf.closed().await, Some(4009));
    let revs = deaf.take_waiting().into_iter().filter_map(|frame| frame["rev"].as_u64()).collect::<Vec<_>>();
    assert!(revs.iter().zip(1..).all(|(rev, expected)| *rev == expected), "no hole before the end: {revs:?}");
    assert_eq!(bob.connects().await.greeting["conversations"][0]["unread"], 500);
    assert_eq!(bob.history(&conversation).await.len(), 500);
}

#[tokio::test]
async fn who_reads_late_but_in_time_hears_everything() {
    let [ann, bob] = people().await;
    let conversation = ann.befriends(&bob).await;
    let mut dreamer = connects_with_a_small_ear(&bob).await;
    let (mut sender, mut witness) = (ann.connects().await, bob.connects().await);
    let words = "上".repeat(4000);
    let mut last = 0;
    for round in 0..4 {
        for _ in 0..30 {
            last = sender.sends(&conversation, &words).await["rev"].as_u64().unwrap();
            sender.take_waiting();
            assert_eq!(witness.next_change(&conversation).await["rev"], last);
        }
        while dreamer.next_change(&conversation).await["rev"] != last {}
        dreamer.ok("ping", json!({ "round": round })).await;
    }
    assert_eq!(last, 120);
    dreamer.expects_nothing_more().await;
}
