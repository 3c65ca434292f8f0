//! `kill -9` under load, eight times over.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

use super::http::Answer;
use super::person::{Person, text};
use super::server::Server;
use super::socket::{Frame, PATIENCE, Socket};

const KILLS: usize = 8;
/// How many messages are acknowledged before each kill.
const BETWEEN_KILLS: usize = 40;

/// What the senders share.
#[derive(Default)]
struct Load {
    acknowledged: AtomicUsize,
    over: AtomicBool,
}

impl Load {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn count(&self) {
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

/// Sends one message after the other over HTTP, each again until it is acknowledged.
async fn sends_over_http(person: Person, conversation: String, load: Arc<Load>) -> Vec<Value> {
    let mut acknowledged = Vec::new();
    let mut http = person.http.anew();
    let path = format!("/conversations/{conversation}/messages");
    while !load.is_over() {
        let number = acknowledged.len();
        let body = json!({ "client_id": format!("http-{number}"), "content": text(&number.to_string()) });
        loop {
            match Answer::try_to(http.request("POST", &path).json(&body)).await {
                Ok(answer) if answer.status < 300 => break acknowledged.push(answer.json),
                Ok(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
                Err(_server_is_gone) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    http = http.anew();
                }
            }
        }
        load.count();
    }
    acknowledged
}

/// Sends over a socket, several at once, each again on the next socket until it is acknowledged.
async fn sends_over_a_socket(person: Person, conversation: String, load: Arc<Load>) -> Vec<Value> {
    const AT_ONCE: usize = 8;
    let mut acknowledged: Vec<Value> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut next = 0;
    while !(load.is_over() && open.is_empty()) {
        let Some(mut socket) = connects(&person).await else { continue };
        let mut unsent = open.clone();
        loop {
            while open.len() < AT_ONCE && !load.is_over() {
                open.push(next);
                unsent.push(next);
                next += 1;
            }
            let mut is_gone = false;
            for number in unsent.drain(..) {
                let data = json!({
                    "conversation_id": conversation, "client_id": format!("socket-{number}"),
                    "content": text(&number.to_string())
                });
                let frame = json!({ "op": "send", "id": number.to_string(), "data": data }).to_string();
                is_gone |= socket.try_raw(Message::text(frame)).await.is_err();
            }
            if is_gone || open.is_empty() {
                break;
            }
            match socket.receive(tokio::time::Instant::now() + PATIENCE).await {
                Some(Frame::Object(frame)) if frame["op"] == "reply" => {
                    assert_eq!(frame["ok"], true, "{frame}");
                    let number: usize = frame["id"].as_str().unwrap().parse().unwrap();
                    open.retain(|other| *other != number);
                    acknowledged.push(frame["data"].clone());
                    load.count();
                }
                Some(Frame::Object(_)) => {}
                Some(Frame::Closed(_)) => break,
                None => panic!("neither an answer nor an end"),
            }
        }
    }
    acknowledged
}

async fn connects(person: &Person) -> Option<Socket> {
    let opened = match TcpStream::connect(&person.address).await {
        Ok(tcp) => Socket::try_open_on(tcp, &person.address, Some(&person.token)).await.ok(),
        Err(_) => None,
    };
    if opened.is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    opened
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_loses_an_acknowledged_message_or_makes_one_twice() {
    let mut server = Server::with(&[]);
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(Person::registers(&server).await);
    }
    let direct = people[0].befriends(&people[1]).await;
    let group = people[0].creates_group_with(&[&people[1], &people[2], &people[3]]).await;
    let load = Arc::new(Load::default());
    let mut senders: HashMap<&str, Vec<JoinHandle<Vec<Value>>>> = HashMap::new();
    for (conversation, members) in [(&direct, &people[..2]), (&group, &people[..])] {
        let tasks = senders.entry(conversation).or_default();
        for person in members {
            let (person, conversation) = (person.clone(), conversation.clone());
            tasks.push(tokio::spawn(sends_over_http(
                person.clone(),
                conversation.clone(),
                Arc::clone(&load),
            )));
            tasks.push(tokio::spawn(sends_over_a_socket(person, conversation, Arc::clone(&load))));
        }
    }
    for kill in 0..KILLS {
        let enough = load.acknowledged.load(Ordering::Relaxed) + BETWEEN_KILLS + kill;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while load.acknowledged.load(Ordering::Relaxed) < enough {
            assert!(
                tokio::time::Instant::now() < deadline,
                "nothing goes on after kill {kill}\n{}",
                server.log()
            );
            tokio::task::yield_now().await;
        }
        server.kill();
        server.restart();
    }
    load.over.store(true, Ordering::Relaxed);
    for (conversation, tasks) in senders {
        let mut acknowledged = Vec::new();
        for task in tasks {
            acknowledged.extend(task.await.unwrap());
        }
        assert_is_whole(&people[0].anew(), conversation, &acknowledged).await;
    }
}

/// Everything acknowledged is there once, as it was acknowledged, and nothing is missing between.
async fn assert_is_whole(person: &Person, conversation: &str, acknowledged: &[Value]) {
    let history = person.history(conversation).await;
    for (message, seq) in history.iter().zip(1..) {
        assert_eq!(message["seq"], json!(seq), "a hole or a repeat");
    }
    let mut seen = HashMap::new();
    for message in history.iter().filter(|message| message["sender_id"].is_string()) {
        let name = (message["sender_id"].to_string(), message["client_id"].to_string());
        assert!(seen.insert(name, message).is_none(), "twice: {message}");
    }
    assert_eq!(seen.len(), acknowledged.len(), "every message was acknowledged in the end");
    for message in acknowledged {
        let name = (message["sender_id"].to_string(), message["client_id"].to_string());
        assert_eq!(seen.get(&name), Some(&message));
    }
    let revs: Vec<u64> = history.iter().map(|message| message["rev"].as_u64().unwrap()).collect();
    let head = person.conversation(conversation).await;
    assert_eq!(head["last_seq"], json!(history.len()));
    let first = history.iter().position(|message| message["sender_id"].is_string()).unwrap();
    for (rev, expected) in revs[first..].iter().zip(revs[first]..) {
        assert_eq!(*rev, expected, "nothing but messages was stored since the first one");
    }
    assert_eq!(head["rev"], json!(revs.last().unwrap()));
}
