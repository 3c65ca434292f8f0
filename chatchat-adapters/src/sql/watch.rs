//! What is known of a database from using it: how long it takes, and whether it answers at all.

use std::sync::Arc;
use std::time::Instant;

use chatchat_domain::Error;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tracing::Span;
use tracing::field::Empty;

use crate::breaker::Breaker;
use crate::live::Seconds;
use crate::trace::{self, TraceContext};

/// From a tenth of a millisecond to the five seconds that a caller waits at most.
const SECONDS: [f64; 10] = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 5.0];
/// Up to what one transaction takes.
const MESSAGES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// What `database_waiting` shows.
pub(crate) const WAITING: &str = "How much waits for the database";

/// Stands between a database and those who use it. Reads and writes fail apart: a full disk can be read.
#[derive(Clone)]
pub(crate) struct Watch {
    reads: Gate,
    writes: Gate,
    appends: Gate,
    seconds: Seconds,
    batch_messages: Histogram,
}

/// One way to use a database.
#[derive(Clone)]
struct Gate {
    system: &'static str,
    breaker: Arc<Breaker>,
    seconds: Histogram,
}

impl Watch {
    /// Of a database of this kind, as traces name it.
    pub(crate) fn new(system: &'static str) -> Self {
        let seconds = Seconds::new_with_constructor(|| Histogram::new(SECONDS));
        let gate = |breaker: &Arc<Breaker>, kind| Gate {
            system,
            breaker: Arc::clone(breaker),
            seconds: seconds.get_or_create_owned(&[("use", kind)]),
        };
        let (reads, writes) = (Breaker::new("database_reads"), Breaker::new("database_writes"));
        let (reads, writes) = (Arc::new(reads), Arc::new(writes));
        Self {
            reads: gate(&reads, "read"),
            writes: gate(&writes, "write"),
            appends: gate(&writes, "append"),
            batch_messages: Histogram::new(MESSAGES),
            seconds,
        }
    }

    /// Reads what traces call so, unless the database is left alone.
    pub(crate) async fn read<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.reads.pass(name, work).await
    }

    /// Writes what traces call so, unless the database is left alone.
    pub(crate) async fn write<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.writes.pass(name, work).await
    }

    /// Appends messages, unless the database is left alone.
    pub(crate) async fn append<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.appends.pass("messages.append", work).await
    }

    /// So many messages go into one transaction, on whose behalf `all` is. Gives the span of it.
    pub(crate) fn stored_together<'a>(
        &self,
        messages: usize,
        all: impl Iterator<Item = &'a TraceContext>,
    ) -> Span {
        self.batch_messages.observe(f64::from(u32::try_from(messages).unwrap_or(u32::MAX)));
        let span = tracing::debug_span!(
            "sql",
            otel.name = "sql messages.append_together",
            otel.kind = "client",
            db.system.name = self.appends.system,
            messages,
        );
        trace::join(&span, all);
        span
    }

    #[cfg(feature = "embedded")]
    pub(crate) fn breakers(&self) -> [Arc<Breaker>; 2] {
        [Arc::clone(&self.reads.breaker), Arc::clone(&self.writes.breaker)]
    }

    /// Lets what is known be shown.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let help = "How long units of work took, with all that they waited for, in seconds";
        registry.register("database_seconds", help, self.seconds.clone());
        let help = "How many messages went into one transaction";
        registry.register("batch_messages", help, self.batch_messages.clone());
    }
}

impl Gate {
    async fn pass<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let began = Instant::now();
        let span = tracing::debug_span!(
            "sql",
            otel.name = %format_args!("sql {name}"),
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = self.system,
        );
        let outcome = trace::within(span, self.breaker.guard(work)).await;
        self.seconds.observe(began.elapsed().as_secs_f64());
        outcome
    }
}
