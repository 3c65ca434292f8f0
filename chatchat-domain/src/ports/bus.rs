use async_trait::async_trait;

use crate::event::Event;
use crate::id::{ConversationId, UserId};
use crate::time::Timestamp;

/// Carries events to whoever is connected, on every node.
///
/// A hint, not the truth: an event may be lost, come twice or out of order; whoever delivers to people
/// puts the events of a conversation in `rev` order and reads what is missing from the store.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Tells the world what was committed. Must be called only after the commit, and never fails: what
    /// cannot be carried now is repaired from the store. The listeners of this node have heard all of it when it
    /// returns; it waits for no other node.
    async fn publish(&self, events: Vec<Event>);
}

/// Hears what a bus carries, on each node: whoever delivers events to the people connected there.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait EventListener: Send + Sync {
    /// Takes the event, which was published at `told_at`, right after its commit. Must not block: the caller may be the
    /// one who committed it.
    fn hear(&self, event: Event, told_at: Timestamp);

    /// Something may have been lost, of any topic: what was heard is to be compared with the store. May come
    /// when nothing was lost, and several times for one loss. Must not block.
    fn hole(&self);
}

/// What a node can be interested in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What happens in a conversation.
    Conversation(ConversationId),
    /// What concerns a person.
    Person(UserId),
}

/// Brings a node the events of the topics that it is interested in; it may bring others too.
///
/// Interest is counted: a topic is wanted until it was released as often as it was wanted. What this node
/// itself publishes its listeners hear in any case.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait EventSource: Send + Sync {
    /// From now on the topic is wanted. Does not wait; who needs to know that nothing falls through asks
    /// [`EventSource::ready`] after it, and reads the store then.
    fn want(&self, topic: Topic);

    /// Waits until the topics, which are wanted, are listened to: what any node publishes after it returned is
    /// heard here. Returns without that after a second, or at once if other nodes cannot be reached now; there
    /// will be an [`EventListener::hole`] as soon as they are listened to.
    async fn ready(&self, topics: &[Topic]);

    /// The topic is wanted once less.
    fn release(&self, topic: Topic);
}
