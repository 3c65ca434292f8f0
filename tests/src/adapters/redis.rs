//! What is peculiar to Redis: servers that are wrong, away, frozen or back; leases.

use std::time::Duration;

use chatchat_adapters::redis::{ConnectError, Redis};
use chatchat_domain::account::{CodePurpose, CodeStore as _, EmailAddress, StoredCode};
use chatchat_domain::ports::{Cache as _, Policy, Presence as _, PresenceOf, RateLimiter as _, SessionState};
use chatchat_domain::{Error, SessionId, Timestamp, UserId};

use crate::services::make_certificate;
use crate::services::redis::{RedisServer, redis, shared_cluster_url, shared_url};

const ANN: UserId = UserId::from_bytes([1; 16]);
const SESSION: SessionId = SessionId::from_bytes([2; 16]);
const NOW: Timestamp = Timestamp::from_unix_micros(1_735_689_600_000_000);
const LIVE: SessionState = SessionState::Live { seen_at: NOW };
const ONLINE: PresenceOf = PresenceOf { online: true, last_seen_at: None };
const ONCE: Policy = Policy { name: "once", quota: 1, window: Duration::from_secs(3600) };
const MUCH: Policy = Policy { name: "much", quota: 640, window: Duration::from_secs(3600) };

/// Waits until something is so.
pub(super) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// Why it cannot be connected to.
async fn refusal(url: &str) -> ConnectError {
    let refused = tokio::time::timeout(Duration::from_secs(20), Redis::connect(url)).await;
    refused.expect("the waiting is bounded").map(drop).expect_err("it is refused")
}

#[tokio::test]
async fn who_has_the_password_gets_in_and_nobody_else() {
    let server = RedisServer::start_with(|_, _| ["--requirepass", "right"].map(ToOwned::to_owned).into());
    for user in ["", ":wrong@", "nobody:wrong@"] {
        let error = refusal(&server.url().replace("//", &format!("//{user}"))).await;
        assert!(matches!(error, ConnectError::Refused(_)), "{user} {error:?}");
        assert!(!error.to_string().contains("wrong@"), "{error}");
    }
    Redis::connect(&server.url().replace("//", "//:right@")).await.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for_for_ever() {
    let mut server = RedisServer::start();
    server.signal("STOP");
    assert!(refusal(&server.url()).await.may_pass());
    server.signal("CONT");
    server.stop();
    assert!(refusal(&server.url()).await.may_pass());
}

#[tokio::test]
async fn a_cluster_is_called_by_its_name() {
    let single = refusal(&shared_cluster_url().replace("redis-cluster:", "redis:")).await;
    assert!(single.to_string().contains("redis-cluster://"), "{single}");
    let cluster = refusal(&shared_url().replace("redis:", "redis-cluster:")).await;
    assert!(cluster.to_string().contains("cluster support disabled"), "{cluster}");
}

#[tokio::test]
async fn with_a_certificate_of_its_own_it_is_reached_over_tls() {
    let server = RedisServer::start_with(|folder, port| {
        make_certificate(folder);
        let (port, file) = (port.to_string(), |name: &str| folder.join(name).display().to_string());
        let (ca, cert, key) = (file("ca.pem"), file("cert.pem"), file("key.pem"));
        let options =
            ["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no", "--tls-ca-cert-file", &ca];
        let files = ["--tls-cert-file", &cert, "--tls-key-file", &key];
        options.into_iter().chain(files).map(ToOwned::to_owned).collect()
    });
    let url = server.url().replace("redis:", "rediss:");
    assert!(matches!(refusal(&url).await, ConnectError::Unreachable(_)), "a stranger's certificate");
    let trusting = format!("{url}?ssl_ca={}", server.file("ca.pem"));
    Redis::connect(&trusting).await.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn services_with_names_of_their_own_share_a_server() {
    let (ours, theirs) = (redis().await.cache(), redis().await.cache());
    ours.remember_session(SESSION, LIVE).await;
    assert_eq!(theirs.session(SESSION).await, None);
}

#[tokio::test]
async fn without_redis_a_node_goes_on_by_itself() {
    let mut server = RedisServer::start();
    let redis = Redis::connect(&server.url()).await.unwrap();
    server.stop();
    eventually("it is missed", async || redis.ping().await.is_err()).await;

    let cache = redis.cache();
    cache.remember_session(SESSION, SessionState::Ended).await;
    assert_eq!(cache.session(SESSION).await, Some(SessionState::Ended), "what the node knows itself");
    assert_eq!(cache.session(SessionId::from_bytes([9; 16])).await, None);
    assert_eq!(cache.profile(ANN).await, None);

    let (codes, ann) = (redis.codes(), EmailAddress::new("ann@example.com").unwrap());
    let code = StoredCode { hash: [7; 32], created_at: NOW };
    let kept = codes.keep(&ann, CodePurpose::Register, code).await;
    assert!(matches!(kept, Err(Error::Unavailable(_))), "{kept:?}");
    let redeemed = codes.redeem(&ann, CodePurpose::Register, [7; 32], 5, NOW).await;
    assert!(matches!(redeemed, Err(Error::Unavailable(_))), "{redeemed:?}");

    let limiter = redis.rate_limiter();
    limiter.check(ONCE, "ann").await.unwrap();
    assert!(matches!(limiter.check(ONCE, "ann").await, Err(Error::RateLimited(_))));

    let presence = redis.presence();
    assert!(presence.arrived(ANN).await);
    assert_eq!(presence.of(&[ANN]).await, [ONLINE]);
    assert!(presence.left(ANN, NOW).await);
}

#[tokio::test]
async fn where_much_is_allowed_nodes_tell_each_other_in_packets() {
    let (one, other) =
        (Redis::connect(shared_url()).await.unwrap(), Redis::connect(shared_url()).await.unwrap());
    let (one, other) = (one.rate_limiter(), other.rate_limiter());
    let (key, much) = (uuid::Uuid::new_v4().to_string(), MUCH);
    for _ in 0..much.quota {
        one.check(much, &key).await.unwrap();
    }
    let packet = much.quota / 32;
    let mut let_through = 0;
    while other.check(much, &key).await.is_ok() {
        let_through += 1;
        assert!(let_through <= 2 * packet, "the other node lets everything through");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(let_through >= packet, "a node does not ask before it has a packet to tell of");
    let refused = other.check(much, &key).await.unwrap_err();
    assert!(
        matches!(refused, Error::RateLimited(exceeded) if exceeded.retry_after <= much.window),
        "it says when"
    );
}

#[tokio::test]
async fn what_has_ended_while_redis_was_away_has_ended_for_all() {
    let mut server = RedisServer::start();
    let redis = Redis::connect(&server.url()).await.unwrap();
    let here = redis.cache();
    server.stop();
    here.remember_session(SESSION, SessionState::Ended).await;
    server.restart();
    let elsewhere = redis.cache();
    elsewhere.remember_session(SESSION, LIVE).await;
    eventually("they are told", async || elsewhere.session(SESSION).await == Some(SessionState::Ended)).await;
}

#[tokio::test]
async fn a_session_that_ends_on_one_node_has_ended_on_all_a_second_later() {
    let redis = redis().await;
    let (here, elsewhere) = (redis.cache(), redis.cache());
    here.remember_session(SESSION, LIVE).await;
    assert_eq!(elsewhere.session(SESSION).await, Some(LIVE));
    here.remember_session(SESSION, SessionState::Ended).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(elsewhere.session(SESSION).await, Some(SessionState::Ended));
}

#[tokio::test]
async fn a_frozen_server_is_given_up_and_is_back_when_it_thaws() {
    let server = RedisServer::start();
    let redis = Redis::connect(&server.url()).await.unwrap();
    server.signal("STOP");
    eventually("it is given up", async || redis.ping().await.is_err()).await;
    server.signal("CONT");
    eventually("it is back", async || redis.ping().await.is_ok()).await;
}

#[tokio::test]
async fn scripts_that_redis_has_forgotten_are_sent_again() {
    let server = RedisServer::start();
    let limiter = Redis::connect(&server.url()).await.unwrap().rate_limiter();
    limiter.check(ONCE, "ann").await.unwrap();
    server.cli(&["script", "flush"]);
    assert!(matches!(limiter.check(ONCE, "ann").await, Err(Error::RateLimited(_))));
}

#[tokio::test]
async fn somebody_is_there_while_any_node_has_them() {
    let redis = redis().await;
    let (one, other) = (redis.presence(), redis.presence());
    assert!(one.arrived(ANN).await);
    assert!(!other.arrived(ANN).await);
    assert!(!one.left(ANN, NOW).await);
    assert_eq!(one.of(&[ANN]).await, [ONLINE]);
    assert!(other.left(ANN, NOW).await);
    assert_eq!(one.of(&[ANN]).await, [PresenceOf { online: false, last_seen_at: Some(NOW) }]);
}

#[tokio::test]
async fn a_node_that_dies_loses_its_people_with_its_lease() {
    let server = RedisServer::start();
    let redis = Redis::connect(&format!("{}?prefix=leases", server.url())).await.unwrap();
    let (dead, alive) = (redis.presence(), redis.presence());
    dead.arrived(ANN).await;
    drop(dead);
    assert_eq!(alive.of(&[ANN]).await, [ONLINE]);

    // As if half a minute had passed.
    let nodes = format!("leases:{{{ANN}}}:nodes");
    let node = server.cli(&["zrange", &nodes, "0", "-1"]);
    server.cli(&["zadd", &nodes, "XX", "1", node.trim()]);
    assert_eq!(alive.of(&[ANN]).await, [PresenceOf::default()]);
    assert!(alive.arrived(ANN).await, "they are the first again");
}

#[tokio::test]
async fn a_redis_that_has_forgotten_who_is_there_is_told_again() {
    let server = RedisServer::start();
    let redis = Redis::connect(&server.url()).await.unwrap();
    let (here, elsewhere) = (redis.presence(), redis.presence());
    here.arrived(ANN).await;
    server.cli(&["flushall"]);
    assert_eq!(elsewhere.of(&[ANN]).await, [PresenceOf::default()]);
    eventually("the lease is renewed", async || elsewhere.of(&[ANN]).await == [ONLINE]).await;
}

#[tokio::test]
async fn what_is_dropped_leaves_no_connection() {
    let server = RedisServer::start();
    let count = || server.cli(&["client", "list"]).lines().filter(|line| !line.contains("redis-cli")).count();
    let others = count();
    let redis = Redis::connect(&server.url()).await.unwrap();
    let all = (redis.bus(), redis.cache(), redis.codes(), redis.presence(), redis.rate_limiter());
    eventually("they are there", async || count() > others + 2).await;
    drop((redis, all));
    eventually("they are gone", async || count() == others).await;
}
