//! A unit of work on its way to a thread that has a connection, and back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chatchat_domain::Error;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::Conn;
use crate::sql::fault;

/// What a unit of work does. It borrows what it works on, and captures nothing, so that it could be run again.
pub(crate) type Work<A, T> = for<'c> fn(&'c mut Conn, &'c A) -> BoxFuture<'c, fault::Result<T>>;

/// A unit of work, whatever it works on.
pub(super) trait Task: Send {
    /// Does the work, and keeps what came of it. False if it failed and must leave no trace.
    fn run(&mut self, conn: &mut Conn) -> bool;

    /// Tells the caller what came of it, if the transaction around it went well.
    fn answer(self: Box<Self>, transaction: Result<(), Error>);
}

pub(super) struct Unit<A, T> {
    args: A,
    work: Work<A, T>,
    result: Option<Result<T, Error>>,
    caller: oneshot::Sender<Result<T, Error>>,
}

impl<A, T> Unit<A, T> {
    pub(super) fn new(args: A, work: Work<A, T>) -> (Self, oneshot::Receiver<Result<T, Error>>) {
        let (caller, answer) = oneshot::channel();
        (Self { args, work, result: None, caller }, answer)
    }
}

impl<A: Send, T: Send> Task for Unit<A, T> {
    fn run(&mut self, conn: &mut Conn) -> bool {
        let result = surviving(|| super::run((self.work)(conn, &self.args)));
        let succeeded = result.is_ok();
        self.result = Some(result);
        succeeded
    }

    fn answer(self: Box<Self>, transaction: Result<(), Error>) {
        let never_run = || Err(Error::Internal("a unit of work was not run".to_owned()));
        let Self { result, caller, .. } = *self;
        let answer = transaction.and_then(|()| result.unwrap_or_else(never_run));
        drop(caller.send(answer)); // who has stopped waiting needs no answer
    }
}

/// The outcome of `work`; a panic is a defect of that work alone.
pub(super) fn surviving<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // What a panic could leave half-done is in the database, and rolled back there.
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::Internal("a unit of work has panicked".to_owned())))
}
