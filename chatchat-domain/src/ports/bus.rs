use async_trait::async_trait;

use crate::event::Event;

/// Carries events to whoever is connected, on every node.
///
/// A hint, not the truth: an event may be lost, come twice or out of order; whoever delivers to people
/// puts the events of a conversation in `rev` order and reads what is missing from the store.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Tells the world what was committed. Must be called only after the commit, and never fails: what
    /// cannot be carried now is repaired from the store.
    async fn publish(&self, events: Vec<Event>);
}

/// Hears what a bus carries, on each node: whoever delivers events to the people connected there.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait EventListener: Send + Sync {
    /// Takes the event. Must not block: the caller may be the one who committed it.
    fn hear(&self, event: Event);
}
