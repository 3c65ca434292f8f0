//! Events from node to node, through sharded publish and subscribe.
//!
//! Conversations and people are spread over 128 partitions, each of which has a channel. A node subscribes to the
//! partitions of what it is interested in, and publishes to all.
//!
//! - `partition`: which topic is in which partition.
//! - `interest`: what this node wants to hear, and what it hears.
//! - `letter`: what stands in a message from node to node.
//! - `counts`: how much was said and heard.
//! - `sender`: what this node tells others.
//! - `receiver`: what others tell this node; notices when it hears nothing any more.
//! - `questions`, `sightings`: what became of a message, asked of all nodes.

mod counts;
mod interest;
mod letter;
mod partition;
mod questions;
mod receiver;
mod sender;
mod sightings;

use std::sync::Arc;

use async_trait::async_trait;
use chatchat_domain::event::Event;
use chatchat_domain::ports::{Clock as _, EventBus, EventListener, EventSource, Topic};
use chatchat_domain::trail::{Question, Testimony, Witness, Witnesses};
use prometheus_client::registry::Registry;
use tokio::task::JoinSet;

use super::{NodeId, Redis};
use crate::listeners::Listeners;
use crate::live::Live;
use crate::system::SystemClock;
use crate::trace::TraceContext;
use counts::Counts;
use interest::Interests;
use partition::{Partition, Partitions};
use questions::Questions;
use sender::Outgoing;

/// Carries events to the listeners of this node, at once and in order, and to those of all other nodes. Without
/// Redis it does the former.
pub struct RedisBus {
    listeners: Arc<Listeners>,
    interests: Arc<Interests>,
    outgoing: Outgoing,
    questions: Questions,
    counts: Counts,
    _tasks: JoinSet<()>,
}

impl RedisBus {
    pub(super) fn new(redis: &Redis) -> Self {
        let (listeners, interests) = (Arc::new(Listeners::new()), Arc::new(Interests::new()));
        let channels = Channels { redis: redis.clone(), node: NodeId::fresh() };
        let counts = Counts::default();
        let (outgoing, sending) = sender::start(channels.clone(), counts.clone());
        let questions = Questions::new(channels.clone());
        let receiving = receiver::run(
            channels,
            Arc::clone(&interests),
            Arc::clone(&listeners),
            questions.clone(),
            counts.clone(),
        );
        let mut tasks = JoinSet::new();
        tasks.spawn(sending);
        tasks.spawn(receiving);
        Self { listeners, interests, outgoing, questions, counts, _tasks: tasks }
    }

    /// Lets be shown how much it carries.
    pub(crate) fn register(&self, registry: &mut Registry) {
        self.counts.register(registry);
        let outgoing = self.outgoing.clone();
        let waiting = move || vec![("out".to_owned(), outgoing.waiting())];
        registry.register(
            "bus_waiting",
            "How many events wait to be sent",
            Live::gauge("direction", waiting),
        );
    }

    /// From now on, `listener` hears everything that comes here.
    pub fn attach(&self, listener: Arc<dyn EventListener>) {
        self.listeners.attach(listener);
    }

    /// From now on, `witness` says what this node has seen of messages.
    pub fn attach_witness(&self, witness: Arc<dyn Witness>) {
        self.questions.attach(witness);
    }
}

#[async_trait]
impl EventBus for RedisBus {
    async fn publish(&self, events: Vec<Event>) {
        let now = SystemClock.now();
        let span = tracing::debug_span!("bus.publish", otel.kind = "producer", events = events.len());
        span.in_scope(|| self.listeners.hear(&events, now));
        self.outgoing.send(events, now, TraceContext::of(&span));
    }
}

#[async_trait]
impl EventSource for RedisBus {
    fn want(&self, topic: Topic) {
        self.interests.want(Partition::of(topic));
    }

    async fn ready(&self, topics: &[Topic]) {
        self.interests.ready(topics.iter().map(|topic| Partition::of(*topic)).collect()).await;
    }

    fn release(&self, topic: Topic) {
        self.interests.release(Partition::of(topic));
    }
}

#[async_trait]
impl Witnesses for RedisBus {
    async fn ask(&self, question: Question) -> Testimony {
        self.questions.ask(question).await
    }
}

/// The channels of the partitions, and this node's name in them.
#[derive(Clone)]
struct Channels {
    redis: Redis,
    node: NodeId,
}

impl Channels {
    fn name(&self, partition: Partition) -> String {
        self.redis.key(&format!("{{{}}}:events", partition.number()))
    }
}
