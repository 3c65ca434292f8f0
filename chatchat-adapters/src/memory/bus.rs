use std::sync::Arc;

use async_trait::async_trait;
use chatchat_domain::event::Event;
use chatchat_domain::ports::{Clock as _, EventBus, EventListener, EventSource, Topic};
use chatchat_domain::trail::{Question, Testimony, Witness, Witnesses};

use crate::listeners::Listeners;
use crate::system::SystemClock;
use crate::witness::OwnWitness;

/// What the only node is called.
const NODE: &str = "this";

/// Carries events within this process: each listener hears each event before `publish` returns, in order.
pub struct MemoryBus {
    listeners: Listeners,
    witness: OwnWitness,
}

impl MemoryBus {
    /// A bus that nobody listens to yet.
    pub fn new() -> Self {
        Self { listeners: Listeners::new(), witness: OwnWitness::default() }
    }

    /// From now on, `listener` hears everything.
    pub fn attach(&self, listener: Arc<dyn EventListener>) {
        self.listeners.attach(listener);
    }

    /// From now on, `witness` says what was seen of messages.
    pub fn attach_witness(&self, witness: Arc<dyn Witness>) {
        self.witness.attach(witness);
    }
}

impl Default for MemoryBus {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl EventBus for MemoryBus {
    async fn publish(&self, events: Vec<Event>) {
        let span = tracing::debug_span!("bus.publish", otel.kind = "producer", events = events.len());
        span.in_scope(|| self.listeners.hear(&events, SystemClock.now()));
    }
}

/// There are no other nodes: everybody hears everything.
#[async_trait]
impl EventSource for MemoryBus {
    fn want(&self, _: Topic) {}

    async fn ready(&self, _: &[Topic]) {}

    fn release(&self, _: Topic) {}
}

/// There are no other nodes: who is asked is this one.
#[async_trait]
impl Witnesses for MemoryBus {
    async fn ask(&self, question: Question) -> Testimony {
        let seen = self.witness.recall(NODE, &question);
        Testimony { nodes: vec![NODE.to_owned()], is_complete: true, seen }
    }
}
