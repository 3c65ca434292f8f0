//! What a request and an operation have in common: a span that names them on each line of the log, and in a trace.

use chatchat_adapters::trace::{TraceContext, follow, follow_stranger};
use opentelemetry::Value;
use opentelemetry::trace::{Status, TraceContextExt as _};
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Longer ids than this are not taken over from clients.
const MAX_ID: usize = 128;

/// Whether what a client calls something may stand in the log and in traces.
pub(crate) fn is_sane(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte))
}

/// From where a trace goes on, and whether it is somebody we trust who says so.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// Where.
    pub(crate) place: TraceContext,
    /// If not, whether it is recorded is drawn here.
    pub(crate) is_trusted: bool,
}

/// A request or an operation that is served.
#[derive(Debug)]
pub(crate) struct Served {
    span: Span,
    trace: Option<TraceContext>,
}

impl Served {
    /// Within this span, which has a field `trace_id`, and of the kind that begins traces.
    pub(crate) fn new(span: Span, origin: Option<Origin>) -> Self {
        match origin {
            Some(Origin { place, is_trusted: true }) => follow(&span, &place),
            Some(Origin { place, is_trusted: false }) => follow_stranger(&span, &place),
            None => {}
        }
        let trace = TraceContext::of(&span);
        if let Some(trace) = &trace {
            span.record("trace_id", tracing::field::display(trace.trace_id()));
        }
        Self { span, trace }
    }

    /// Its place in a trace, if that is recorded.
    pub(crate) const fn trace(&self) -> Option<&TraceContext> {
        self.trace.as_ref()
    }

    /// Does the work.
    pub(crate) async fn within<T>(&self, work: impl Future<Output = T>) -> T {
        work.instrument(self.span.clone()).await
    }

    /// Tells the trace what it was, and what has come of it.
    pub(crate) fn ended<const N: usize>(
        &self,
        name: String,
        attributes: [(&'static str, Value); N],
        has_failed: bool,
    ) {
        self.span.context().span().update_name(name);
        for (key, value) in attributes {
            self.span.set_attribute(key, value);
        }
        if has_failed {
            self.span.set_status(Status::error(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sane_ids_are_taken_over() {
        assert!(is_sane("01J-abc.def:7"));
        assert!(!is_sane("") && !is_sane("a b") && !is_sane("a\"b") && !is_sane(&"a".repeat(129)));
    }
}
