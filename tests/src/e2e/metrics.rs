//! What the service tells Prometheus of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::http::Http;
use super::person::{PASSWORD, Person, client_id, text};
use super::server::Server;
use super::stack::Stack;

/// Every series, with its number, as Prometheus' own parser reads it.
pub(super) async fn scrape(server: &Server) -> BTreeMap<String, f64> {
    let answer = Http::stranger(server).get("//metrics").await;
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    parse(&answer.bytes)
}

fn parse(text: &[u8]) -> BTreeMap<String, f64> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/prometheus/parse.py");
    let mut command = Command::new("/usr/bin/python3");
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut parser = command.spawn().unwrap();
    parser.stdin.take().unwrap().write_all(text).unwrap();
    let parsed = parser.wait_with_output().unwrap();
    assert!(parsed.status.success());
    serde_json::from_slice(&parsed.stdout).unwrap()
}

/// The number of this series; nothing was counted yet if there is none.
fn number(series: &BTreeMap<String, f64>, name: &str) -> f64 {
    series.get(name).copied().unwrap_or_default()
}

/// Some of everything: two people come, become friends, talk and go.
async fn a_day(server: &Server) {
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let conversation = ann.befriends(&bob).await;
    let (mut of_ann, mut of_bob) = (ann.connects().await, bob.connects().await);
    of_ann.sends(&conversation, "hi").await;
    of_bob.next_event("message").await;
    let message = json!({ "client_id": client_id(), "content": text("hi") });
    let path = format!("/conversations/{conversation}/messages");
    ann.http.post(&path, message.clone()).await.is(201);
    ann.http.post(&path, message).await.is(200);
    of_bob.next_event("message").await;
    let nowhere = json!({ "conversation_id": "x", "client_id": client_id(), "content": text("hi") });
    of_bob.refused("send", nowhere, 404, "not_found").await;
    let group = ann.creates_group_with(&[&bob]).await;
    ann.sends(&group, "hi").await;
    ann.http.get("/messages/search?query=hi").await.is(200);
    let login = json!({ "email": ann.email, "password": PASSWORD });
    Http::stranger(server).post("/auth/login", login).await.is(200);
    ann.http.get(&format!("/users/{}", bob.id)).await.is(200);
    ann.http.get(&format!("/nothing/{}", bob.id)).await.problem(404, "not_found");
    bob.http.post("/auth/logout", json!({})).await.done();
    assert_eq!(of_bob.closed().await, Some(4003));
}

#[tokio::test]
async fn what_happens_is_counted() {
    let server = Server::with(&[]);
    a_day(&server).await;
    let series = scrape(&server).await;
    for (name, expected) in [
        ("chatchat_sends_total{outcome=stored}", 3.0),
        ("chatchat_sends_total{outcome=repeated}", 1.0),
        ("chatchat_operations_total{op=send,outcome=ok}", 1.0),
        ("chatchat_operations_total{op=send,outcome=not_found}", 1.0),
        ("chatchat_sockets_closed_total{code=4003}", 1.0),
        ("chatchat_requests_total{method=POST,route=/auth/register,status=201}", 2.0),
        ("chatchat_requests_total{method=POST,route=/conversations/{id}/messages,status=200}", 1.0),
        ("chatchat_requests_total{method=-,route=-,status=404}", 1.0),
        ("chatchat_breaker_state{dependency=database_writes}", 0.0),
        ("chatchat_breaker_state{dependency=mail}", 0.0),
        ("chatchat_breaker_state{dependency=objects}", 0.0),
        ("chatchat_breaker_state{dependency=provider_simulated}", 0.0),
        ("chatchat_outbox_dead{}", 0.0),
        ("chatchat_under_way{class=all}", 1.0),
    ] {
        assert_eq!(number(&series, name), expected, "{name}: {series:#?}");
    }
    for (name, at_least) in [
        ("chatchat_deliveries_total{}", 4.0),
        ("chatchat_delivery_lag_seconds_count{}", 1.0),
        ("chatchat_batch_messages_count{}", 2.0),
        ("chatchat_database_seconds_count{use=append}", 3.0),
        ("chatchat_database_seconds_count{use=read}", 5.0),
        ("chatchat_operation_seconds_count{op=hello}", 2.0),
        ("chatchat_request_seconds_count{class=search}", 1.0),
        ("chatchat_cache_requests_total{cache=session,outcome=hit}", 1.0),
        ("chatchat_cache_requests_total{cache=profile,outcome=miss}", 1.0),
        ("process_resident_memory_bytes{process=server}", 1e6),
        ("process_open_fds{process=server}", 5.0),
    ] {
        assert!(number(&series, name) >= at_least, "{name}: {series:#?}");
    }
    let mut there = vec!["chatchat_database_waiting{use=write}"];
    if Stack::under_test() == Stack::Production {
        there.extend(["chatchat_database_connections{use=read}", "chatchat_redis_connections{for=commands}"]);
        assert!(number(&series, "chatchat_bus_published_total{}") >= 3.0, "{series:#?}");
        there.push("chatchat_breaker_state{dependency=redis}");
    }
    for name in there {
        assert!(series.contains_key(name), "{name}: {series:#?}");
    }
}

#[tokio::test]
async fn no_label_grows_with_people_and_what_they_do() {
    let server = Server::with(&[]);
    for _ in 0..2 {
        a_day(&server).await;
        scrape(&server).await;
    }
    let before: BTreeSet<String> = scrape(&server).await.into_keys().collect();
    for _ in 0..3 {
        a_day(&server).await;
    }
    let after: BTreeSet<String> = scrape(&server).await.into_keys().collect();
    let new: Vec<&String> = after.difference(&before).collect();
    assert!(new.is_empty(), "{new:#?}");
}

/// What the operators' documents say.
const ALERTS: &str = include_str!("../../../docs/operations/alerts.yml");
const RUNBOOK: &str = include_str!("../../../docs/operations/runbook.md");
const DASHBOARD: &str = include_str!("../../../docs/operations/dashboard.json");

/// The metrics that a text names, without what a counter or a histogram appends.
fn metrics_named_in(text: &str) -> BTreeSet<&str> {
    let is_part_of_a_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let is_ours = |word: &&str| ["chatchat_", "process_"].iter().any(|kind| word.starts_with(kind));
    text.split(|c| !is_part_of_a_name(c)).filter(is_ours).map(family).collect()
}

fn family(name: &str) -> &str {
    let suffixes = ["_total", "_bucket", "_count", "_sum"];
    suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

#[tokio::test]
async fn alerts_runbook_and_dashboard_name_what_the_server_shows() {
    let server =
        Server::with(&[("CHATCHAT_LIMITS__ENABLED", "true"), ("CHATCHAT_LIMITS__SEARCH__ADDRESS", "1/1h")]);
    a_day(&server).await;
    Http::stranger(&server).get("/messages/search?query=hi").await;
    let series = scrape(&server).await;
    let shown: BTreeSet<&str> =
        series.keys().map(|series| family(series.split('{').next().unwrap_or_default())).collect();
    let elsewhere = ["chatchat_bus", "chatchat_redis", "chatchat_database_connections"];
    let is_here = |name: &&&str| {
        Stack::under_test() == Stack::Production || !elsewhere.iter().any(|kind| name.starts_with(kind))
    };
    for text in [ALERTS, RUNBOOK, DASHBOARD] {
        let named = metrics_named_in(text);
        let missing: Vec<_> = named.iter().filter(is_here).filter(|name| !shown.contains(**name)).collect();
        assert!(!named.is_empty() && missing.is_empty(), "{missing:?} of {shown:?}");
    }
}

#[test]
fn every_alert_has_its_entry_in_the_runbook() {
    let alerts: BTreeSet<&str> =
        ALERTS.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    let entries: BTreeSet<&str> = RUNBOOK.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert!(alerts.len() > 10);
    assert_eq!(alerts, entries);
}

#[test]
fn every_panel_says_what_it_shows_and_in_which_unit() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let all = dashboard["panels"].as_array().unwrap().iter();
    let (rows, panels): (Vec<&Value>, Vec<&Value>) = all.partition(|panel| panel["type"] == "row");
    assert!(rows.len() > 5 && panels.len() > 30);
    for panel in panels {
        let description = panel["description"].as_str().unwrap();
        assert!(description.len() > 20 && description.ends_with('.'), "{panel}");
        assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{panel}");
        let targets = panel["targets"].as_array().unwrap();
        assert!(targets.iter().any(|target| target["expr"].is_string()), "{panel}");
    }
}

#[tokio::test]
async fn what_is_refused_for_coming_too_often_is_counted() {
    let server =
        Server::with(&[("CHATCHAT_LIMITS__ENABLED", "true"), ("CHATCHAT_LIMITS__SEARCH__ADDRESS", "1/1h")]);
    for _ in 0..3 {
        Http::stranger(&server).get("/users?query=ann").await;
    }
    let series = scrape(&server).await;
    assert_eq!(number(&series, "chatchat_limited_total{limit=search_address}"), 2.0, "{series:#?}");
}
