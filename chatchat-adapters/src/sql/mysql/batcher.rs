//! Gathers the sends that arrive while the last batch is committed into the next one.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chatchat_domain::Error;
use chatchat_domain::conversation::{Appended, Draft};
use futures_util::future::join_all;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

use super::append;
use super::pool::Pool;
use crate::sql::watch::Watch;
use crate::trace::TraceContext;

/// A conversation is always in the same lane, so that lanes do not wait for each other's locks.
const LANES: usize = 4;
/// How many drafts may wait in a lane: what it stores in a fraction of the time that callers wait.
const MAX_WAITING: usize = 4096;
/// How many drafts go into one transaction; a few milliseconds' worth, which the first of them has to wait.
const MAX_BATCH: usize = 256;

/// Batches of sends.
pub(super) struct Batcher {
    lanes: Vec<mpsc::Sender<Job>>,
}

struct Job {
    draft: Draft,
    trace: Option<TraceContext>,
    caller: oneshot::Sender<Result<Appended, Error>>,
}

impl Batcher {
    /// Must be called inside the runtime that is to do the work. It ends with the batcher.
    pub(super) fn start(pool: &Pool, watch: &Watch) -> Self {
        let lane = |_| {
            let (sender, jobs) = mpsc::channel(MAX_WAITING);
            tokio::spawn(work(pool.clone(), watch.clone(), jobs));
            sender
        };
        Self { lanes: (0..LANES).map(lane).collect() }
    }

    /// Stores the drafts: one answer for each.
    pub(super) async fn append(&self, drafts: Vec<Draft>) -> Vec<Result<Appended, Error>> {
        let submitted: Vec<_> = drafts.into_iter().map(|draft| self.submit(draft)).collect();
        join_all(submitted.into_iter().map(answered)).await
    }

    /// How many drafts wait.
    pub(super) fn waiting(&self) -> u64 {
        let waiting = self.lanes.iter().map(|lane| lane.max_capacity() - lane.capacity());
        u64::try_from(waiting.sum::<usize>()).unwrap_or_default()
    }

    fn submit(&self, draft: Draft) -> Result<Answer, Error> {
        let mut hasher = DefaultHasher::new();
        draft.conversation.hash(&mut hasher);
        let lanes = u64::try_from(LANES).unwrap_or(1);
        let lane = usize::try_from(hasher.finish() % lanes).ok().and_then(|lane| self.lanes.get(lane));
        match lane.map(mpsc::Sender::try_reserve) {
            Some(Ok(place)) => {
                let (caller, answer) = oneshot::channel();
                place.send(Job { draft, trace: TraceContext::current(), caller });
                Ok(answer)
            }
            Some(Err(TrySendError::Full(_))) => Err(Error::Overloaded("too many sends wait".to_owned())),
            Some(Err(TrySendError::Closed(_))) | None => Err(ended()),
        }
    }
}

type Answer = oneshot::Receiver<Result<Appended, Error>>;

async fn answered(submitted: Result<Answer, Error>) -> Result<Appended, Error> {
    submitted?.await.unwrap_or_else(|_| Err(ended()))
}

/// Stores batch after batch.
async fn work(pool: Pool, watch: Watch, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while jobs.recv_many(&mut batch, MAX_BATCH).await > 0 {
        let span = watch.stored_together(batch.len(), batch.iter().filter_map(|job| job.trace.as_ref()));
        let (drafts, callers): (Vec<_>, Vec<_>) = batch.drain(..).map(|job| (job.draft, job.caller)).unzip();
        let stored = pool.run(&drafts, |conn, drafts| Box::pin(append::append(conn, drafts)));
        let stored = stored.instrument(span).await;
        let answers = match stored {
            Ok(answers) => answers,
            Err(error) => {
                tracing::error!(%error, sends = drafts.len(), "a batch of sends was not stored");
                vec![Err(error); drafts.len()]
            }
        };
        for (caller, answer) in callers.into_iter().zip(answers) {
            drop(caller.send(answer)); // who has stopped waiting needs no answer
        }
    }
}

fn ended() -> Error {
    Error::Unavailable("the database is shutting down".to_owned())
}
