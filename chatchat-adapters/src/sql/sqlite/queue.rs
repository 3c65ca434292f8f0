//! A bounded queue and the threads that work it off.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

use chatchat_domain::Error;

use super::OpenError;

/// Dropping it waits until what is queued is done and the threads have ended.
pub(super) struct Queue<J> {
    sender: Option<SyncSender<J>>,
    threads: Vec<JoinHandle<()>>,
    waiting: Waiting,
}

/// How many jobs wait: who takes some out says so.
#[derive(Clone, Default)]
pub(super) struct Waiting(Arc<AtomicU64>);

impl Waiting {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn sub(&self, jobs: usize) {
        self.0.fetch_sub(u64::try_from(jobs).unwrap_or_default(), Ordering::Relaxed);
    }
}

impl<J: Send + 'static> Queue<J> {
    /// A queue for this many jobs, and its other end.
    pub(super) fn new(bound: usize) -> (Self, Receiver<J>) {
        let (sender, receiver) = sync_channel(bound);
        (Self { sender: Some(sender), threads: Vec::new(), waiting: Waiting::default() }, receiver)
    }

    /// Starts a thread that works on the queue.
    pub(super) fn start(
        &mut self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), OpenError> {
        let thread = Builder::new().name(name.to_owned()).spawn(work).map_err(OpenError::Thread)?;
        self.threads.push(thread);
        Ok(())
    }

    pub(super) fn waiting(&self) -> Waiting {
        self.waiting.clone()
    }

    /// Queues the job, or refuses it when too many wait already.
    pub(super) fn submit(&self, job: J) -> Result<(), Error> {
        let sender = self.sender.as_ref().ok_or_else(|| Error::Internal("a closed queue".to_owned()))?;
        self.waiting.0.fetch_add(1, Ordering::Relaxed);
        sender.try_send(job).inspect_err(|_| self.waiting.sub(1)).map_err(|error| match error {
            TrySendError::Full(_) => Error::Overloaded("too much waits for the database".to_owned()),
            TrySendError::Disconnected(_) => {
                Error::Unavailable("the database's threads have ended".to_owned())
            }
        })
    }
}

impl<J> Drop for Queue<J> {
    fn drop(&mut self) {
        self.sender = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the database had panicked");
            }
        }
    }
}
