use std::time::Duration;

use chatchat_adapters::live::Seconds;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::protocol::{Close, Op};
use crate::problem::Problem;

/// From a tenth of a millisecond to longer than a repair may take.
const SECONDS: [f64; 12] = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// What happens on the sockets of this node.
pub(crate) struct SocketCounts {
    pub(super) open: Gauge,
    closed: Family<[(&'static str, u16); 1], Counter>,
    operations: Family<[(&'static str, &'static str); 2], Counter>,
    operation_seconds: Seconds,
    deliveries: Counter,
    delivery_lag: Histogram,
    pub(super) repairs: Counter,
    pub(super) resyncs: Counter,
}

impl SocketCounts {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let counts = Self {
            open: Gauge::default(),
            closed: Family::default(),
            operations: Family::default(),
            operation_seconds: Seconds::new_with_constructor(|| Histogram::new(SECONDS)),
            deliveries: Counter::default(),
            delivery_lag: Histogram::new(SECONDS),
            repairs: Counter::default(),
            resyncs: Counter::default(),
        };
        registry.register("sockets", "Sockets that are open and know their person", counts.open.clone());
        registry.register("sockets_closed", "Sockets that the server has closed", counts.closed.clone());
        registry.register("operations", "Operations of sockets, by outcome", counts.operations.clone());
        let help = "How long operations took until their reply, in seconds";
        registry.register("operation_seconds", help, counts.operation_seconds.clone());
        registry.register("deliveries", "Messages written to sockets", counts.deliveries.clone());
        let help =
            "From a message's commit until it was written to a socket, in seconds; of several the oldest";
        registry.register("delivery_lag_seconds", help, counts.delivery_lag.clone());
        let help = "Streams that were read from the store because something was missing";
        registry.register("repairs", help, counts.repairs.clone());
        registry.register("resyncs", "Sockets that were told to sync", counts.resyncs.clone());
        counts
    }

    /// A socket is closed from this side.
    pub(super) fn closed(&self, close: Close) {
        self.closed.get_or_create(&[("code", close.code())]).inc();
    }

    /// An operation has come to its end.
    pub(super) fn ended(&self, op: Op, problem: Option<&Problem>, after: Duration) {
        let outcome = problem.map_or("ok", Problem::code);
        self.operations.get_or_create(&[("op", op.name()), ("outcome", outcome)]).inc();
        self.operation_seconds.get_or_create(&[("op", op.name())]).observe(after.as_secs_f64());
    }

    /// So many messages were written, the oldest of which was committed so long ago.
    pub(super) fn delivered(&self, messages: u64, lag: Duration) {
        self.deliveries.inc_by(messages);
        self.delivery_lag.observe(lag.as_secs_f64());
    }
}
