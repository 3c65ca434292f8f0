//! Running it: health, mail for development, an orderly end.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::http::{Answer, Http};
use super::person::{Person, mailed_code, new_email};
use super::server::Server;
use super::stack::Stack;

#[tokio::test]
async fn it_tells_that_it_lives_and_is_ready() {
    let stranger = Http::stranger(Server::shared());
    for path in ["//healthz", "//readyz"] {
        stranger.get(path).await.is(200);
    }
}

#[tokio::test]
async fn mail_is_shown_newest_first_to_who_sits_at_the_same_machine() {
    let server = Server::with(&[("CHATCHAT_MAIL__URL", "outbox:")]);
    let (stranger, first, second) = (Http::stranger(&server), new_email(), new_email());
    let code = mailed_code(&stranger, &first, "register").await;
    mailed_code(&stranger, &second, "register").await;
    let mails = stranger.get("//dev/mail.json").await.is(200)["items"].as_array().unwrap().clone();
    let at = |email: &str| mails.iter().position(|mail| mail["to"] == email).unwrap();
    assert!(at(&second) < at(&first));
    let mail = &mails[at(&first)];
    assert!(mail["subject"].is_string() && mail["sent_at"].is_string(), "{mail}");
    assert!(mail["text"].as_str().unwrap().contains(&code), "{mail}");
    let page = stranger.get("//dev/mail").await;
    assert!(page.status == 200 && page.header("content-type").starts_with("text/html"));
    assert!(!page.header("content-security-policy").is_empty());
    for (name, value) in [("x-forwarded-for", "203.0.113.7"), ("host", "evil.example")] {
        for path in ["//dev/mail.json", "//dev/mail"] {
            let request = stranger.request("GET", path).header(name, value);
            Answer::to(request).await.problem(404, "not_found");
        }
    }
}

#[tokio::test]
async fn when_asked_to_end_it_says_goodbye_to_its_sockets_and_ends_well() {
    let mut server = Server::with(&[]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let mut sockets = [ann.connects().await, bob.connects().await];
    let message = sockets[0].sends(&conversation, "before the end").await;
    let (ended, _) = tokio::join!(server.stop(), async {
        for socket in &mut sockets {
            let goaway = socket.next_event("goaway").await;
            assert!(goaway["data"]["after_ms"].is_u64() && goaway["data"]["reason"].is_string(), "{goaway}");
            assert_eq!(socket.closed().await, Some(1001));
        }
    });
    assert_eq!(ended.0.code(), Some(0), "{}", server.log());
    server.restart();
    assert_eq!(bob.anew().history(&conversation).await, [message]);
}

#[tokio::test]
async fn what_was_sent_when_the_end_began_is_answered_and_kept() {
    let mut server = Server::with(&[]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let sender = ann.clone();
    let sending = tokio::spawn(async move {
        let mut acknowledged = Vec::new();
        loop {
            let body = serde_json::json!({
                "client_id": super::person::client_id(), "content": super::person::text("hi")
            });
            let path = format!("/conversations/{conversation}/messages");
            match Answer::try_to(sender.http.request("POST", &path).json(&body)).await {
                Ok(answer) if answer.status == 201 => acknowledged.push(answer.json),
                Ok(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
                Err(_gone) => return (conversation, acknowledged),
            }
        }
    });
    while bob.http.list("/conversations").await[0]["last_seq"].as_u64().unwrap() < 20 {
        tokio::task::yield_now().await;
    }
    let (status, _) = server.stop().await;
    assert_eq!(status.code(), Some(0), "{}", server.log());
    let (conversation, acknowledged) = sending.await.unwrap();
    server.restart();
    let history = bob.anew().history(&conversation).await;
    assert!(acknowledged.len() >= 20);
    for message in acknowledged {
        assert!(history.contains(&message), "lost: {message}");
    }
}

#[tokio::test]
async fn while_it_goes_away_it_is_not_ready_and_takes_no_new_sockets() {
    let mut server = Server::with(&[]);
    let ann = Person::registers(&server).await;
    let mut sockets = Vec::new();
    for _ in 0..50 {
        sockets.push(ann.connects().await);
    }
    server.terminate();
    sockets[0].next_event("goaway").await;
    let request = ann.http.request("GET", "//readyz");
    if let Ok(answer) = Answer::try_to(request).await {
        assert_ne!(answer.problem(503, "unavailable").header("retry-after"), "");
    }
    let request =
        ann.http.request("GET", "/ws").header("upgrade", "websocket").header("connection", "upgrade");
    if let Ok(answer) = Answer::try_to(request).await {
        assert_eq!(answer.status, 503);
    }
    assert_eq!(server.ended().await.code(), Some(0));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

#[tokio::test]
async fn keys_are_for_their_owners_eyes_alone_and_survive_a_restart() {
    let mut server = Server::with(&[]);
    let ann = Person::registers(&server).await;
    let is_secret = |path: &PathBuf| {
        let name = path.strip_prefix(server.data()).unwrap().to_string_lossy().to_lowercase();
        (name.contains("key") || name.contains("secret")) && std::fs::metadata(path).unwrap().len() > 0
    };
    let secrets: Vec<PathBuf> = files(&server.data()).into_iter().filter(is_secret).collect();
    // Nodes that share a database find them there.
    assert_eq!(secrets.is_empty(), Stack::under_test() == Stack::Production);
    for path in secrets {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    server.restart();
    ann.anew().http.get("/me").await.is(200);
}

#[tokio::test]
async fn the_log_holds_no_secret_and_no_message() {
    let server = Server::with(&[("CHATCHAT_TELEMETRY__LOG", "trace")]);
    let stranger = Http::stranger(&server);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let mut socket = ann.connects().await;
    socket.sends(&conversation, "for-your-eyes-only").await;
    ann.sends(&conversation, "for-your-eyes-only").await;
    let code = mailed_code(&stranger, &ann.email, "reset_password").await;
    let reset = serde_json::json!({ "email": ann.email, "code": code, "new_password": "p-a-s-s-w-o-r-d" });
    stranger.post("/auth/password-reset", reset).await.done();
    let log = server.log();
    assert!(log.lines().count() > 5, "{log}");
    let code = format!(" {code} ");
    let secrets = [ann.token.as_str(), &ann.refresh_token, "for-your-eyes-only", "p-a-s-s-w-o-r-d", &code];
    for secret in secrets {
        assert!(!log.contains(secret), "{secret}");
    }
}
