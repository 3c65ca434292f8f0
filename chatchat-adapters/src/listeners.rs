//! Who hears what a bus carries.

use std::sync::{Arc, PoisonError, RwLock};

use chatchat_domain::Timestamp;
use chatchat_domain::event::Event;
use chatchat_domain::ports::EventListener;

type All = Arc<[Arc<dyn EventListener>]>;

/// The listeners of this process.
pub(crate) struct Listeners {
    /// Replaced as a whole, so that nobody listens under the lock.
    all: RwLock<All>,
}

impl Listeners {
    /// Nobody listens yet.
    pub(crate) fn new() -> Self {
        Self { all: RwLock::new(Arc::new([])) }
    }

    /// From now on, `listener` hears everything.
    pub(crate) fn attach(&self, listener: Arc<dyn EventListener>) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        *all = all.iter().cloned().chain([listener]).collect();
    }

    /// Each hears each event, in order.
    pub(crate) fn hear(&self, events: &[Event], told_at: Timestamp) {
        let all = self.all();
        for event in events {
            for listener in all.iter() {
                listener.hear(event.clone(), told_at);
            }
        }
    }

    /// Each is told that something may have been lost.
    #[cfg(feature = "redis")]
    pub(crate) fn hole(&self) {
        for listener in self.all().iter() {
            listener.hole();
        }
    }

    fn all(&self) -> All {
        Arc::clone(&self.all.read().unwrap_or_else(PoisonError::into_inner))
    }
}
