//! Administration: the real command against the real server, and the paths that it calls.

use std::time::Duration;

use chatchat_adapters::stack::{self, DatabaseOptions, ServerUrl};
use chatchat_adapters::system::SystemClock;
use chatchat_adapters::token::Ed25519OperatorTokens;
use chatchat_domain::admin::Operator;
use chatchat_domain::ports::Clock as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::attachments::uploads_image;
use super::http::Http;
use super::person::{PASSWORD, Person, new_email};
use super::server::{Server, command, run_to_end};
use super::socket::PATIENCE;

const UNKNOWN: &str = "0190a1b2-c3d4-7e5f-8a6b-000000000000";

/// What olga is told, as JSON.
#[track_caller]
fn told(server: &Server, arguments: &[&str]) -> Value {
    let output = server.admin(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// What olga is told in words.
#[track_caller]
fn said(server: &Server, arguments: &[&str]) -> String {
    let output = server.admin(arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Why olga is refused.
#[track_caller]
fn refused(server: &Server, arguments: &[&str]) -> String {
    let output = server.admin(arguments);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// The actions in the log, the newest first.
fn log(server: &Server) -> Vec<String> {
    let entries = told(server, &["audit"])["items"].as_array().unwrap().clone();
    assert!(entries.iter().all(|entry| entry["operator"] == "olga"), "{entries:?}");
    entries.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}

/// A client with olga's token.
async fn olga(server: &Server) -> Http {
    Http::stranger(server).with_token(&token_of_olga(server).await)
}

/// A token with which the server lets olga administer it.
pub(super) async fn token_of_olga(server: &Server) -> String {
    let database = match server.setting("CHATCHAT_DATABASE__URL") {
        Some(url) => DatabaseOptions::Mysql(ServerUrl::new(url)),
        None => DatabaseOptions::Sqlite(server.data().join("chatchat.db")),
    };
    let secret = stack::secret(&database, &server.data()).await.unwrap();
    let tokens = Ed25519OperatorTokens::new(&secret).unwrap();
    tokens.issue(&Operator::new("olga").unwrap(), SystemClock.now()).unwrap()
}

#[tokio::test]
async fn who_is_suspended_is_out_at_once_and_back_when_reinstated() {
    let server = Server::with(&[]);
    let ann = Person::registers(&server).await;
    let mut socket = ann.connects().await;
    let suspended = told(&server, &["users", "suspend", &ann.email, "--reason", "sells tea everywhere"]);
    assert!(suspended["id"] == ann.id && suspended["suspended_at"].is_string(), "{suspended}");
    assert_eq!(socket.closed_within(PATIENCE).await, Some(4003));
    ann.http.get("/me").await.problem(401, "unauthenticated");
    let stranger = Http::stranger(&server);
    let refresh = json!({ "refresh_token": ann.refresh_token });
    stranger.post("/auth/refresh", refresh).await.problem(401, "invalid_token");
    let log_in = |password: &str| json!({ "email": ann.email, "password": password });
    stranger.post("/auth/login", log_in(PASSWORD)).await.problem(403, "suspended");
    stranger.post("/auth/login", log_in("another one")).await.problem(401, "invalid_credentials");

    said(&server, &["users", "reinstate", &ann.id]);
    stranger.post("/auth/login", log_in(PASSWORD)).await.is(200);
    assert_eq!(log(&server), ["reinstate", "suspend"]);
    let audit = said(&server, &["audit"]);
    assert!(audit.contains(&ann.id) && audit.contains("sells tea everywhere"), "{audit}");
}

#[tokio::test]
async fn people_are_listed_found_and_shown() {
    let server = Server::with(&[]);
    let (ann, bob) =
        (Person::registers_as(&server, "Ann 上海").await, Person::registers_as(&server, "Bob").await);
    let first = told(&server, &["users", "list", "--limit", "1"]);
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = told(&server, &["users", "list", "--limit", "1", "--cursor", cursor]);
    assert_eq!(second["next_cursor"], Value::Null);
    for (query, found) in [("上海", &ann), (bob.email.as_str(), &bob)] {
        let items = told(&server, &["users", "list", query])["items"].clone();
        assert_eq!((items.as_array().unwrap().len(), &items[0]["id"]), (1, &json!(found.id)), "{items}");
    }
    let shown = told(&server, &["users", "show", &bob.email.to_uppercase()]);
    assert_eq!((&shown["email"], &shown["sessions"][0]["ip"]), (&json!(bob.email), &json!("127.0.0.1")));
    let text = said(&server, &["users", "show", &bob.id]);
    assert!(text.contains(&bob.email) && text.contains("127.0.0.1"), "{text}");
    assert!(!shown.to_string().contains("hash"), "{shown}");
    assert!(refused(&server, &["users", "show", "nobody@example.com"]).contains("nobody@example.com"));
    assert!(refused(&server, &["users", "show", UNKNOWN]).contains("not_found"));
    assert_eq!(log(&server), [""; 0], "who only looks leaves no note");
}

#[tokio::test]
async fn an_operator_logs_somebody_out_everywhere() {
    let server = Server::with(&[]);
    let ann = Person::registers(&server).await;
    let elsewhere = ann.logs_in_again(&server).await;
    assert_eq!(said(&server, &["users", "reset-sessions", &ann.email]), "done\n");
    for person in [&ann, &elsewhere] {
        person.http.get("/me").await.problem(401, "unauthenticated");
    }
    ann.logs_in_again(&server).await.http.get("/me").await.is(200);
    assert_eq!(log(&server), ["end_sessions"]);
}

#[tokio::test]
async fn an_operator_gives_groups_away_and_deletes_them() {
    let server = Server::with(&[]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    ann.befriends(&bob).await;
    let group = json!({ "name": "Tea", "join_policy": "invite", "member_ids": [bob.id] });
    let group = ann.creates_group(group).await;
    let found = told(&server, &["groups", "list", "tea"]);
    assert_eq!((&found["items"][0]["id"], &found["items"][0]["owner_id"]), (&json!(group), &json!(ann.id)));
    let given = told(&server, &["groups", "transfer", &group, "--to", &bob.email]);
    assert_eq!(given["owner_id"], bob.id);
    let eve = Person::registers(&server).await;
    assert!(refused(&server, &["groups", "transfer", &group, "--to", &eve.id]).contains("not_found"));

    let mut of_ann = ann.connects().await;
    assert_eq!(said(&server, &["groups", "delete", &group]), "done\n");
    let removed = of_ann.next_event("conversation_removed").await;
    assert_eq!(
        (&removed["data"]["conversation_id"], &removed["data"]["reason"]),
        (&json!(group), &json!("deleted"))
    );
    assert!(refused(&server, &["groups", "show", &group]).contains("not_found"));
    assert_eq!(log(&server), ["delete_group", "transfer_group"]);
}

#[tokio::test]
async fn owed_work_is_listed_and_tried_at_once() {
    let server = Server::with(&[]);
    let ann = Person::registers(&server).await;
    let attachment = uploads_image(&ann).await["attachment_id"].as_str().unwrap().to_owned();
    let owed = told(&server, &["outbox", "list"])["items"].clone();
    let mut looks = owed.as_array().unwrap().iter().filter(|work| work["kind"] == "disuse");
    let look = looks.next().unwrap();
    assert_eq!((&look["subject"], &look["dead"]), (&json!(attachment), &json!(false)), "{look}");
    said(&server, &["outbox", "retry", look["id"].as_str().unwrap()]);
    let since = Instant::now();
    while ann.http.get(&format!("/attachments/{attachment}")).await.status != 404 {
        assert!(since.elapsed() < PATIENCE, "it is still there");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(said(&server, &["outbox", "list", "--dead"]), "none\n");
    assert!(refused(&server, &["outbox", "retry", UNKNOWN]).contains("not_found"));
    assert_eq!(log(&server), ["retry_work"]);
}

#[tokio::test]
async fn an_address_that_has_asked_for_too_many_codes_may_ask_again() {
    let server = Server::with(&[("CHATCHAT_LIMITS__ENABLED", "true")]);
    let (stranger, email) = (Http::stranger(&server), new_email());
    let ask = || stranger.post("/auth/email-codes", json!({ "email": email, "purpose": "register" }));
    ask().await.is(202);
    ask().await.problem(429, "rate_limited");
    assert_eq!(said(&server, &["codes", "clear", &email.to_uppercase()]), "done\n");
    ask().await.is(202);
    ask().await.problem(429, "rate_limited");
    assert!(refused(&server, &["codes", "clear", "nobody"]).contains("email"));
    assert_eq!(log(&server), ["clear_code_limits"]);
}

#[tokio::test]
async fn keys_are_rotated_and_retired_but_for_the_one_that_signs() {
    let server = Server::with(&[]);
    let ann = Person::registers(&server).await;
    let published = async || {
        let keys = Http::stranger(&server).get("//.well-known/jwks.json").await.is(200);
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    let first = told(&server, &["keys", "list"])["items"][0].clone();
    assert_eq!((&first["state"], published().await), (&json!("signing"), vec![first["kid"].clone()]));
    let new = told(&server, &["keys", "rotate"]);
    assert_eq!(
        (&new["state"], told(&server, &["keys", "rotate"])["kid"].clone()),
        (&json!("upcoming"), new["kid"].clone())
    );
    assert_eq!(published().await, [first["kid"].clone(), new["kid"].clone()], "before it signs");
    ann.logs_in_again(&server).await.http.get("/me").await.is(200);

    assert!(refused(&server, &["keys", "retire", first["kid"].as_str().unwrap()]).contains("key_in_use"));
    assert!(refused(&server, &["keys", "retire", "nothing"]).contains("not_found"));
    assert_eq!(said(&server, &["keys", "retire", new["kid"].as_str().unwrap()]), "done\n");
    assert_eq!(published().await, [first["kid"].clone()]);
    assert_eq!(
        log(&server),
        ["retire_key", "rotate_keys"],
        "of two rotations in a row the second has changed nothing"
    );
}

#[tokio::test]
async fn tokens_of_people_and_of_operators_are_not_the_same() {
    let server = Server::with(&[]);
    let (ann, olga) = (Person::registers(&server).await, olga(&server).await);
    olga.get(&format!("/admin/users/{}", ann.id)).await.is(200);
    for path in ["/me", "/users?query=a", "/conversations"] {
        olga.get(path).await.problem(401, "unauthenticated");
    }
    let stranger = Http::stranger(&server);
    for http in [&ann.http, &stranger, &stranger.with_token("a.b.c")] {
        for path in ["users", "groups", "keys", "outbox", "audit", &format!("users/{}", ann.id)] {
            let answer = http.get(&format!("/admin/{path}")).await.problem(401, "unauthenticated");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
        http.delete(&format!("/admin/users/{}/sessions", ann.id)).await.problem(401, "unauthenticated");
        let suspension = format!("/admin/users/{}/suspension", ann.id);
        http.put(&suspension, json!({})).await.problem(401, "unauthenticated");
        http.call("POST", "/admin/keys").await.problem(401, "unauthenticated");
    }
    ann.http.get("/me").await.is(200);
    assert_eq!(log(&server), [""; 0]);
}

#[tokio::test]
async fn whoever_guesses_operator_tokens_does_so_only_so_often() {
    let limits = [("CHATCHAT_LIMITS__ENABLED", "true"), ("CHATCHAT_LIMITS__LOG_IN__ADDRESS", "3/1h")];
    let server = Server::with(&limits);
    let stranger = Http::stranger(&server).with_token("a.b.c");
    for _ in 0..3 {
        stranger.get("/admin/users").await.problem(401, "unauthenticated");
    }
    stranger.get("/admin/users").await.problem(429, "rate_limited");
    olga(&server).await.get("/admin/users").await.is(200);
}

#[tokio::test]
async fn an_operator_s_request_is_held_to_the_same_rules_as_any() {
    let server = Server::with(&[]);
    let (ann, olga) = (Person::registers(&server).await, olga(&server).await);
    olga.get("/admin/users?limit=0").await.invalid("limit");
    olga.get(&format!("/admin/users?query={}", "a".repeat(255))).await.invalid("query");
    olga.get("/admin/outbox?dead=perhaps").await.problem(400, "malformed_request");
    for path in [format!("/admin/users/{UNKNOWN}"), "/admin/groups/7".to_owned()] {
        olga.get(&path).await.problem(404, "not_found");
    }
    let suspension = format!("/admin/users/{}/suspension", ann.id);
    olga.put(&suspension, json!({ "reason": "a".repeat(501) })).await.invalid("reason");
    olga.post("/admin/code-limits/clear", json!({})).await.invalid("email");
    let body = json!({ "user_id": ann.id });
    olga.put(&format!("/admin/groups/{UNKNOWN}/owner"), body).await.problem(404, "not_found");
    olga.call("PUT", &suspension).await.is(200);
    olga.delete(&suspension).await.done();
}

#[tokio::test]
async fn the_command_says_what_is_in_its_way() {
    let (mut server, another) = (Server::with(&[]), Server::with(&[]));
    let told = refused(&another, &["users", "list", "--url", &server.url]);
    assert!(told.contains("unauthenticated"), "who knows another service's secret: {told}");
    let told = refused(&another, &["users", "list", "--url", "ftp://127.0.0.1"]);
    assert!(told.contains("--url"), "{told}");
    server.kill();
    let told = refused(&server, &["users", "list"]);
    assert!(told.contains("no server answers at") && told.contains(server.address()), "{told}");

    let folder = TempDir::new().unwrap();
    let mut nameless = command(folder.path());
    nameless.args(["admin", "users", "list"]);
    let output = run_to_end(nameless);
    assert!(String::from_utf8(output.stderr).unwrap().contains("--as: "), "nobody is told who acts");
    let mut keyless = command(folder.path());
    keyless.args(["admin", "users", "list"]).env("USER", "olga");
    let output = run_to_end(keyless);
    assert!(String::from_utf8(output.stderr).unwrap().contains("server.data_dir"), "there is no secret");
}
