//! What an operator does at one node holds on all.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::Nodes;
use crate::e2e::person::Person;

/// A new key signs half a minute after it was made; each node looks every few seconds.
const ROTATED: Duration = Duration::from_secs(60);

fn kid(person: &Person) -> Value {
    let header = URL_SAFE_NO_PAD.decode(person.token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
}

#[tokio::test]
async fn a_key_that_is_rotated_at_one_node_is_used_and_accepted_at_the_other() {
    let nodes = Nodes::start(2);
    let [here, there] = [&nodes.0[0], &nodes.0[1]];
    let ann = Person::registers(there).await;
    let output = here.admin(&["keys", "rotate", "--json"]);
    assert!(output.status.success(), "{output:?}");
    let new = serde_json::from_slice::<Value>(&output.stdout).unwrap()["kid"].clone();
    assert_ne!(kid(&ann), new);
    let since = Instant::now();
    loop {
        let again = ann.logs_in_again(there).await;
        for node in [here, there] {
            again.at(node).http.get("/me").await.is(200);
            ann.at(node).http.get("/me").await.is(200); // what the old key has signed stays good
        }
        if kid(&again) == new {
            break;
        }
        assert!(since.elapsed() < ROTATED, "the other node does not use the new key");
        sleep(Duration::from_millis(500)).await;
    }
    for node in [here, there] {
        let output = node.admin(&["keys", "retire", kid(&ann).as_str().unwrap()]);
        let retired = output.status.success();
        assert!(retired || String::from_utf8(output.stderr).unwrap().contains("not_found"));
    }
    ann.at(here).http.get("/me").await.problem(401, "unauthenticated");
    ann.logs_in_again(here).await.at(there).http.get("/me").await.is(200);
}
