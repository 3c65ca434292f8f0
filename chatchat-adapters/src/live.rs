//! Kinds of metrics that `prometheus-client` lacks a name for: those that are read when they are asked for, and durations.

use std::fmt;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;

/// How long something takes, in seconds, for each value of one label.
pub type Seconds = Family<[(&'static str, &'static str); 1], Histogram, fn() -> Histogram>;

/// A gauge, or a counter, for each value of one label, as `read` finds them when somebody asks.
pub struct Live<F> {
    label: &'static str,
    kind: MetricType,
    read: F,
}

impl<F> Live<F> {
    /// Values that rise and fall.
    pub const fn gauge(label: &'static str, read: F) -> Self {
        Self { label, kind: MetricType::Gauge, read }
    }

    /// Values that only rise.
    pub const fn counter(label: &'static str, read: F) -> Self {
        Self { label, kind: MetricType::Counter, read }
    }
}

impl<F> fmt::Debug for Live<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Live").field(&self.label).finish()
    }
}

impl<F> EncodeMetric for Live<F>
where
    F: Fn() -> Vec<(String, u64)> + Send + Sync,
{
    fn encode(&self, mut encoder: MetricEncoder) -> fmt::Result {
        for (value, number) in (self.read)() {
            let labels = [(self.label, value)];
            let encoder = encoder.encode_family(&labels)?;
            match self.kind {
                MetricType::Counter => ConstCounter::new(number).encode(encoder)?,
                _ => ConstGauge::new(number).encode(encoder)?,
            }
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        self.kind
    }
}
