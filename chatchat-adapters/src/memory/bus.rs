use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use chatchat_domain::event::Event;
use chatchat_domain::ports::{EventBus, EventListener};

type Listeners = Arc<[Arc<dyn EventListener>]>;

/// Carries events within this process: each listener hears each event before `publish` returns, in order.
pub struct MemoryBus {
    /// Replaced as a whole, so that nobody listens under the lock.
    listeners: RwLock<Listeners>,
}

impl MemoryBus {
    /// A bus that nobody listens to yet.
    pub fn new() -> Self {
        Self { listeners: RwLock::new(Arc::new([])) }
    }

    /// From now on, `listener` hears everything.
    pub fn attach(&self, listener: Arc<dyn EventListener>) {
        let mut listeners = self.listeners.write().unwrap_or_else(PoisonError::into_inner);
        *listeners = listeners.iter().cloned().chain([listener]).collect();
    }

    fn listeners(&self) -> Listeners {
        Arc::clone(&self.listeners.read().unwrap_or_else(PoisonError::into_inner))
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
        let listeners = self.listeners();
        for event in &events {
            for listener in listeners.iter() {
                listener.hear(event.clone());
            }
        }
    }
}
