//! What is counted on all nodes together.

use serde_json::json;

use super::Nodes;
use crate::e2e::person::{client_id, text};

#[tokio::test]
async fn what_somebody_does_at_any_node_counts_at_all() {
    let settings = [("CHATCHAT_LIMITS__ENABLED", "true"), ("CHATCHAT_LIMITS__SEND__ACCOUNT", "4/1h")];
    let nodes = Nodes::start_with(2, &settings);
    let (ann, bob, conversation) = nodes.friends().await;
    let path = format!("/conversations/{conversation}/messages");
    let message = || json!({ "client_id": client_id(), "content": text("hi") });
    for _ in 0..2 {
        for node in &nodes.0 {
            ann.at(node).http.post(&path, message()).await.is(201);
        }
    }
    for node in &nodes.0 {
        ann.at(node).http.post(&path, message()).await.problem(429, "rate_limited");
    }
    bob.http.post(&path, message()).await.is(201);
}
