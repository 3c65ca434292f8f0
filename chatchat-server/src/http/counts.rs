use std::time::Duration;

use chatchat_adapters::live::Seconds;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::endpoint::Route;

/// From a tenth of a millisecond to longer than a request may take.
const SECONDS: [f64; 10] = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0];

/// What a request is counted as. A path that is not known is called `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: &'static str,
    status: u16,
}

/// How many requests there were, and how long they took.
pub(crate) struct RequestCounts {
    requests: Family<Request, Counter>,
    seconds: Seconds,
}

impl RequestCounts {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let requests = Family::default();
        registry.register("requests", "Requests answered", Family::clone(&requests));
        let seconds = Seconds::new_with_constructor(|| Histogram::new(SECONDS));
        let help = "How long requests took until the head of their answer, in seconds";
        registry.register("request_seconds", help, seconds.clone());
        Self { requests, seconds }
    }

    /// A request was answered.
    pub(super) fn answered(&self, route: Option<Route>, status: u16, after: Duration) {
        let (method, path) = route.map_or(("-", "-"), |route| (route.method, route.path));
        self.requests.get_or_create(&Request { method, route: path, status }).inc();
        if let Some(route) = route {
            let seconds = self.seconds.get_or_create(&[("class", route.class.name())]);
            seconds.observe(after.as_secs_f64());
        }
    }
}
