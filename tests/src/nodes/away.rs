//! The database, the mail server or the store of pictures is away: it is said, nothing accepted is lost, and service
//! goes on when it is back.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::{HEALED, Nodes, hears, settings_with};
use crate::e2e::http::{Answer, Http};
use crate::e2e::person::{PASSWORD, Person, new_email};
use crate::e2e::post;
use crate::e2e::server::Server;
use crate::services::free_port;
use crate::services::mariadb::MariaDb;
use crate::services::redis::RedisServer;
use crate::services::s3::S3;
use crate::services::smtp::SmtpServer;

/// After its return the database serves again within this.
const RESUMED: Duration = Duration::from_secs(5);
/// How long a request may take to be refused.
const REFUSED: Duration = Duration::from_secs(10);

/// Somebody who talks to somebody at another node, and what they see while the database is away.
async fn goes_on_after(away: impl AsyncFn(&mut MariaDb), back: impl AsyncFn(&mut MariaDb)) {
    let mut database = tokio::task::spawn_blocking(MariaDb::start).await.unwrap();
    let nodes = Nodes::start_with(2, &[("CHATCHAT_DATABASE__URL", &database.database())]);
    let (ann, bob, conversation) = nodes.friends().await;
    let (mut here, mut there) = (ann.connects().await, bob.connects().await);
    let message = ann.sends(&conversation, "before").await;
    hears(&mut there, &message, Instant::now() + RESUMED).await;

    away(&mut database).await;
    let refused = timeout(REFUSED, ann.tries_to_send(&conversation, "meanwhile")).await.unwrap();
    assert!(!refused.problem(503, "unavailable").header("retry-after").is_empty());
    let read = timeout(REFUSED, ann.http.get("/conversations")).await.unwrap();
    assert!(!read.problem(503, "unavailable").header("retry-after").is_empty());
    let ready = timeout(REFUSED, Http::stranger(&nodes.0[0]).get("//readyz")).await.unwrap();
    assert!(ready.problem(503, "unavailable").json["detail"].as_str().unwrap().contains("database"));
    Http::stranger(&nodes.0[0]).get("//healthz").await.is(200);
    for socket in [&mut here, &mut there] {
        socket.ok("ping", json!({})).await;
    }

    back(&mut database).await;
    let deadline = Instant::now() + RESUMED;
    let message = loop {
        let answer = ann.tries_to_send(&conversation, "after").await;
        if answer.status == 201 {
            break answer.json;
        }
        answer.problem(503, "unavailable");
        assert!(Instant::now() < deadline, "the database is back and not used");
        sleep(Duration::from_millis(100)).await;
    };
    hears(&mut there, &message, Instant::now() + RESUMED).await;
    assert_eq!(bob.texts(&conversation).await.last().unwrap(), "after");
    let ready = Http::stranger(&nodes.0[1]).get("//readyz").await;
    assert_eq!(ready.is(200)["checks"]["database"], "ok");
}

#[tokio::test]
async fn without_the_database_it_is_said_and_when_it_is_back_all_goes_on() {
    goes_on_after(async |database| database.stop(), async |database| database.restart()).await;
}

#[tokio::test]
async fn a_database_that_freezes_is_as_one_that_is_away() {
    goes_on_after(async |database| database.signal("STOP"), async |database| database.signal("CONT")).await;
}

#[tokio::test(flavor = "multi_thread")] // a server runs in it
async fn a_mail_that_was_accepted_while_the_mail_server_is_away_comes_when_it_is_back() {
    let mut post = SmtpServer::start().await;
    let nodes = Nodes::start_with(1, &[("CHATCHAT_MAIL__URL", &post.url())]);
    let (stranger, email) = (Http::stranger(&nodes.0[0]), new_email());
    post.go_away().await;
    stranger.post("/auth/email-codes", json!({ "email": email, "purpose": "register" })).await.is(202);
    sleep(Duration::from_secs(2)).await; // it is tried in vain
    post.come_back().await;
    let code = timeout(Duration::from_secs(30), async {
        loop {
            if let Some(code) = post.received().iter().find_map(|mail| post::by_smtp(mail).code) {
                return code;
            }
            sleep(Duration::from_millis(100)).await;
        }
    });
    let code = code.await.expect("the mail comes");
    let body = json!({ "email": email, "code": code, "password": PASSWORD, "name": "Ann" });
    stranger.post("/auth/register", body).await.is(201);
    assert_eq!(post.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")] // a server runs in it
async fn without_the_store_of_pictures_all_else_goes_on_and_what_is_to_be_removed_is_removed_later() {
    let mut store = S3::start_own().await;
    let nodes = Nodes::start_with(1, &[("CHATCHAT_STORAGE__URL", store.url())]);
    let ann = Person::registers(&nodes.0[0]).await;
    let upload = || ann.http.request("PUT", "/me/avatar").header("content-type", "image/png").body(png());
    let uploaded = Answer::to(upload()).await.is(200);
    let key = uploaded["avatar_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let picture = ann.http.get(&format!("//media/avatars/{key}")).await;
    let url = picture.header("location");
    assert_eq!(reqwest::get(url).await.unwrap().status(), 200);

    store.go_away().await;
    let refused = Answer::to(upload()).await;
    assert!(!refused.problem(503, "unavailable").header("retry-after").is_empty());
    assert_eq!(ann.http.delete("/me/avatar").await.is(200)["avatar_url"], Value::Null);
    ann.http.patch("/me", json!({ "bio": "without a picture" })).await.is(200);

    store.come_back().await;
    let removed = async {
        while reqwest::get(url).await.unwrap().status() != 404 {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(60), removed).await.expect("the picture is removed");
    assert!(Answer::to(upload()).await.is(200)["avatar_url"].is_string());
}

#[tokio::test(flavor = "multi_thread")] // servers run in it
async fn with_redis_mail_pictures_and_traces_all_away_at_once_people_still_talk() {
    let mut redis = tokio::task::spawn_blocking(RedisServer::start).await.unwrap();
    let (mut post, mut store) = (SmtpServer::start().await, S3::start_own().await);
    let collector = format!("http://127.0.0.1:{}", free_port()); // nobody is there
    let settings = settings_with(&[
        ("CHATCHAT_REDIS__URL", &redis.url()),
        ("CHATCHAT_STORAGE__URL", store.url()),
        ("CHATCHAT_TELEMETRY__OTLP_ENDPOINT", &collector),
    ]);
    let node_with = |mail: Option<&str>| {
        let settings = settings.iter().map(|(name, value)| match (*name, mail) {
            ("CHATCHAT_MAIL__URL", Some(mail)) => (*name, mail),
            _ => (*name, value.as_str()),
        });
        Server::with(&settings.collect::<Vec<_>>())
    };
    let nodes = Nodes(vec![node_with(None), node_with(Some(&post.url()))]); // codes come by the first one
    let (ann, bob, conversation) = nodes.friends().await;
    let ann = ann.at(&nodes.0[1]);
    let (mut here, mut there) = (ann.connects().await, bob.connects().await);

    redis.stop();
    post.go_away().await;
    store.go_away().await;
    let upload = || ann.http.request("PUT", "/me/avatar").header("content-type", "image/png").body(png());
    for refused in join_all((0..3).map(|_| Answer::to(upload()))).await {
        refused.problem(503, "unavailable");
    }
    let wanted = json!({ "email": ann.email, "purpose": "reset_password" });
    ann.http.post("/auth/email-codes", wanted).await.problem(503, "unavailable");
    let mut sent = Vec::new();
    for text in ["one", "two", "three"] {
        sent.push(here.sends(&conversation, text).await);
        sent.push(ann.sends(&conversation, text).await);
    }
    for message in &sent {
        hears(&mut there, message, Instant::now() + HEALED).await;
    }
    assert_eq!(bob.history(&conversation).await, sent);
    let ready = Http::stranger(&nodes.0[1]).get("//readyz").await.is(200);
    assert_eq!(ready["checks"]["redis"], "unavailable");
}

fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(20, 20).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
