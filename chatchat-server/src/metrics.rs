//! What the service knows of itself, for Prometheus. Each room counts its own; here it is put together.
//!
//! *Invariant: no label grows with people, conversations or what they say.* Held by `tests/src/e2e/metrics.rs`.

use std::fmt;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

use crate::process;

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
