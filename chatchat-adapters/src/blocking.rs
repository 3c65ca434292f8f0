//! Heavy work off the async threads: a bounded number at once, a bounded number waiting.

use std::sync::Arc;

use chatchat_domain::Error;
use tokio::sync::{Semaphore, TryAcquireError};
use tokio::task;

/// A gate in front of tokio's blocking threads.
#[derive(Debug)]
pub(crate) struct Gate {
    /// A place for each job that waits or runs.
    places: Arc<Semaphore>,
    /// A permit for each job that runs.
    running: Arc<Semaphore>,
}

/// Why a job did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failed {
    /// Too many wait already.
    Crowded,
    /// The job panicked.
    Panicked,
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Crowded => Self::Overloaded("too many wait for heavy work".into()),
            Failed::Panicked => Self::Internal("heavy work panicked".into()),
        }
    }
}

impl Gate {
    /// Lets `at_once` jobs run and `waiting` more wait.
    pub(crate) fn new(at_once: usize, waiting: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(at_once.saturating_add(waiting))),
            running: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// Runs the job. It holds its permits itself: a caller that goes away does not let one more in.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failed> {
        let place =
            Arc::clone(&self.places).try_acquire_owned().map_err(|_: TryAcquireError| Failed::Crowded)?;
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(|_| Failed::Crowded)?;
        let running = task::spawn_blocking(move || {
            let _held = (place, permit);
            job()
        });
        running.await.map_err(|_| Failed::Panicked)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_refused() {
        let gate = Arc::new(Gate::new(1, 1));
        let (release, held) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.run(move || held.recv().is_ok()).await }
        });
        let second = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.run(|| true).await }
        });
        while gate.places.available_permits() > 0 {
            task::yield_now().await;
        }
        assert_eq!(gate.run(|| true).await, Err(Failed::Crowded));
        release.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(true));
        assert_eq!(second.await.unwrap(), Ok(true));
        assert_eq!(gate.run(|| true).await, Ok(true));
    }

    #[tokio::test]
    async fn a_panic_stays_behind_the_gate() {
        let gate = Gate::new(1, 0);
        assert_eq!(gate.run(|| panic!("on purpose")).await, Err::<(), _>(Failed::Panicked));
        assert_eq!(gate.run(|| 1).await, Ok(1));
    }
}
