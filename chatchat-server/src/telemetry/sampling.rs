use chatchat_adapters::trace::Stranger;
use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    IdGenerator as _, RandomIdGenerator, Sampler, SamplingDecision, SamplingResult, ShouldSample,
};

/// Which spans are recorded.
///
/// Traces begin with a request or an operation, and of those that begin here a part is recorded. What goes on from
/// somewhere is recorded if that is. But a stranger's word does not count: who could choose what is recorded could
/// have everything recorded, by saying so or by the trace's name.
#[derive(Debug, Clone)]
pub(super) struct Sampling {
    part: Sampler,
}

impl Sampling {
    /// Records this part of the traces, 0 to 1.
    pub(super) fn new(part: f64) -> Self {
        Self { part: Sampler::TraceIdRatioBased(part) }
    }

    /// Draws whether a trace is recorded.
    fn draw(&self) -> SamplingDecision {
        let lot = RandomIdGenerator::default().new_trace_id();
        self.part.should_sample(None, lot, "", &SpanKind::Server, &[], &[]).decision
    }
}

impl ShouldSample for Sampling {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        _: TraceId,
        _: &str,
        kind: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let parent = parent_context.filter(|parent| parent.span().span_context().is_valid());
        let decision = match parent {
            Some(parent) if !is_named_by_a_stranger(parent) => {
                let is_recorded = parent.span().span_context().is_sampled();
                if is_recorded { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop }
            }
            _ if *kind == SpanKind::Server => self.draw(),
            _ => SamplingDecision::Drop,
        };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::NONE }
    }
}

/// What a span inherits from its parent says of where that came from, too; only the first one's is a stranger's.
fn is_named_by_a_stranger(parent: &Context) -> bool {
    parent.span().span_context().is_remote() && parent.get::<Stranger>().is_some()
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags};

    use super::*;

    const NONE: f64 = 0.0;
    const ALL: f64 = 1.0;

    fn is_recorded(part: f64, parent: Option<Context>, kind: SpanKind) -> bool {
        let sampled =
            Sampling::new(part).should_sample(parent.as_ref(), TraceId::from(1), "", &kind, &[], &[]);
        sampled.decision == SamplingDecision::RecordAndSample
    }

    fn parent(flags: TraceFlags) -> Option<Context> {
        let place = SpanContext::new(TraceId::from(1), SpanId::from(1), flags, true, TraceState::NONE);
        Some(Context::new().with_remote_span_context(place))
    }

    #[test]
    fn only_requests_begin_traces() {
        assert!(is_recorded(ALL, None, SpanKind::Server));
        assert!(!is_recorded(NONE, None, SpanKind::Server));
        assert!(!is_recorded(ALL, None, SpanKind::Client) && !is_recorded(ALL, None, SpanKind::Internal));
    }

    #[test]
    fn what_goes_on_from_somewhere_is_recorded_if_that_is() {
        for kind in [SpanKind::Server, SpanKind::Internal] {
            assert!(is_recorded(NONE, parent(TraceFlags::SAMPLED), kind.clone()));
            assert!(!is_recorded(ALL, parent(TraceFlags::default()), kind));
        }
    }

    #[test]
    fn a_stranger_does_not_choose_what_is_recorded() {
        for flags in [TraceFlags::SAMPLED, TraceFlags::default()] {
            let stranger = || parent(flags).map(|parent| parent.with_value(Stranger));
            assert!(!is_recorded(NONE, stranger(), SpanKind::Server));
            assert!(is_recorded(ALL, stranger(), SpanKind::Server));
        }
    }

    #[test]
    fn what_is_below_a_span_that_goes_on_from_a_stranger_is_recorded_if_that_is() {
        for (flags, recorded) in [(TraceFlags::SAMPLED, true), (TraceFlags::default(), false)] {
            let own = SpanContext::new(TraceId::from(1), SpanId::from(2), flags, false, TraceState::NONE);
            let parent = Context::new().with_value(Stranger).with_remote_span_context(own);
            assert_eq!(is_recorded(ALL, Some(parent), SpanKind::Internal), recorded);
        }
    }
}
