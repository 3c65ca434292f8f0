//! What is peculiar to a bus through Redis: it loses events, and says so.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatchat_adapters::redis::{Redis, RedisBus};
use chatchat_domain::event::{Event, News, UserRev};
use chatchat_domain::ports::{EventBus as _, EventListener, EventSource as _, Topic};
use chatchat_domain::{SessionId, Timestamp, UserId};

use super::redis::eventually;
use crate::services::redis::{RedisCluster, RedisServer};

const ANN: UserId = UserId::from_bytes([1; 16]);

fn news(rev: u64) -> Event {
    let news = News::SessionEnded(SessionId::from_bytes([2; 16]));
    Event::Personal { user: ANN, rev: UserRev(rev), news }
}

/// Counts what it hears.
#[derive(Default)]
struct Ear {
    events: AtomicUsize,
    holes: AtomicUsize,
    /// Nothing is heard while this is held.
    plug: Mutex<()>,
}

impl EventListener for Ear {
    fn hear(&self, _: Event, _: Timestamp) {
        let _unplugged = self.plug.lock().unwrap();
        self.events.fetch_add(1, Ordering::SeqCst);
    }

    fn hole(&self) {
        self.holes.fetch_add(1, Ordering::SeqCst);
    }
}

impl Ear {
    fn events(&self) -> usize {
        self.events.load(Ordering::SeqCst)
    }

    fn holes(&self) -> usize {
        self.holes.load(Ordering::SeqCst)
    }
}

/// Two nodes, the second of which is ready for what concerns Ann.
struct Nodes {
    speaker: RedisBus,
    hearer: RedisBus,
    ear: Arc<Ear>,
}

impl Nodes {
    async fn on(url: &str) -> Self {
        let redis = Redis::connect(url).await.unwrap();
        let (speaker, hearer, ear) = (redis.bus(), redis.bus(), Arc::new(Ear::default()));
        hearer.attach(Arc::<Ear>::clone(&ear));
        hearer.want(Topic::Person(ANN));
        hearer.ready(&[Topic::Person(ANN)]).await;
        Self { speaker, hearer, ear }
    }

    async fn eventually_talk(&self) {
        let before = self.ear.events();
        eventually("they talk", async || {
            self.speaker.publish(vec![news(1)]).await;
            self.ear.events() > before
        })
        .await;
    }
}

#[tokio::test]
async fn after_a_restart_of_redis_all_is_heard_again_and_the_hole_is_told() {
    let mut server = RedisServer::start();
    let nodes = Nodes::on(&server.url()).await;
    nodes.eventually_talk().await;
    assert_eq!(nodes.ear.holes(), 0, "nothing was lost yet");
    server.stop();
    nodes.speaker.publish(vec![news(2)]).await;
    server.restart();
    eventually("the hole is told", async || nodes.ear.holes() > 0).await;
    nodes.eventually_talk().await;
}

#[tokio::test]
async fn a_frozen_redis_that_thaws_is_listened_to_again() {
    let server = RedisServer::start();
    let nodes = Nodes::on(&server.url()).await;
    nodes.eventually_talk().await;
    server.signal("STOP");
    // Longer than it takes to find out.
    tokio::time::sleep(Duration::from_secs(5)).await;
    server.signal("CONT");
    eventually("the hole is told", async || nodes.ear.holes() > 0).await;
    nodes.eventually_talk().await;
}

#[tokio::test]
async fn a_connection_that_is_cut_is_a_hole() {
    let server = RedisServer::start();
    let nodes = Nodes::on(&server.url()).await;
    nodes.eventually_talk().await;
    server.cli(&["client", "kill", "type", "pubsub"]);
    eventually("the hole is told", async || nodes.ear.holes() > 0).await;
    nodes.eventually_talk().await;
}

#[tokio::test]
async fn a_subscription_that_redis_has_lost_is_missed() {
    let server = RedisServer::start();
    let nodes = Nodes::on(&server.url()).await;
    nodes.eventually_talk().await;
    // Who may not say anything hears no beat of its own.
    server.cli(&["acl", "setuser", "default", "-spublish"]);
    eventually("the hole is told", async || nodes.ear.holes() > 0).await;
    server.cli(&["acl", "setuser", "default", "+spublish"]);
    nodes.eventually_talk().await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_a_hole_for_others() {
    let server = RedisServer::start();
    let nodes = Nodes::on(&server.url()).await;
    nodes.eventually_talk().await;
    server.cli(&["acl", "setuser", "default", "-spublish"]);
    nodes.speaker.publish(vec![news(2)]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(nodes.ear.holes(), 0);
    server.cli(&["acl", "setuser", "default", "+spublish"]);
    eventually("the hole is told", async || nodes.ear.holes() > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hears_too_slowly_is_told_of_the_hole() {
    let server = RedisServer::start();
    let nodes = Nodes::on(&server.url()).await;
    let channel = event_channels(&server).remove(0);
    nodes.eventually_talk().await;
    let plug = nodes.ear.plug.lock().unwrap();
    let flood = "for i = 1, 20000 do redis.call('SPUBLISH', KEYS[1], ARGV[1]) end";
    let say = |letter: &str| drop(server.cli(&["spublish", &channel, letter]));
    let event = r#"[{"personal":{"user":"01010101-0101-0101-0101-010101010101","rev":1,"news":{"friend_removed":"01010101-0101-0101-0101-010101010101"}}}]"#;
    say(&format!("0123456789abcdefe{event}"));
    server.cli(&["eval", flood, "1", &channel, "0123456789abcdefe[]"]);
    std::thread::sleep(Duration::from_millis(500));
    drop(plug);
    eventually("the hole is told", async || nodes.ear.holes() > 0).await;
}

#[tokio::test]
async fn what_nobody_wants_any_more_is_let_go() {
    let server = RedisServer::start();
    let nodes = Nodes::on(&server.url()).await;
    let channels = || event_channels(&server).len();
    assert_eq!(channels(), 1);
    nodes.hearer.release(Topic::Person(ANN));
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(channels(), 1, "who reconnects wants it again");
    eventually("it is let go", async || channels() == 0).await;
    nodes.hearer.want(Topic::Person(ANN));
    nodes.hearer.ready(&[Topic::Person(ANN)]).await;
    nodes.speaker.publish(vec![news(1)]).await;
    eventually("it is heard again", async || nodes.ear.events() == 1).await;
}

/// The channels of events that somebody listens to at this server.
fn event_channels(server: &RedisServer) -> Vec<String> {
    let channels = server.cli(&["pubsub", "shardchannels"]);
    channels.lines().filter(|channel| channel.ends_with(":events")).map(str::to_owned).collect()
}

/// The master that carries what the nodes say.
fn carrier(cluster: &RedisCluster) -> usize {
    let mut channels = cluster.nodes.iter().flat_map(event_channels);
    cluster.master_of(&channels.next().unwrap())
}

#[tokio::test]
async fn a_master_that_dies_is_replaced() {
    let mut cluster = RedisCluster::start(1);
    let nodes = Nodes::on(&cluster.url()).await;
    nodes.eventually_talk().await;
    let master = carrier(&cluster);
    cluster.nodes[master].stop();
    eventually("the hole is told", async || nodes.ear.holes() > 0).await;
    nodes.eventually_talk().await;
}

#[tokio::test]
async fn a_master_that_freezes_is_replaced_and_may_thaw() {
    let cluster = RedisCluster::start(1);
    let nodes = Nodes::on(&cluster.url()).await;
    nodes.eventually_talk().await;
    let master = carrier(&cluster);
    cluster.nodes[master].signal("STOP");
    eventually("the hole is told", async || nodes.ear.holes() > 0).await;
    nodes.eventually_talk().await;
    cluster.nodes[master].signal("CONT");
    nodes.eventually_talk().await;
}
