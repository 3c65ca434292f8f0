//! The writer: one thread, one transaction for all that has gathered.

use std::mem;
use std::path::Path;
use std::sync::mpsc::Receiver;

use chatchat_domain::Error;
use chatchat_domain::conversation::{Appended, Draft};
use tokio::sync::oneshot;
use tracing::Span;

use super::open::{self, OpenError};
use super::queue::Queue;
use super::unit::{Task, surviving};
use super::{Conn, append, execute};
use crate::sql::watch::Watch;
use crate::trace::TraceContext;

/// How many jobs may wait: what the writer does in a fraction of the time that callers wait.
const MAX_WAITING: usize = 16_384;
/// How many jobs go into one transaction; a few milliseconds' worth, which the first of them has to wait.
const MAX_BATCH: usize = 512;

pub(super) struct Writer {
    queue: Queue<Job>,
}

impl Writer {
    pub(super) fn open(path: &Path, watch: Watch) -> Result<Self, OpenError> {
        let mut conn = open::writer(path)?;
        let (mut queue, jobs) = Queue::new(MAX_WAITING);
        let waiting = queue.waiting();
        queue.start("sqlite-writer", move || {
            while let Some(batch) = next_batch(&jobs) {
                waiting.sub(batch.len());
                let span = match batch.iter().map(Job::messages).sum() {
                    0 => Span::none(),
                    messages => watch.stored_together(messages, batch.iter().filter_map(Job::trace)),
                };
                span.in_scope(|| write(&mut conn, batch));
            }
        })?;
        Ok(Self { queue })
    }

    pub(super) fn waiting(&self) -> u64 {
        self.queue.waiting().count()
    }

    pub(super) fn submit(&self, job: Job) -> Result<(), Error> {
        self.queue.submit(job)
    }
}

pub(super) enum Job {
    /// The hot path.
    Append(AppendJob),
    /// Anything else.
    Unit(Box<dyn Task>),
}

pub(super) struct AppendJob {
    drafts: Vec<Draft>,
    trace: Option<TraceContext>,
    results: Vec<Result<Appended, Error>>,
    caller: oneshot::Sender<Vec<Result<Appended, Error>>>,
}

impl AppendJob {
    pub(super) fn new(drafts: Vec<Draft>) -> (Self, oneshot::Receiver<Vec<Result<Appended, Error>>>) {
        let (caller, answer) = oneshot::channel();
        (Self { drafts, trace: TraceContext::current(), results: Vec::new(), caller }, answer)
    }
}

impl Job {
    /// How many messages it appends.
    fn messages(&self) -> usize {
        match self {
            Self::Append(job) => job.drafts.len(),
            Self::Unit(_) => 0,
        }
    }

    /// Where in a trace they come from.
    fn trace(&self) -> Option<&TraceContext> {
        match self {
            Self::Append(job) => job.trace.as_ref(),
            Self::Unit(_) => None,
        }
    }

    fn answer(self, transaction: Result<(), Error>) {
        match self {
            Self::Unit(task) => task.answer(transaction),
            Self::Append(AppendJob { drafts, mut results, caller, .. }) => {
                if let Err(error) = transaction {
                    // One answer for each draft, whether or not its turn had come.
                    results = vec![Err(error); drafts.len().max(results.len())];
                }
                drop(caller.send(results)); // who has stopped waiting needs no answer
            }
        }
    }
}

/// Waits for a job, then takes what else is there. Nothing when no more can come.
fn next_batch(jobs: &Receiver<Job>) -> Option<Vec<Job>> {
    let mut batch = vec![jobs.recv().ok()?];
    while batch.len() < MAX_BATCH
        && let Ok(job) = jobs.try_recv()
    {
        batch.push(job);
    }
    Some(batch)
}

/// Does the jobs in one transaction, and answers them when it is durable.
fn write(conn: &mut Conn, mut batch: Vec<Job>) {
    let outcome = transaction(conn, &mut batch);
    if let Err(error) = &outcome {
        tracing::error!(%error, jobs = batch.len(), "a transaction was not committed");
        // Fails where SQLite has rolled back by itself, or had not begun.
        drop(execute(conn, "ROLLBACK"));
    }
    for job in batch {
        job.answer(outcome.clone());
    }
}

/// All appends as one run, then each unit. What fails leaves no trace beside the others: the run is alone when it fails;
/// a unit has a savepoint, unless it is alone. (A savepoint that were open while much is appended would cost a copy of
/// each page.)
fn transaction(conn: &mut Conn, batch: &mut [Job]) -> Result<(), Error> {
    batch.sort_by_key(|job| matches!(job, Job::Unit(_))); // who waits for one answer has not asked the next question
    let (run, units) = batch.split_at_mut(batch.partition_point(|job| matches!(job, Job::Append(_))));
    execute(conn, "BEGIN IMMEDIATE")?;
    if !run.is_empty() && !append_all(conn, run) {
        execute(conn, "ROLLBACK; BEGIN IMMEDIATE")?;
    }
    match units {
        [Job::Unit(alone)] if run.is_empty() => {
            if !alone.run(conn) {
                return execute(conn, "ROLLBACK");
            }
        }
        units => {
            for unit in units {
                let Job::Unit(unit) = unit else { continue };
                execute(conn, "SAVEPOINT unit")?;
                let succeeded = unit.run(conn);
                execute(conn, if succeeded { "RELEASE unit" } else { "ROLLBACK TO unit; RELEASE unit" })?;
            }
        }
    }
    execute(conn, "COMMIT").map_err(|error| Error::Unavailable(format!("not committed: {error}")))
}

/// Does a run of appends. False if it must leave no trace.
fn append_all(conn: &mut Conn, run: &mut [Job]) -> bool {
    let mut drafts = Vec::with_capacity(run.len());
    let mut sizes = Vec::with_capacity(run.len());
    for job in &mut *run {
        if let Job::Append(job) = job {
            sizes.push(job.drafts.len());
            drafts.append(&mut mem::take(&mut job.drafts));
        }
    }
    let appended = surviving(|| append::append(conn, drafts));
    let succeeded = appended.is_ok();
    let failed = appended.as_ref().err().cloned();
    let mut results = appended.unwrap_or_default().into_iter();
    for (job, size) in run.iter_mut().zip(sizes) {
        if let Job::Append(job) = job {
            job.results = match &failed {
                None => results.by_ref().take(size).collect(),
                Some(error) => vec![Err(error.clone()); size],
            };
        }
    }
    succeeded
}
