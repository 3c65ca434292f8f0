use std::sync::Arc;

use async_trait::async_trait;
use chatchat_domain::event::Event;
use chatchat_domain::ports::{Clock as _, EventBus, EventListener, EventSource, Topic};

use crate::listeners::Listeners;
use crate::system::SystemClock;

/// Carries events within this process: each listener hears each event before `publish` returns, in order.
pub struct MemoryBus {
    listeners: Listeners,
}

impl MemoryBus {
    /// A bus that nobody listens to yet.
    pub fn new() -> Self {
        Self { listeners: Listeners::new() }
    }

    /// From now on, `listener` hears everything.
    pub fn attach(&self, listener: Arc<dyn EventListener>) {
        self.listeners.attach(listener);
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
        self.listeners.hear(&events, SystemClock.now());
    }
}

/// There are no other nodes: everybody hears everything.
#[async_trait]
impl EventSource for MemoryBus {
    fn want(&self, _: Topic) {}

    async fn ready(&self, _: &[Topic]) {}

    fn release(&self, _: Topic) {}
}
