//! What is said at one node is heard at all others, in order, once.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Nodes;
use crate::e2e::person::Person;
use crate::e2e::socket::Socket;

/// How much everybody says.
const EACH: usize = 40;

/// Reads the changes of the conversation up to this revision: each in its turn, none twice.
async fn hears_all(mut socket: Socket, conversation: String, from: u64, to: u64) -> Vec<Value> {
    let mut heard = Vec::new();
    for rev in from + 1..=to {
        let change = socket.next_change(&conversation).await;
        assert_eq!(change["rev"], rev, "{change}");
        heard.push(change);
    }
    socket.expects_nothing_more().await;
    heard
}

#[tokio::test]
async fn all_that_many_say_at_once_is_heard_everywhere_in_one_order() {
    let nodes = Nodes::start(3);
    let first = &nodes.0[0];
    let (ann, bob, cem) =
        (Person::registers(first).await, Person::registers(first).await, Person::registers(first).await);
    let group = ann.creates_group_with(&[&bob, &cem]).await;
    let people = [ann, bob, cem];
    let mut sockets = Vec::new();
    for person in &people {
        for node in &nodes.0 {
            sockets.push(person.at(node).connects().await);
        }
    }
    let before = people[0].conversation(&group).await["rev"].as_u64().unwrap();
    let after = before + u64::try_from(EACH * people.len() * nodes.0.len()).unwrap();
    let mut hearing = JoinSet::new();
    for socket in sockets {
        hearing.spawn(hears_all(socket, group.clone(), before, after));
    }
    let mut talking = JoinSet::new();
    for (person, node) in people.iter().flat_map(|person| nodes.0.iter().map(move |node| (person, node))) {
        let (person, group) = (person.at(node), group.clone());
        talking.spawn(async move {
            for number in 0..EACH {
                person.sends(&group, &number.to_string()).await;
            }
        });
    }
    talking.join_all().await;
    let heard = hearing.join_all().await;
    assert_eq!(heard.len(), 9);
    let streams: Vec<Vec<&Value>> =
        heard.iter().map(|stream| stream.iter().map(|change| &change["data"]["message"]).collect()).collect();
    assert!(streams.iter().all(|stream| *stream == streams[0]));
    let history = people[0].history(&group).await;
    assert_eq!(history[history.len() - streams[0].len()..].iter().collect::<Vec<_>>(), streams[0]);
}

#[tokio::test]
async fn the_same_message_sent_at_two_nodes_is_one() {
    let nodes = Nodes::start(2);
    let (ann, bob, conversation) = nodes.friends().await;
    let mut of_bob = bob.connects().await;
    let there = ann.at(&nodes.0[1]);
    for number in 0..20 {
        let name = format!("message-{number}");
        let (here, there) =
            tokio::join!(ann.posts(&conversation, &name, "once"), there.posts(&conversation, &name, "once"));
        let mut statuses = [here.status, there.status];
        statuses.sort_unstable();
        assert_eq!((statuses, &here.json), ([200, 201], &there.json));
        assert_eq!(of_bob.next_change(&conversation).await["data"]["message"], here.json);
    }
    of_bob.expects_nothing_more().await;
}

#[tokio::test]
async fn what_is_new_at_one_node_is_known_at_the_others() {
    let nodes = Nodes::start(2);
    let (ann, bob) = (Person::registers(&nodes.0[0]).await, Person::registers(&nodes.0[0]).await);
    let bob = bob.at(&nodes.0[1]);
    let (mut of_ann, mut of_bob) = (ann.connects().await, bob.connects().await);
    let conversation = ann.befriends(&bob).await;
    for socket in [&mut of_ann, &mut of_bob] {
        let added = socket.next_event("conversation_added").await;
        assert_eq!(added["data"]["conversation"]["id"], conversation);
    }
    // Neither was told of the conversation when they said hello.
    let message = ann.sends(&conversation, "hello over there").await;
    assert_eq!(of_bob.next_change(&conversation).await["data"]["message"], message);
    let answer = of_bob.sends(&conversation, "hello back").await;
    assert_eq!(of_ann.find(|frame| frame["data"]["message"] == answer).await["event"], "message");
    // What is cached here and changed there is read anew.
    assert_eq!(bob.http.get(&format!("/users/{}", ann.id)).await.is(200)["name"], ann.name);
    ann.http.patch("/me", json!({ "name": "Ann of the other node" })).await.is(200);
    assert_eq!(bob.http.get(&format!("/users/{}", ann.id)).await.is(200)["name"], "Ann of the other node");
}

#[tokio::test]
async fn who_is_typing_present_or_has_read_is_seen_at_the_other_node() {
    let nodes = Nodes::start(2);
    let (ann, bob, conversation) = nodes.friends().await;
    let mut of_bob = bob.connects().await;
    let mut of_ann = ann.connects().await;
    assert_eq!(of_bob.next_event("presence").await["data"]["user_id"], ann.id);
    of_ann.ok("typing", json!({ "conversation_id": conversation })).await;
    assert_eq!(of_bob.next_event("typing").await["data"]["user_id"], ann.id);
    let message = ann.sends(&conversation, "read me").await;
    bob.reads(&conversation, message["seq"].as_u64().unwrap()).await;
    let receipt = of_ann.next_event("receipt").await;
    assert_eq!(
        (&receipt["data"]["user_id"], &receipt["data"]["read_seq"]),
        (&json!(bob.id), &message["seq"])
    );
}

#[tokio::test]
async fn unread_counts_are_the_same_everywhere() {
    let nodes = Nodes::start(2);
    let (ann, bob, conversation) = nodes.friends().await;
    let mut counts = HashMap::new();
    for number in 1..=5 {
        ann.sends(&conversation, &number.to_string()).await;
        for node in &nodes.0 {
            counts.insert(node.url.clone(), bob.at(node).conversation(&conversation).await["unread"].clone());
        }
        assert!(counts.values().all(|unread| *unread == number), "{counts:?}");
    }
}
