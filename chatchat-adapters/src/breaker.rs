//! Circuit breakers: what does not answer is left alone for a while, and who asks for it is told at once.
//!
//! Our own, as those to be had let everybody through once the rest is over: with a server that hangs, all would wait for
//! it again. Here one at a time tries.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chatchat_domain::Error;

/// After so many failures, one after the other, a dependency is left alone.
const FAILURES: u32 = 10;
/// How long it is left alone; so long, too, one who tries is waited for, before somebody else does.
const REST: Duration = Duration::from_secs(1);

/// Stands between a dependency and those who need it.
#[derive(Debug)]
pub(crate) struct Breaker {
    name: String,
    state: Mutex<State>,
    opened: AtomicU64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It answers, but for the last so many times.
    Closed { failures: u32 },
    /// It is left alone.
    Open { until: Instant },
    /// Somebody tries; until then nobody else does.
    HalfOpen { until: Instant },
}

impl Breaker {
    /// A breaker in front of what is called so.
    pub(crate) fn new(name: impl Into<String>) -> Self {
        let state = Mutex::new(State::Closed { failures: 0 });
        Self { name: name.into(), state, opened: AtomicU64::new(0) }
    }

    /// Asks the dependency, unless it is left alone. Only that it is unavailable counts against it: not
    /// that too much of our own waits for it.
    ///
    /// # Errors
    /// Those of `work`; [`Error::Unavailable`] while the dependency is left alone.
    pub(crate) async fn guard<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.enter()?;
        let outcome = work.await;
        match &outcome {
            Err(Error::Unavailable(_)) => self.fails(),
            Err(Error::Overloaded(_)) => {} // it was not asked
            _ => self.answers(),
        }
        outcome
    }

    fn enter(&self) -> Result<(), Error> {
        let mut state = self.state();
        let now = Instant::now();
        match *state {
            State::Closed { .. } => Ok(()),
            State::Open { until } | State::HalfOpen { until } if now < until => {
                Err(Error::Unavailable(format!("{} is left alone for a while", self.name)))
            }
            State::Open { .. } | State::HalfOpen { .. } => {
                *state = State::HalfOpen { until: now + REST };
                Ok(())
            }
        }
    }

    fn answers(&self) {
        let mut state = self.state();
        if !matches!(*state, State::Closed { .. }) {
            tracing::info!(dependency = self.name, "it answers again");
        }
        *state = State::Closed { failures: 0 };
    }

    fn fails(&self) {
        let mut state = self.state();
        let until = Instant::now() + REST;
        match *state {
            State::Closed { failures } if failures + 1 < FAILURES => {
                *state = State::Closed { failures: failures + 1 };
            }
            State::Closed { .. } => {
                *state = State::Open { until };
                self.opened.fetch_add(1, Ordering::Relaxed);
                tracing::error!(dependency = self.name, "it does not answer, and is left alone for a while");
            }
            State::HalfOpen { .. } => *state = State::Open { until },
            State::Open { .. } => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How it fares, for whoever shows it.
#[cfg(feature = "embedded")]
impl Breaker {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// 0 if it lets everybody through, 1 if one at a time, 2 if nobody.
    pub(crate) fn level(&self) -> u64 {
        match *self.state() {
            State::Closed { .. } => 0,
            State::HalfOpen { .. } => 1,
            State::Open { .. } => 2,
        }
    }

    /// How often it began to leave the dependency alone.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(breaker: &Breaker, answer: Result<(), Error>) -> Result<(), Error> {
        breaker.guard(async { answer }).await
    }

    fn away() -> Result<(), Error> {
        Err(Error::Unavailable("away".to_owned()))
    }

    async fn open() -> Breaker {
        let breaker = Breaker::new("it");
        for _ in 0..FAILURES {
            assert_eq!(ask(&breaker, away()).await, away());
        }
        breaker
    }

    fn rested(breaker: &Breaker) {
        let now = Instant::now();
        let mut state = breaker.state();
        *state = match *state {
            State::Open { .. } => State::Open { until: now },
            State::HalfOpen { .. } => State::HalfOpen { until: now },
            closed @ State::Closed { .. } => closed,
        };
    }

    #[tokio::test]
    async fn what_fails_again_and_again_is_asked_no_more() {
        let breaker = open().await;
        let refused: Result<(), Error> = breaker.guard(async { panic!("it was asked") }).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))));
        assert_eq!((breaker.level(), breaker.opened()), (2, 1));
    }

    #[tokio::test]
    async fn after_its_rest_one_tries_and_lets_all_others_through_or_nobody() {
        let breaker = open().await;
        rested(&breaker);
        let trying = breaker.guard(async {
            assert_eq!(breaker.level(), 1);
            assert!(ask(&breaker, Ok(())).await.is_err(), "one at a time");
            away()
        });
        assert!(trying.await.is_err());
        assert_eq!(breaker.level(), 2);
        rested(&breaker);
        assert_eq!(ask(&breaker, Ok(())).await, Ok(()));
        assert_eq!((breaker.level(), breaker.opened()), (0, 1));
    }

    #[tokio::test]
    async fn who_tries_and_never_comes_back_is_not_waited_for() {
        let breaker = open().await;
        rested(&breaker);
        assert_eq!(breaker.enter(), Ok(()));
        rested(&breaker);
        assert_eq!(ask(&breaker, Ok(())).await, Ok(()));
    }

    #[tokio::test]
    async fn a_full_queue_of_our_own_tells_nothing_of_what_is_behind_it() {
        let full = || Err(Error::Overloaded("too much waits".to_owned()));
        let breaker = Breaker::new("it");
        for _ in 0..3 * FAILURES {
            assert_eq!(ask(&breaker, full()).await, full());
        }
        assert_eq!(breaker.level(), 0);
        let breaker = open().await;
        rested(&breaker);
        assert_eq!(ask(&breaker, full()).await, full());
        assert_eq!(breaker.level(), 1, "it has not answered");
    }

    #[tokio::test]
    async fn what_is_refused_was_answered() {
        let breaker = Breaker::new("it");
        for _ in 0..3 * FAILURES {
            let refused = ask(&breaker, Err(chatchat_domain::Refusal::NotFound.into())).await;
            assert!(matches!(refused, Err(Error::Refused(_))));
            assert!(ask(&breaker, away()).await.is_err());
        }
        assert_eq!(breaker.level(), 0);
    }
}
