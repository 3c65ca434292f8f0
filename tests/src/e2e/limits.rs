//! Who may do how much of what, and what gives way when there is too much of it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::http::{Answer, Http};
use super::person::{PASSWORD, Person, client_id, text};
use super::server::Server;
use super::socket::PATIENCE;

/// A server with rate limits, these among them.
fn limited(settings: &[(&str, &str)]) -> Server {
    Server::with(&[&[("CHATCHAT_LIMITS__ENABLED", "true")], settings].concat())
}

fn message() -> Value {
    json!({ "client_id": client_id(), "content": text("hi") })
}

#[tokio::test]
async fn a_limit_counts_what_somebody_does_over_http_and_the_socket_together() {
    let server = limited(&[("CHATCHAT_LIMITS__SEND__ACCOUNT", "4/1h")]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let path = format!("/conversations/{conversation}/messages");
    let mut socket = ann.connects().await;
    for _ in 0..2 {
        ann.http.post(&path, message()).await.is(201);
        socket.sends(&conversation, "hi").await;
    }

    let refused = ann.http.post(&path, message()).await.problem(429, "rate_limited");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=900).contains(&seconds), "{seconds}");
    assert_eq!(refused.json["retry_after"], seconds);
    assert_eq!(refused.header("ratelimit-policy"), "\"send_account\";q=4;w=3600");
    assert_eq!(refused.header("ratelimit"), format!("\"send_account\";r=0;t={seconds}"));

    let mut data = message();
    data["conversation_id"] = json!(conversation);
    let refused = socket.refused("send", data, 429, "rate_limited").await;
    let seconds = refused["retry_after"].as_u64().unwrap();
    assert!(seconds <= 900, "{refused}");
    assert_eq!(refused["rate_limit"], format!("\"send_account\";r=0;t={seconds}"));
    assert_eq!(refused["rate_limit_policy"], "\"send_account\";q=4;w=3600");

    assert_eq!(
        ann.http.get(&path).await.is(200)["items"].as_array().unwrap().len(),
        4,
        "who may not send reads"
    );
    socket.ok("sync", json!({ "conversation_id": conversation, "after_rev": 0 })).await;
    bob.http.post(&path, message()).await.is(201);
}

#[tokio::test]
async fn every_class_of_requests_has_limits_of_its_own() {
    let classes = ["LOG_IN", "CODE", "SEARCH", "UPLOAD", "SEND", "READ", "CHANGE", "EXPORT"];
    let settings: Vec<String> =
        classes.iter().map(|class| format!("CHATCHAT_LIMITS__{class}__ADDRESS")).collect();
    let mut settings: Vec<(&str, &str)> = settings.iter().map(|name| (name.as_str(), "1/1h")).collect();
    settings.push(("CHATCHAT_LIMITS__ENABLED", "true"));
    let server = Server::with(&settings);
    let stranger = Http::stranger(&server);
    for (method, path, policy) in [
        ("POST", "/auth/login", "log_in_address"),
        ("POST", "/auth/email-codes", "code_address"),
        ("GET", "/messages/search?query=a", "search_address"),
        ("POST", "/attachments", "upload_address"),
        ("POST", "/conversations/x/messages", "send_address"),
        ("GET", "/me", "read_address"),
        ("POST", "/groups", "change_address"),
        ("GET", "/me/export", "export_address"),
    ] {
        let first = stranger.call(method, path).await;
        assert_ne!(first.status, 429, "{path}");
        let second = stranger.call(method, path).await.problem(429, "rate_limited");
        assert!(second.header("ratelimit-policy").starts_with(&format!("\"{policy}\"")), "{second:?}");
    }
    for _ in 0..3 {
        stranger.get("//healthz").await.is(200);
    }
}

/// Tries to log in behind a proxy that says so of the client.
async fn try_to_log_in(server: &Server, email: &str, forwarded_for: &str) -> Answer {
    let body = json!({ "email": email, "password": "not the password" });
    let request = Http::stranger(server).request("POST", "/auth/login").json(&body);
    Answer::to(request.header("x-forwarded-for", forwarded_for)).await
}

#[tokio::test]
async fn an_address_counts_for_itself_and_is_what_a_trusted_proxy_says() {
    let trusting = limited(&[
        ("CHATCHAT_LIMITS__LOG_IN__ADDRESS", "2/1h"),
        ("CHATCHAT_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
    ]);
    for _ in 0..2 {
        try_to_log_in(&trusting, "ann@example.com", "198.51.100.1").await.problem(401, "invalid_credentials");
    }
    try_to_log_in(&trusting, "bob@example.com", "203.0.113.9, 198.51.100.1")
        .await
        .problem(429, "rate_limited");
    try_to_log_in(&trusting, "ann@example.com", "198.51.100.2").await.problem(401, "invalid_credentials");

    let trusting_nobody = limited(&[("CHATCHAT_LIMITS__LOG_IN__ADDRESS", "2/1h")]);
    for last in 1..=2 {
        let forwarded_for = format!("198.51.100.{last}");
        let answer = try_to_log_in(&trusting_nobody, "ann@example.com", &forwarded_for).await;
        answer.problem(401, "invalid_credentials");
    }
    let third = try_to_log_in(&trusting_nobody, "ann@example.com", "198.51.100.3").await;
    third.problem(429, "rate_limited");
}

#[tokio::test]
async fn guessing_at_a_password_is_limited_and_locks_nobody_else_out() {
    let server = limited(&[
        ("CHATCHAT_LIMITS__LOG_IN__ACCOUNT", "2/1h"),
        ("CHATCHAT_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
    ]);
    let ann = Person::registers(&server).await;
    for email in [ann.email.clone(), ann.email.to_uppercase()] {
        try_to_log_in(&server, &email, "198.51.100.1").await.problem(401, "invalid_credentials");
    }
    try_to_log_in(&server, &ann.email, "198.51.100.1").await.problem(429, "rate_limited");
    try_to_log_in(&server, "bob@example.com", "198.51.100.1").await.problem(401, "invalid_credentials");
    ann.logs_in_again(&server).await;
    let change = json!({ "current_password": "not the password", "new_password": PASSWORD });
    for _ in 0..2 {
        ann.http.put("/me/password", change.clone()).await.problem(403, "invalid_credentials");
    }
    ann.http.put("/me/password", change).await.problem(429, "rate_limited");
}

#[tokio::test]
async fn a_socket_that_goes_on_regardless_is_closed() {
    let server = limited(&[("CHATCHAT_LIMITS__SEND__ACCOUNT", "1/1h")]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let mut socket = ann.connects().await;
    socket.sends(&conversation, "hi").await;
    let mut data = message();
    data["conversation_id"] = json!(conversation);
    let frame = json!({ "op": "send", "data": data }).to_string();
    for _ in 0..600 {
        if socket.try_raw(frame.clone().into()).await.is_err() {
            break;
        }
    }
    assert_eq!(socket.closed().await, Some(4008));
}

/// Requests from this address of the machine, one after the other, until told to end.
async fn flood(server_url: String, from: Ipv4Addr) {
    let client = reqwest::Client::builder().local_address(IpAddr::V4(from)).build().unwrap();
    let body = json!({ "email": "ann@example.com", "password": "not the password" });
    loop {
        let _ = client.post(format!("{server_url}/api/v1/auth/login")).json(&body).send().await;
    }
}

#[tokio::test]
async fn a_flood_from_one_address_keeps_nobody_else_from_logging_in() {
    let server = limited(&[("CHATCHAT_AUTH__BCRYPT_COST", "10"), ("CHATCHAT_TELEMETRY__LOG", "warn")]);
    let ann = Person::registers(&server).await;
    let mut flooding = JoinSet::new();
    for _ in 0..64 {
        flooding.spawn(flood(server.url.clone(), Ipv4Addr::new(127, 0, 0, 2)));
    }
    let stranger = Http::stranger(&server);
    let (from_there, body) = (flooded(&server).await, json!({ "email": ann.email, "password": PASSWORD }));
    assert_eq!(from_there, 429, "the flood is held back");
    for _ in 0..5 {
        stranger.post("/auth/login", body.clone()).await.is(200);
    }
    flooding.shutdown().await;
}

/// What the flooding address is told, once it is too much.
async fn flooded(server: &Server) -> u16 {
    let client = reqwest::Client::builder().local_address(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)));
    let (client, since) = (client.build().unwrap(), Instant::now());
    loop {
        let body = json!({ "email": "ann@example.com", "password": "not the password" });
        let answer =
            client.post(format!("{}/api/v1/auth/login", server.url)).json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        if status == 429 || since.elapsed() > PATIENCE {
            return status;
        }
    }
}

/// A send from this address of the machine, whose body does not come to its end.
async fn unfinished_send(person: &Person, conversation: &str, from: Ipv4Addr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(person.address.parse().unwrap()).await.unwrap();
    let head = format!(
        "POST /api/v1/conversations/{conversation}/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        person.address, person.token,
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn what_can_wait_gives_way_before_messages_do() {
    let server = Server::with(&[("CHATCHAT_SERVER__MAX_UNDER_WAY", "20")]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let path = format!("/conversations/{conversation}/messages");
    let mut socket = bob.connects().await;
    let mut unfinished = Vec::new();
    for last in 1..=17 {
        let from = Ipv4Addr::new(127, 0, 1, last);
        unfinished.push(unfinished_send(&ann, &conversation, from).await);
    }
    let since = Instant::now();
    while ann.http.get("/me").await.status != 503 {
        assert!(since.elapsed() < PATIENCE, "reading never gives way");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let shed = ann.http.get("/messages/search?query=hi").await.problem(503, "unavailable");
    assert!(!shed.header("retry-after").is_empty());
    ann.http.get("/me/export").await.problem(503, "unavailable");
    let sync = json!({ "conversation_id": conversation, "after_rev": 0 });
    let shed = socket.refused("sync", sync.clone(), 503, "unavailable").await;
    assert_eq!(shed["retry_after"], 1);
    ann.http.post(&path, message()).await.is(201);
    socket.sends(&conversation, "hi").await;
    ann.http.get("//healthz").await.is(200);
    ann.http.get("//readyz").await.is(200);

    drop(unfinished);
    let since = Instant::now();
    while ann.http.get("/messages/search?query=hi").await.status != 200 {
        assert!(since.elapsed() < PATIENCE, "it never recovers");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    socket.ok("sync", sync).await;
}

#[tokio::test]
async fn one_address_cannot_hold_all_the_room_with_requests_that_do_not_end() {
    let server = Server::with(&[("CHATCHAT_SERVER__MAX_UNDER_WAY", "20")]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let mut unfinished = Vec::new();
    for _ in 0..20 {
        unfinished.push(unfinished_send(&ann, &conversation, Ipv4Addr::new(127, 0, 1, 1)).await);
    }
    let from_there = reqwest::Client::builder().local_address(IpAddr::V4(Ipv4Addr::new(127, 0, 1, 1)));
    let (from_there, since) = (from_there.build().unwrap(), Instant::now());
    let me = format!("{}/api/v1/me", server.url);
    while from_there.get(&me).send().await.unwrap().status() != 503 {
        assert!(since.elapsed() < PATIENCE, "it may hold as much as it likes");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    ann.logs_in_again(&server).await;
    ann.http.get("/me/export").await.is(200);
}

#[tokio::test]
async fn codes_for_one_mailbox_can_be_limited_wherever_they_are_asked_for() {
    let server = limited(&[("CHATCHAT_LIMITS__CODE__ACCOUNT", "2/1h")]);
    let stranger = Http::stranger(&server);
    let attempt = json!({ "email": "Ann@example.com", "code": "000000", "password": PASSWORD });
    stranger
        .post("/auth/email-codes", json!({ "email": "ann@example.com", "purpose": "register" }))
        .await
        .is(202);
    stranger.post("/auth/register", attempt.clone()).await.problem(422, "invalid_code");
    stranger.post("/auth/register", attempt).await.problem(429, "rate_limited");
    let other = json!({ "email": "bob@example.com", "purpose": "register" });
    stranger.post("/auth/email-codes", other).await.is(202);
}
