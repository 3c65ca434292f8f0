//! Redis is away, or some of it: nothing is lost, and what was missed comes without anything new being said.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{HEALED, Nodes, hears};
use crate::e2e::browser::Browser;
use crate::e2e::http::Http;
use crate::e2e::person::Person;
use crate::e2e::socket::Frame;
use crate::services::oidc::Oidc;
use crate::services::redis::{RedisCluster, RedisServer};

/// Two people at two nodes, and what they say while Redis cannot carry it.
struct Talk {
    nodes: Nodes,
    ann: Person,
    bob: Person,
    conversation: String,
}

impl Talk {
    async fn over(redis: &str) -> Self {
        let nodes = Nodes::start_with(2, &[("CHATCHAT_REDIS__URL", redis)]);
        let (ann, bob, conversation) = nodes.friends().await;
        Self { nodes, ann, bob, conversation }
    }
}

#[tokio::test]
async fn without_redis_everybody_goes_on_and_with_it_nothing_is_missing() {
    let mut redis = RedisServer::start();
    let Talk { nodes, ann, bob, conversation } = Talk::over(&redis.url()).await;
    let (mut here, mut there) = (ann.connects().await, bob.connects().await);
    let message = ann.sends(&conversation, "before").await;
    hears(&mut there, &message, Instant::now() + HEALED).await;

    redis.stop();
    let mut missed = Vec::new();
    for number in 0..10 {
        let message = here.sends(&conversation, &format!("while it is away: {number}")).await;
        here.find(|frame| frame["data"]["message"] == message).await; // at the same node
        missed.push(message);
    }
    let ready = Http::stranger(&nodes.0[0]).get("//readyz").await.is(200);
    assert_eq!(ready["checks"]["redis"], "unavailable");
    assert_eq!(ready["checks"]["database"], "ok");
    // Logged in before or now: who is known by the database gets in.
    ann.at(&nodes.0[1]).http.get("/conversations").await.is(200);

    redis.restart();
    let deadline = Instant::now() + HEALED;
    for message in &missed {
        hears(&mut there, message, deadline).await;
    }
    there.expects_nothing_more().await;
    let message = ann.sends(&conversation, "after").await;
    hears(&mut there, &message, Instant::now() + HEALED).await;
}

#[tokio::test]
async fn a_session_that_ends_while_redis_is_away_ends_at_all_nodes_when_it_is_back() {
    let mut redis = RedisServer::start();
    let Talk { nodes, ann, .. } = Talk::over(&redis.url()).await;
    let mut there = ann.at(&nodes.0[1]).connects().await;
    redis.stop();
    ann.http.call("POST", "/auth/logout").await.done();
    redis.restart();
    assert_eq!(there.closed_within(HEALED).await, Some(4003));
}

#[tokio::test]
async fn without_redis_a_log_in_with_a_third_party_says_so_on_the_page_it_came_from() {
    let (mut redis, provider) = (RedisServer::start(), Oidc::start(7).await);
    let acme = format!(r#"[{{id="acme", issuer="{}", client_id="us"}}]"#, provider.url);
    let settings = [("CHATCHAT_REDIS__URL", redis.url()), ("CHATCHAT_PROVIDERS", acme)];
    let nodes = Nodes::start_with(1, &settings.each_ref().map(|(name, value)| (*name, value.as_str())));
    let mut browser = Browser::new(&nodes.0[0]);
    let start = "/auth/providers/acme/start?return_to=/room";
    let page = browser.get(start).await.sent_to().to_owned();
    let state = page.split("state=").nth(1).unwrap().split('&').next().unwrap();

    redis.stop();
    let back = browser.get(&format!("/auth/providers/acme/callback?code=x&state={state}")).await;
    assert_eq!(back.back_at("/room"), "error=unavailable");
    assert_eq!(browser.get(start).await.back_at("/room"), "error=unavailable");
    let login_code = json!({ "login_code": "A".repeat(43) });
    browser.posts("/auth/login-code", login_code).await.problem(503, "unavailable");

    redis.restart();
    let deadline = Instant::now() + HEALED;
    while !browser.get(start).await.location.starts_with(&provider.url) {
        assert!(Instant::now() < deadline, "it does not come back");
        sleep(Duration::from_millis(100)).await;
    }
}

/// One master of a cluster fails, and with it the way of some of many conversations.
async fn heals_when_a_master_fails(fail: impl FnOnce(&mut RedisServer)) {
    let mut cluster = RedisCluster::start(1);
    let Talk { ann, bob, nodes: _nodes, .. } = Talk::over(&cluster.url()).await;
    let mut groups = Vec::new();
    for _ in 0..12 {
        groups.push(ann.creates_group_with(&[&bob]).await);
    }
    let mut there = bob.connects().await;
    let victim = cluster.busiest();
    fail(&mut cluster.nodes[victim]);
    let mut messages = Vec::new();
    for group in &groups {
        messages.push(ann.sends(group, "to whom it may concern").await);
    }
    let deadline = Instant::now() + HEALED;
    while !messages.is_empty() {
        let frame = there.receive(deadline).await;
        let Some(Frame::Object(frame)) = frame else { panic!("{} are missing: {frame:?}", messages.len()) };
        messages.retain(|message| frame["data"]["message"] != *message);
    }
    assert!(there.rest().await.iter().all(|frame| frame["event"] != "message"), "nothing comes twice");
}

#[tokio::test]
async fn a_master_of_the_cluster_that_dies_is_made_up_for() {
    heals_when_a_master_fails(RedisServer::stop).await;
}

#[tokio::test]
async fn a_master_of_the_cluster_that_freezes_is_made_up_for() {
    heals_when_a_master_fails(|master| master.signal("STOP")).await;
}

#[tokio::test]
async fn a_redis_that_freezes_and_thaws_holds_nobody_up() {
    let redis = RedisServer::start();
    let Talk { ann, bob, conversation, nodes: _nodes } = Talk::over(&redis.url()).await;
    let mut there = bob.connects().await;
    redis.signal("STOP");
    let message = ann.sends(&conversation, "while it is frozen").await;
    sleep(Duration::from_secs(2)).await; // long enough to be given up
    redis.signal("CONT");
    hears(&mut there, &message, Instant::now() + HEALED).await;
}
