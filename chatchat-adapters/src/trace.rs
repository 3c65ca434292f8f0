//! Where a trace leaves its task: for another node, another service, or a batch.
//!
//! Spans are `tracing`'s own, at the level DEBUG. Nobody wants them unless traces are exported, so they cost nothing
//! until then. A node that exports none hears and tells nothing of traces either.

use std::fmt;
use std::str::FromStr;

#[cfg(any(feature = "redis", feature = "sql"))]
use chatchat_domain::Error;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
#[cfg(any(feature = "redis", feature = "sql"))]
use tracing::Instrument as _;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The header, and the field of a frame or a letter, that says from where a trace goes on.
pub const TRACEPARENT: &str = "traceparent";

/// A place in a trace. As text it is a `traceparent` (W3C Trace Context, section 3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext(SpanContext);

impl TraceContext {
    /// The place of the innermost span here; none if that is not recorded.
    pub fn current() -> Option<Self> {
        Self::of(&Span::current())
    }

    /// The place of this span; none if it is not recorded.
    pub fn of(span: &Span) -> Option<Self> {
        let place = span.context().span().span_context().clone();
        place.is_sampled().then_some(Self(place))
    }

    /// The trace's name, in hexadecimal digits.
    pub fn trace_id(&self) -> String {
        self.0.trace_id().to_string()
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.0.trace_id(), self.0.span_id(), self.0.trace_flags())
    }
}

/// A text that is no `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no traceparent")]
pub struct NoTraceparent;

impl FromStr for TraceContext {
    type Err = NoTraceparent;

    /// Later versions may append to what is known.
    fn from_str(text: &str) -> Result<Self, NoTraceparent> {
        let mut parts = text.splitn(5, '-');
        let mut digits = |count: usize| {
            let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            parts.next().filter(|part| part.len() == count && part.bytes().all(is_digit)).ok_or(NoTraceparent)
        };
        let (version, trace, span, flags) = (digits(2)?, digits(32)?, digits(16)?, digits(2)?);
        if version == "ff" || version == "00" && parts.next().is_some() {
            return Err(NoTraceparent);
        }
        let trace = TraceId::from_hex(trace).map_err(|_| NoTraceparent)?;
        let span = SpanId::from_hex(span).map_err(|_| NoTraceparent)?;
        let flags = u8::from_str_radix(flags, 16).map_err(|_| NoTraceparent)?;
        let flags = TraceFlags::new(flags) & TraceFlags::SAMPLED;
        let place = SpanContext::new(trace, span, flags, true, TraceState::NONE);
        if place.is_valid() { Ok(Self(place)) } else { Err(NoTraceparent) }
    }
}

/// Marks the parent of a span that a stranger has named: its word that it is recorded does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stranger;

/// Lets a span that nobody has entered yet go on from there.
pub fn follow(span: &Span, from: &TraceContext) {
    set_parent(span, Context::new().with_remote_span_context(from.0.clone()));
}

/// The same for a place that a stranger has named: whether it is recorded is drawn as for a new trace.
pub fn follow_stranger(span: &Span, from: &TraceContext) {
    set_parent(span, Context::new().with_remote_span_context(from.0.clone()).with_value(Stranger));
}

fn set_parent(span: &Span, parent: Context) {
    let _nothing_is_exported = span.set_parent(parent);
}

/// Lets a span of work that is done for several at once go on from the first, and point to the others.
#[cfg(any(feature = "redis", feature = "sql"))]
pub(crate) fn join<'a>(span: &Span, mut all: impl Iterator<Item = &'a TraceContext>) {
    let Some(first) = all.next() else { return };
    follow(span, first);
    all.for_each(|other| span.add_link(other.0.clone()));
}

/// Does the work within the span, and marks that if it fails. What is refused has not failed.
#[cfg(any(feature = "redis", feature = "sql"))]
pub(crate) async fn within<T>(span: Span, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let outcome = work.instrument(span.clone()).await;
    if matches!(outcome, Err(Error::Unavailable(_) | Error::Internal(_))) {
        span.record("otel.status_code", "ERROR");
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_and_written() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let place: TraceContext = text.parse().unwrap();
        assert_eq!(place.to_string(), text);
        assert_eq!(place.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let later: TraceContext = text.replacen("00", "01", 1).replace("-01", "-03-more").parse().unwrap();
        assert_eq!(later, place, "of a later version what is known counts");
    }

    #[test]
    fn what_is_no_traceparent_is_refused() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        ] {
            assert_eq!(text.parse::<TraceContext>(), Err(NoTraceparent), "{text}");
        }
    }

    #[tokio::test]
    async fn without_an_exporter_nothing_is_traced() {
        let span = tracing::debug_span!("work");
        follow(&span, &"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap());
        assert_eq!(span.in_scope(TraceContext::current), None);
    }
}
