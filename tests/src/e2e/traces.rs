//! What the service tells a collector of traces, and that nobody waits for one.

use std::time::Duration;

use serde_json::{Value, json};

use super::http::{Answer, Http};
use super::person::{Person, client_id, text};
use super::server::Server;
use crate::services::free_port;
use crate::services::otlp::{Collector, Span, lineage};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const RECORDED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NOT_RECORDED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

/// A request that says where it comes from in a trace.
async fn asks(server: &Server, path: &str, traceparent: &str) -> Answer {
    Answer::to(Http::stranger(server).request("GET", path).header("traceparent", traceparent)).await
}

fn has(spans: &[Span], name: &str) -> bool {
    spans.iter().any(|span| span.name == name)
}

#[tokio::test]
async fn a_message_is_one_trace_from_its_request_to_its_delivery() {
    let collector = Collector::start().await;
    let server = Server::with(&[collector.setting()]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let mut of_bob = bob.connects().await;
    let answer = ann.posts(&conversation, &client_id(), "hi").await;
    of_bob.next_event("message").await;
    let trace = answer.header("traceparent").split('-').nth(1).unwrap();
    let spans = collector
        .trace(trace, |spans| has(spans, "deliver") && spans.iter().any(|span| span.is_server))
        .await;
    let delivered = spans.iter().find(|span| span.name == "deliver").unwrap();
    let sent = "POST /api/v1/conversations/{id}/messages";
    assert_eq!(lineage(&spans, delivered), ["deliver", "bus.publish", "conversations.send", sent]);
    assert!(has(&spans, "sql messages.append") && has(&spans, "sessions.authenticate"), "{spans:#?}");
}

#[tokio::test]
async fn sends_that_are_stored_together_are_pointed_to() {
    let collector = Collector::start().await;
    let server = Server::with(&[collector.setting()]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let mut socket = ann.connects().await;
    let mut sends = 0;
    loop {
        let mut ids = Vec::new();
        for _ in 0..50 {
            let data = json!({
                "conversation_id": conversation, "client_id": client_id(), "content": text("hi")
            });
            ids.push(socket.start("send", data).await);
        }
        for id in ids {
            assert_eq!(socket.reply(&id).await["ok"], true);
        }
        sends += 50;
        let spans = collector.spans();
        let together = |span: &&Span| span.name == "sql messages.append_together" && !span.links.is_empty();
        if let Some(batch) = spans.iter().find(together) {
            let messages: usize = batch.attributes["messages"].parse().unwrap();
            assert_eq!(batch.links.len() + 1, messages, "{batch:?}");
            break;
        }
        assert!(sends < 5000, "none were stored together");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn who_is_no_trusted_proxy_does_not_choose_what_is_recorded() {
    let collector = Collector::start().await;
    let mut server = Server::with(&[collector.setting(), ("CHATCHAT_TELEMETRY__SAMPLING", "0")]);
    assert_eq!(asks(&server, "//problems", RECORDED).await.header("traceparent"), "");
    let (status, _) = server.stop().await;
    assert!(status.success() && collector.spans().is_empty());

    server.restart_with(&[("CHATCHAT_SERVER__TRUSTED_PROXIES", "127.0.0.1")]);
    assert!(asks(&server, "//problems", RECORDED).await.header("traceparent").contains(TRACE));
    assert_eq!(asks(&server, "//problems", NOT_RECORDED).await.header("traceparent"), "");
    let (status, _) = server.stop().await;
    assert!(status.success());
    assert_eq!(collector.spans().len(), 1, "what is recorded is exported before the end");
}

#[tokio::test]
async fn what_nobody_has_asked_for_makes_no_traces() {
    let collector = Collector::start().await;
    let mut server = Server::with(&[collector.setting()]);
    let ann = Person::registers(&server).await;
    let _socket = ann.connects().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    server.stop().await;
    let spans = collector.spans();
    let first: Vec<_> = spans.iter().filter(|span| span.parent.is_empty() && !span.is_server).collect();
    assert!(!spans.is_empty() && first.is_empty(), "{first:#?}");
}

/// Somebody talks, and the server ends well.
async fn all_is_well(mut server: Server) {
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let conversation = ann.befriends(&bob).await;
    let mut of_bob = bob.connects().await;
    for number in 0..200 {
        let said = ann.sends(&conversation, &number.to_string()).await;
        assert_eq!(of_bob.next_event("message").await["data"]["message"], said);
    }
    let (status, _) = server.stop().await;
    assert!(status.success(), "{}", server.log());
}

#[tokio::test]
async fn without_the_collector_all_goes_on() {
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let server = Server::with(&[("CHATCHAT_TELEMETRY__OTLP_ENDPOINT", &nowhere)]);
    all_is_well(server).await;
}

#[tokio::test]
async fn a_collector_that_hangs_keeps_nobody_and_what_it_does_not_take_is_dropped() {
    let collector = Collector::that_hangs().await;
    let server = Server::with(&[collector.setting()]);
    let metrics = Http::stranger(&server);
    let dropped = async {
        loop {
            Http::stranger(&server).get("/auth/providers").await.is(200);
            let shown = String::from_utf8(metrics.get("//metrics").await.bytes).unwrap();
            if shown.contains(r#"chatchat_trace_spans_total{outcome="dropped"}"#) {
                return;
            }
        }
    };
    tokio::time::timeout(super::socket::PATIENCE, dropped).await.unwrap();
    all_is_well(server).await;
}

/// A server that calls a third party which is not there.
fn in_vain(collector: &Collector, format: &str) -> Server {
    let gone =
        format!(r#"[{{id="gone", name="Gone", issuer="http://127.0.0.1:{}", client_id="us"}}]"#, free_port());
    Server::with(&[
        collector.setting(),
        ("CHATCHAT_PROVIDERS", &gone),
        ("CHATCHAT_TELEMETRY__LOG_FORMAT", format),
    ])
}

/// Asks for that third party under this name.
async fn asks_in_vain(server: &Server, name: &str) {
    let request = Http::stranger(server).request("GET", "/auth/providers/gone/start?return_to=/");
    let request = request.header("traceparent", RECORDED).header("x-request-id", name);
    Answer::to(request).await.is(303);
}

#[tokio::test]
async fn each_line_of_a_request_names_the_request_and_its_trace_for_machines() {
    let collector = Collector::start().await;
    let server = in_vain(&collector, "json");
    asks_in_vain(&server, "my-request").await;
    let log = server.log();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let line = |message: &str| {
        let found = lines.iter().find(|line| line["message"] == message);
        found.unwrap_or_else(|| panic!("no {message:?} in {log}"))
    };
    for named in [&line("unavailable")["span"], line("request")] {
        assert_eq!(
            (&named["request_id"], &named["trace_id"]),
            (&json!("my-request"), &json!(TRACE)),
            "{log}"
        );
    }
}

#[tokio::test]
async fn each_line_of_a_request_names_the_request_and_its_trace_for_people() {
    let collector = Collector::start().await;
    let server = in_vain(&collector, "text");
    asks_in_vain(&server, "my-request").await;
    let log = server.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("request_id=my-request")).collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines.iter().all(|line| line.contains(&format!("trace_id={TRACE}"))), "{log}");
}
