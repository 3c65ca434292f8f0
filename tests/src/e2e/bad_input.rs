//! What nobody should send, and what becomes of it: a problem or a close code, never a defect.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as RawFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::http::{Answer, Http};
use super::person::{PASSWORD, Person, client_id, mailed_code, new_email, text};
use super::server::Server;
use super::socket::{Frame, Socket};

async fn silent() -> Socket {
    Socket::open(Server::shared().address(), None).await
}

#[tokio::test]
async fn a_frame_before_hello_is_not_authenticated() {
    let mut socket = silent().await;
    socket.refused("send", json!({ "conversation_id": "7" }), 401, "unauthenticated").await;
    assert_eq!(socket.closed().await, Some(4001));
    let mut socket = silent().await;
    socket.raw(Message::text(r#"{"op":"ping"}"#)).await;
    assert_eq!(socket.next().await, Frame::Closed(Some(4001)));
}

#[tokio::test]
async fn a_hello_without_a_good_token_is_not_authenticated() {
    let ann = Person::registers(Server::shared()).await;
    let elsewhere = ann.logs_in_again(Server::shared()).await;
    elsewhere.http.call("POST", "/auth/logout").await.done();
    for hello in [
        json!({}),
        json!({ "access_token": null }),
        json!({ "access_token": "nonsense" }),
        json!({ "access_token": format!("{}x", ann.token) }),
        json!({ "access_token": ann.refresh_token }),
        json!({ "access_token": elsewhere.token }),
    ] {
        let mut socket = silent().await;
        socket.refused("hello", hello, 401, "unauthenticated").await;
        assert_eq!(socket.closed().await, Some(4001));
    }
}

#[tokio::test]
async fn a_socket_that_says_nothing_is_not_authenticated() {
    let mut socket = silent().await;
    assert_eq!(socket.next().await, Frame::Closed(Some(4001)));
}

#[tokio::test]
async fn a_bad_token_in_the_request_is_refused_there() {
    let stranger = Http::stranger(Server::shared());
    for token in ["nonsense", "a.b.c"] {
        let answer = stranger.with_token(token).call("GET", "/ws").await;
        answer.problem(401, "unauthenticated");
    }
    let ann = Person::registers(Server::shared()).await;
    let in_url = Http::stranger(Server::shared()).get(&format!("/ws?access_token={}", ann.token)).await;
    assert!((400..500).contains(&in_url.status), "{in_url:?}");
}

#[tokio::test]
async fn a_request_that_is_no_handshake_is_a_malformed_request() {
    let ann = Person::registers(Server::shared()).await;
    ann.http.get("/ws").await.problem(400, "malformed_request");
}

#[tokio::test]
async fn a_page_of_a_foreign_origin_may_not_connect() {
    let server = Server::shared();
    let ann = Person::registers(server).await;
    let connects = |origin: String| {
        let request = ann.http.request("GET", "/ws").header("origin", origin);
        let request = request.header("connection", "upgrade").header("upgrade", "websocket");
        let request = request.header("sec-websocket-protocol", "chatchat.v1.json");
        request.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    let lookalike = format!("{}.evil.example", server.url);
    for origin in ["https://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:1", &lookalike] {
        let answer = Answer::to(connects(origin.to_owned())).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    assert_eq!(connects(server.url.clone()).send().await.unwrap().status(), 101);
}

#[tokio::test]
async fn what_is_no_frame_of_the_protocol_is_a_protocol_error() {
    let ann = Person::registers(Server::shared()).await;
    let deep = "[".repeat(60_000);
    for frame in ["", "hello", "7", "null", "[]", "{}", r#"{"op":7}"#, r#"{"op":"ping""#, &deep] {
        let mut socket = ann.connects().await;
        socket.raw(Message::text(frame)).await;
        assert_eq!(socket.closed().await, Some(4002), "{frame:.40}");
    }
    let mut socket = ann.connects().await;
    socket.raw(Message::binary(br#"{"op":"ping","id":"1"}"#.to_vec())).await;
    assert_eq!(socket.closed().await, Some(4002));
    let mut socket = silent().await;
    socket.raw(Message::binary(vec![0; 100])).await;
    assert_eq!(socket.closed().await, Some(4002));
}

#[tokio::test]
async fn a_frame_over_64_kib_is_too_big() {
    let ann = Person::registers(Server::shared()).await;
    let frame = |size: usize| {
        let empty = r#"{"op":"ping","id":"1","data":{"x":""}}"#.len();
        Message::text(format!(r#"{{"op":"ping","id":"1","data":{{"x":"{}"}}}}"#, "x".repeat(size - empty)))
    };
    let mut socket = ann.connects().await;
    socket.raw(frame(64 * 1024)).await;
    assert_eq!(socket.reply("1").await["ok"], true);
    let _closed_while_sending = socket.try_raw(frame(64 * 1024 + 1)).await;
    assert_eq!(socket.closed().await, Some(1009));
}

#[tokio::test]
async fn a_message_in_many_parts_may_not_be_larger_either() {
    let ann = Person::registers(Server::shared()).await;
    let part = |code, last| Message::Frame(RawFrame::message(vec![b' '; 20_000], OpCode::Data(code), last));
    let mut socket = ann.connects().await;
    let _ = socket.try_raw(part(Data::Text, false)).await;
    for _ in 0..5 {
        let _closed_while_sending = socket.try_raw(part(Data::Continue, false)).await;
    }
    assert_eq!(socket.closed().await, Some(1009));
}

#[tokio::test]
async fn a_frame_that_is_no_text_ends_its_socket_alone() {
    let ann = Person::registers(Server::shared()).await;
    let (mut good, mut bad) = (ann.connects().await, ann.connects().await);
    bad.raw(Message::Frame(RawFrame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true))).await;
    let code = bad.closed().await;
    assert!(matches!(code, Some(4002 | 1007)), "{code:?}");
    good.ok("ping", json!({})).await;
}

#[tokio::test]
async fn a_code_is_dead_after_five_wrong_tries() {
    let (stranger, email) = (Http::stranger(Server::shared()), new_email());
    let code = mailed_code(&stranger, &email, "register").await;
    let register = |code: String| {
        stranger.post("/auth/register", json!({ "email": email, "code": code, "password": PASSWORD }))
    };
    let number: u32 = code.parse().unwrap();
    for guess in 1..=5 {
        register(format!("{:06}", (number + guess) % 1_000_000)).await.problem(422, "invalid_code");
    }
    register(code).await.problem(422, "invalid_code");
    let fresh = mailed_code(&stranger, &email, "register").await;
    register(fresh).await.is(201);
}

#[tokio::test]
async fn four_wrong_tries_leave_a_code_alive() {
    let (stranger, email) = (Http::stranger(Server::shared()), new_email());
    let code = mailed_code(&stranger, &email, "register").await;
    for guess in ["", "abc", "1234567", "０００００１"] {
        let body = json!({ "email": email, "code": guess, "password": PASSWORD });
        stranger.post("/auth/register", body).await.problem(422, "invalid_code");
    }
    stranger
        .post("/auth/register", json!({ "email": email, "code": code, "password": PASSWORD }))
        .await
        .is(201);
}

#[tokio::test]
async fn bytes_that_are_no_http_harm_nobody() {
    let server = Server::shared();
    let long_header = format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(1 << 20));
    for bytes in [
        "\r\n\r\n",
        "GET\r\n\r\n",
        "\u{0}\u{1}\u{2}\r\n\r\n",
        &long_header,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut tcp = TcpStream::connect(server.address()).await.unwrap();
        let _refused_while_sending = tcp.write_all(bytes.as_bytes()).await;
        let mut answer = Vec::new();
        let reading = tokio::time::timeout(Duration::from_secs(1), tcp.read_to_end(&mut answer));
        let _ended_or_waits_for_more = reading.await;
        let answer = String::from_utf8_lossy(&answer).to_lowercase();
        assert!(!answer.contains("html") && !answer.contains("panicked"), "{answer}");
    }
    Http::stranger(server).get("//healthz").await.is(200);
}

#[tokio::test]
async fn no_input_reaches_a_defect() {
    let server = Server::with(&[]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let group = ann.creates_group_with(&[&bob]).await;
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("\0"),
        json!("x".repeat(5000)),
        json!("👩‍👩‍👧‍👦"),
        json!([]),
        json!({}),
        json!([[["deep"]]]),
    ];
    let mut calls = Vec::new();
    for value in &values {
        let send = |field: &str| {
            let mut body = json!({ "client_id": client_id(), "content": text("hi") });
            body[field] = value.clone();
            body
        };
        calls.extend([
            ("POST", "/auth/email-codes".to_owned(), json!({ "email": value, "purpose": "register" })),
            (
                "POST",
                "/auth/register".to_owned(),
                json!({ "email": value, "code": value, "password": value }),
            ),
            (
                "POST",
                "/auth/login".to_owned(),
                json!({ "email": ann.email, "password": value, "device": value }),
            ),
            ("POST", "/auth/refresh".to_owned(), json!({ "refresh_token": value })),
            ("PATCH", "/me".to_owned(), json!({ "name": value, "bio": value })),
            ("POST", "/friend-requests".to_owned(), json!({ "user_id": value, "note": value })),
            ("POST", "/groups".to_owned(), json!({ "name": value, "member_ids": value })),
            ("PATCH", format!("/groups/{group}"), json!({ "name": value, "description": value })),
            ("PUT", format!("/groups/{group}/owner"), json!({ "user_id": value })),
            ("PUT", format!("/conversations/{conversation}/read"), json!({ "seq": value })),
            ("POST", format!("/conversations/{conversation}/messages"), send("client_id")),
            ("POST", format!("/conversations/{conversation}/messages"), send("content")),
            (
                "POST",
                format!("/conversations/{group}/messages"),
                json!({ "client_id": "c", "content": text("x"), "mentions": value }),
            ),
        ]);
    }
    for (method, path, body) in calls {
        let answer = Answer::to(ann.http.request(method, &path).json(&body)).await;
        assert!(answer.status < 500, "{method} {path} {body}: {answer:?}");
    }
    let mut socket = bob.connects().await;
    for value in &values {
        for op in ["hello", "auth", "send", "sync", "read", "typing", "ping"] {
            let data = json!({
                "conversation_id": group, "access_token": value, "resume": value, "client_id": value,
                "content": value, "after_rev": value, "limit": value, "seq": value
            });
            for data in [data, value.clone()] {
                let reply = socket.op(op, data).await;
                assert!(
                    reply["problem"]["status"].as_u64().is_none_or(|status| status < 500),
                    "{op}: {reply}"
                );
            }
        }
    }
    for query in ["after_rev=-1", "after_rev=x", "after_rev=18446744073709551616", "limit=1"] {
        let answer = ann.http.get(&format!("/conversations/{group}/changes?{query}")).await;
        assert!(answer.status < 500, "{query}: {answer:?}");
    }
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains("a defect") && !log.contains(" ERROR "), "{log}");
}
