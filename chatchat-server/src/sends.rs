//! What becomes of messages that people send, however they do: counted, and remembered for a while.

use std::sync::Arc;

use chatchat_domain::conversation::Message;
use chatchat_domain::{Error, SessionId, Timestamp};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::ws::Trail;

/// Sees what becomes of messages.
#[derive(Clone)]
pub(crate) struct Sends {
    counts: Family<[(&'static str, &'static str); 1], Counter>,
    trail: Arc<Trail>,
}

impl Sends {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let counts = Family::<_, Counter>::default();
        registry.register("sends", "Messages that people have sent, by what became of them", counts.clone());
        Self { counts, trail: Arc::default() }
    }

    /// What is remembered of them.
    pub(crate) fn trail(&self) -> &Trail {
        &self.trail
    }

    /// The request of `session` that was read at `accepted_at` is answered `now`: the message was stored, had been before,
    /// was refused, or could not be.
    pub(crate) fn sent(
        &self,
        session: SessionId,
        accepted_at: Timestamp,
        outcome: &Result<(Arc<Message>, bool), Error>,
        now: Timestamp,
    ) {
        let name = match outcome {
            Ok((_, true)) => "stored",
            Ok((_, false)) => "repeated",
            Err(Error::Unavailable(_) | Error::Overloaded(_) | Error::Internal(_)) => "failed",
            Err(_) => "refused",
        };
        self.counts.get_or_create(&[("outcome", name)]).inc();
        if let Ok((message, _)) = outcome {
            self.trail.sent(message, session, accepted_at, now);
        }
    }
}
