//! A message is one trace, from the request that brings it to its delivery at another node.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::Nodes;
use crate::e2e::http::Answer;
use crate::e2e::person::{client_id, text};
use crate::services::otlp::{Collector, Span, lineage};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const FROM: &str = "00f067aa0ba902b7";

/// Where the client says that it has come to.
fn traceparent() -> String {
    format!("00-{TRACE}-{FROM}-01")
}

/// The delivery of a message to the one socket that follows it at another node than that of `sender`.
fn delivery(spans: &[Span]) -> Option<&Span> {
    let sender = &spans.iter().find(|span| span.is_server)?.node;
    let delivered = spans.iter().find(|span| span.name == "deliver" && span.node != *sender)?;
    (delivered.attributes["sockets"] == "1").then_some(delivered)
}

fn is_whole(spans: &[Span]) -> bool {
    let is_there = |name: &str| spans.iter().any(|span| span.name == name);
    delivery(spans).is_some() && is_there("redis SPUBLISH") && spans.iter().any(|span| span.is_server)
}

/// What all traces of a message hold, below what has brought it.
fn assert_whole(spans: &[Span], brought_by: &str) {
    let up_to_client = |name: &str| {
        let span = spans.iter().find(|span| span.name == name);
        lineage(spans, span.unwrap_or_else(|| panic!("no {name} in {spans:#?}")))
    };
    let sent = ["conversations.send", brought_by];
    let lineage_of_delivery = lineage(spans, delivery(spans).unwrap());
    assert_eq!(lineage_of_delivery, [&["deliver", "bus.hear", "bus.publish"], &sent[..]].concat());
    let stored = ["sql messages.append_together", "sql messages.append"];
    assert_eq!(up_to_client("sql messages.append_together"), [&stored, &sent[..]].concat());
    let told = ["redis SPUBLISH", "bus.send", "bus.publish"];
    assert_eq!(up_to_client("redis SPUBLISH"), [&told, &sent[..]].concat());
    let first = spans.iter().find(|span| span.name == brought_by).unwrap();
    assert_eq!(first.parent, FROM);
    assert!(spans.iter().all(|span| !span.has_failed), "{spans:#?}");
}

#[tokio::test]
async fn a_message_over_http_is_one_trace_up_to_its_delivery_at_another_node() {
    let collector = Collector::start().await;
    let nodes = Nodes::start_with(2, &[collector.setting()]);
    let (ann, bob, conversation) = nodes.friends().await;
    let mut of_bob = bob.connects().await;
    let message = json!({ "client_id": client_id(), "content": text("hi") });
    let request = ann.http.request("POST", &format!("/conversations/{conversation}/messages"));
    let answer = Answer::to(request.header("traceparent", traceparent()).json(&message)).await;
    assert!(answer.header("traceparent").starts_with(&format!("00-{TRACE}-")), "{answer:?}");
    of_bob.next_event("message").await;
    let spans = collector.trace(TRACE, is_whole).await;
    assert_whole(&spans, "POST /api/v1/conversations/{id}/messages");
    let first = spans.iter().find(|span| span.is_server).unwrap();
    assert_eq!(first.attributes["request_id"], answer.header("x-request-id"));
    assert_eq!(first.attributes["http.response.status_code"], "201");
}

#[tokio::test]
async fn a_message_over_a_socket_is_one_trace_up_to_its_delivery_at_another_node() {
    let collector = Collector::start().await;
    let nodes = Nodes::start_with(2, &[collector.setting()]);
    let (ann, bob, conversation) = nodes.friends().await;
    let (mut of_ann, mut of_bob) = (ann.connects().await, bob.connects().await);
    let data = json!({ "conversation_id": conversation, "client_id": client_id(), "content": text("hi") });
    let frame = json!({ "op": "send", "id": "7", "data": data, "traceparent": traceparent() });
    of_ann.raw(Message::text(frame.to_string())).await;
    of_ann.reply("7").await;
    of_bob.next_event("message").await;
    let spans = collector.trace(TRACE, is_whole).await;
    assert_whole(&spans, "ws send");
    let first = spans.iter().find(|span| span.is_server).unwrap();
    assert!(first.attributes["request_id"].ends_with("-7"), "{first:?}");
}
