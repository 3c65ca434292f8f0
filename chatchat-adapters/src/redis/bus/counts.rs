use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// How much was said and heard.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    /// Events that other nodes were told.
    pub(super) published: Counter,
    /// Events that other nodes could not be told.
    pub(super) untold: Counter,
    /// Events that other nodes have told.
    pub(super) received: Counter,
    /// How often something may have been missed.
    pub(super) holes: Counter,
}

impl Counts {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("bus_published", "Events that other nodes were told", self.published.clone());
        registry.register("bus_untold", "Events that other nodes could not be told", self.untold.clone());
        registry.register("bus_received", "Events that other nodes have told", self.received.clone());
        registry.register("bus_holes", "How often something may have been missed", self.holes.clone());
    }
}
