use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fred::clients::SubscriberClient;
use fred::interfaces::{ClientLike as _, ClusterInterface as _, EventInterface as _, PubsubInterface as _};
use fred::types::Message;
use fred::types::config::Server;
use fred::util::redis_keyslot;
use futures_util::future::{join_all, try_join_all};
use tokio::sync::broadcast::error::RecvError;
use tracing::Span;

use super::super::connect::Line;
use super::counts::Counts;
use super::interest::Interests;
use super::letter::{Letter, Opened};
use super::questions::Questions;
use super::{Channels, Partition, Partitions};
use crate::listeners::Listeners;
use crate::trace::{self, TraceContext};

/// How often it is tried whether what is said is also heard.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// What has not been heard for so long is not listened to any more, whatever the connection says.
const HEARD_WITHIN: Duration = Duration::from_secs(3);
/// How long a subscription may take before somebody may not have waited for it.
const PROMPT: Duration = Duration::from_millis(500);
/// How long it is until the next try to connect.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// Why a connection is of no more use.
type Lost = &'static str;

/// Listens, for ever, through a new connection whenever the old one is in doubt.
pub(super) async fn run(
    channels: Channels,
    interests: Arc<Interests>,
    listeners: Arc<Listeners>,
    questions: Questions,
    counts: Counts,
) {
    let mut is_first = true;
    loop {
        match channels.redis.address().listen(channels.redis.commands().masters()).await {
            Ok(line) => {
                let receiver = Receiver {
                    line,
                    channels: &channels,
                    interests: &interests,
                    listeners: &listeners,
                    questions: &questions,
                    counts: &counts,
                    heard: Partitions::default(),
                    unheard_beats: HashMap::new(),
                    turn: 0,
                };
                let reason = receiver.listen(is_first).await;
                is_first = false;
                interests.lost();
                tracing::warn!(reason, "other nodes are not heard any more");
            }
            Err(error) => {
                is_first = false;
                interests.impossible();
                tracing::debug!(%error, "other nodes cannot be heard");
            }
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

/// The span of an event that comes from there.
fn heard(from: &TraceContext) -> Span {
    let span = tracing::debug_span!("bus.hear", otel.kind = "consumer");
    trace::follow(&span, from);
    span
}

/// One connection, for as long as it is good.
struct Receiver<'a> {
    line: Line<SubscriberClient>,
    channels: &'a Channels,
    interests: &'a Interests,
    listeners: &'a Listeners,
    questions: &'a Questions,
    counts: &'a Counts,
    heard: Partitions,
    /// Since when a beat in these partitions has not been heard.
    unheard_beats: HashMap<Partition, Instant>,
    /// How many beats there were: the partitions take turns.
    turn: usize,
}

impl Receiver<'_> {
    async fn listen(mut self, is_first: bool) -> Lost {
        let mut messages = self.line.client.message_rx();
        let mut reconnections = self.line.client.reconnect_rx();
        let mut cluster_changes = self.line.client.cluster_change_rx();
        if self.line.client.ssubscribe(self.questions.channel()).await.is_err() {
            return "a subscription failed";
        }
        if let Err(lost) = self.subscribe().await {
            return lost;
        }
        if !is_first {
            tracing::info!("other nodes are heard again");
            self.hole();
        }
        let mut ticks = tokio::time::interval(BEAT_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let went = tokio::select! {
                message = messages.recv() => match message {
                    Ok(message) => {
                        self.hear(&message);
                        Ok(())
                    }
                    Err(RecvError::Lagged(_)) => {
                        self.hole();
                        Ok(())
                    }
                    Err(RecvError::Closed) => Err("the connection was closed"),
                },
                _ = reconnections.recv() => Err("the connection was lost"),
                _ = cluster_changes.recv() => Err("the cluster has changed"),
                () = self.interests.more() => self.subscribe().await,
                _ = ticks.tick() => self.beat().await,
            };
            if let Err(lost) = went {
                return lost;
            }
        }
    }

    fn hole(&self) {
        self.counts.holes.inc();
        self.listeners.hole();
    }

    fn hear(&mut self, message: &Message) {
        let said = message.value.as_bytes().unwrap_or_default();
        let Some(partition) = Partition::of_channel(&message.channel) else {
            return self.questions.hear(said);
        };
        match Letter::open(said, &self.channels.node) {
            Opened::Events(events) => {
                self.counts.received.inc_by(u64::try_from(events.len()).unwrap_or_default());
                for told in events {
                    let span = told.trace.as_ref().map_or_else(Span::none, heard);
                    span.in_scope(|| self.listeners.hear(&[told.event], told.at));
                }
            }
            Opened::OwnBeat => drop(self.unheard_beats.remove(&partition)),
            Opened::Ours => {}
            Opened::Hole => self.hole(),
            Opened::Illegible => {
                tracing::warn!(partition = partition.number(), "another node said what is not understood");
                self.hole();
            }
        }
    }

    /// Subscribes to what is wanted.
    async fn subscribe(&mut self) -> Result<(), Lost> {
        let missing = self.interests.current().without(self.heard);
        let began = Instant::now();
        let client = &self.line.client;
        let subscribed = try_join_all(missing.iter().map(|it| client.ssubscribe(self.channels.name(it))));
        subscribed.await.map_err(|_| "a subscription failed")?;
        missing.iter().for_each(|partition| self.heard.insert(partition));
        self.interests.heard(self.heard);
        if began.elapsed() > PROMPT {
            self.hole();
        }
        Ok(())
    }

    /// Says something in a partition of each master, and looks whether what was said before has been heard.
    async fn beat(&mut self) -> Result<(), Lost> {
        if !self.line.client.is_connected() {
            return Err("there is no connection");
        }
        if self.unheard_beats.values().any(|since| since.elapsed() > HEARD_WITHIN) {
            return Err("what is said is not heard");
        }
        self.let_go().await?;
        self.turn = self.turn.wrapping_add(1);
        let beats: Vec<Partition> = self
            .by_master()
            .values()
            .filter_map(|partitions| partitions.iter().cycle().nth(self.turn % partitions.len().max(1)))
            .copied()
            .collect();
        for partition in &beats {
            self.unheard_beats.entry(*partition).or_insert_with(Instant::now);
        }
        // Whether it can be said does not matter: it is not heard then.
        join_all(beats.into_iter().map(|partition| self.say(partition))).await;
        Ok(())
    }

    async fn say(&self, partition: Partition) {
        let sealed = Letter::Beat.seal(&self.channels.node).unwrap_or_default();
        if let Ok(line) = self.channels.redis.commands().line() {
            let channel = self.channels.name(partition);
            let _heard_or_not = line.publish(channel, &sealed).await;
        }
    }

    /// Unsubscribes from what nobody has wanted for a while.
    async fn let_go(&mut self) -> Result<(), Lost> {
        let unwanted = self.heard.without(self.interests.current());
        if unwanted.is_empty() {
            return Ok(());
        }
        // Who wants it from now on waits until it is subscribed to again; who has before is found by looking again.
        self.interests.heard(self.heard.without(unwanted));
        let unwanted = unwanted.without(self.interests.current());
        for partition in unwanted.iter() {
            self.unheard_beats.remove(&partition);
            let unsubscribed = self.line.client.sunsubscribe(self.channels.name(partition)).await;
            unsubscribed.map_err(|_| "a subscription could not be ended")?;
        }
        self.heard = self.heard.without(unwanted);
        self.subscribe().await
    }

    /// What is heard, by the masters of the cluster; a single server is one.
    fn by_master(&self) -> BTreeMap<Option<Server>, Vec<Partition>> {
        let routing = self.line.client.cached_cluster_state();
        let mut by_master = BTreeMap::<Option<Server>, Vec<Partition>>::new();
        for partition in self.heard.iter() {
            let slot = redis_keyslot(self.channels.name(partition).as_bytes());
            let master = routing.as_ref().and_then(|routing| routing.get_server(slot)).cloned();
            by_master.entry(master).or_default().push(partition);
        }
        by_master
    }
}
