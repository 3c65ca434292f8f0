//! What the service knows of itself, for Prometheus. Each room counts its own; here it is put together.
//!
//! *Invariant: no label grows with people, conversations or what they say.* Held by `tests/src/e2e/metrics.rs`.

use std::fmt;

use chatchat_domain::Error;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::process;

/// What becomes of messages that people send, however they do.
#[derive(Clone, Default)]
pub(crate) struct SendCounts(Family<[(&'static str, &'static str); 1], Counter>);

impl SendCounts {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let counts = Self::default();
        registry.register(
            "sends",
            "Messages that people have sent, by what became of them",
            counts.0.clone(),
        );
        counts
    }

    /// Whether one was stored, had been before, was refused, or could not be.
    pub(crate) fn sent<T>(&self, outcome: &Result<(T, bool), Error>) {
        let outcome = match outcome {
            Ok((_, true)) => "stored",
            Ok((_, false)) => "repeated",
            Err(Error::Unavailable(_) | Error::Internal(_)) => "failed",
            Err(_) => "refused",
        };
        self.0.get_or_create(&[("outcome", outcome)]).inc();
    }
}

/// All that is counted.
pub(crate) struct Metrics(Registry);

impl Metrics {
    /// Nothing but the process yet.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        process::register(&mut registry);
        Self(registry)
    }

    /// Where the rooms of the service register what they count.
    pub(crate) fn service(&mut self) -> &mut Registry {
        self.0.sub_registry_with_prefix("chatchat")
    }

    /// All of it, in Prometheus' text format, version 0.0.4.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}
