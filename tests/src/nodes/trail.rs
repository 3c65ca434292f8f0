//! Where a message is: whichever node is asked, all of them tell what they have seen.

use serde_json::Value;
use tokio::time::Instant;

use super::{HEALED, Nodes, hears};
use crate::e2e::person::client_id;
use crate::e2e::server::Server;

/// What `admin trace-message` says at this node.
fn trace(node: &Server, arguments: &[&str]) -> Result<Value, String> {
    let output = node.admin(&[&["trace-message", "--json"], arguments].concat());
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

/// The steps of this kind.
fn steps<'a>(trail: &'a Value, kind: &str) -> Vec<&'a Value> {
    trail["steps"].as_array().unwrap().iter().filter(|step| step["step"] == kind).collect()
}

#[tokio::test]
async fn a_message_is_traced_from_the_sender_to_who_has_read_it() {
    let nodes = Nodes::start(2);
    let (ann, bob, conversation) = nodes.friends().await;
    let mut there = bob.connects().await;
    let name = client_id();
    let message = ann.posts(&conversation, &name, "nobody else's business").await.is(201);
    hears(&mut there, &message, Instant::now() + HEALED).await;
    bob.reads(&conversation, 1).await;

    for node in &nodes.0 {
        let told = trace(node, &[&name]).unwrap();
        assert_eq!((told["complete"].as_bool(), told["nodes"].as_array().unwrap().len()), (Some(true), 2));
        let [trail] = told["items"].as_array().unwrap().as_slice() else { panic!("{told:#}") };
        let traced = &trail["message"];
        assert_eq!(
            (&traced["conversation_id"], &traced["seq"]),
            (&message["conversation_id"], &message["seq"])
        );
        assert_eq!(
            (&traced["sender_id"], &traced["read_by"][0]),
            (&message["sender_id"], &bob.id.clone().into())
        );
        let [accepted, acknowledged] = ["accepted", "acknowledged"].map(|kind| steps(trail, kind)[0]);
        let [delivered] = steps(trail, "delivered")[..] else { panic!("{trail:#}") };
        assert_eq!(accepted["session_id"], acknowledged["session_id"]);
        assert_eq!(accepted["node"], acknowledged["node"]);
        assert_eq!(delivered["user_id"], bob.id.as_str());
        assert_ne!(delivered["node"], accepted["node"], "Bob is at the other node");
        assert_eq!(steps(trail, "published").len(), 2, "each node was told");
        assert_eq!(steps(trail, "read")[0]["user_id"], bob.id.as_str());
        let order = ["accepted", "committed", "published", "delivered"].map(|kind| {
            trail["steps"].as_array().unwrap().iter().position(|step| step["step"] == kind).unwrap()
        });
        assert!(order.is_sorted(), "{trail:#}");
        assert!(!told.to_string().contains("business"), "{told:#}");
    }
    assert!(trace(&nodes.0[0], &["never sent"]).unwrap_err().contains("not_found"));
}

#[tokio::test]
async fn what_no_node_remembers_is_found_in_its_conversation() {
    let mut nodes = Nodes::start(1);
    let (ann, _bob, conversation) = nodes.friends().await;
    let name = client_id();
    ann.posts(&conversation, &name, "hello").await.is(201);
    nodes.0[0].restart();
    let node = &nodes.0[0];
    assert!(trace(node, &[&name]).unwrap_err().contains("not_found"), "it was forgotten");
    let told = trace(node, &[&name, "--conversation", &conversation]).unwrap();
    assert_eq!(
        (&told["items"][0]["message"]["seq"], &told["items"][0]["steps"]),
        (&1.into(), &Value::Array(vec![]))
    );
}
