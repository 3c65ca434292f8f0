//! The reader pool.

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;

use chatchat_domain::Error;

use super::open::{self, OpenError};
use super::queue::Queue;
use super::unit::Task;
use super::{Conn, execute};

/// How many reads may wait. More than that would time out before their turn.
const MAX_WAITING: usize = 8192;

pub(super) struct Readers {
    queue: Queue<Box<dyn Task>>,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let (mut queue, tasks) = Queue::new(MAX_WAITING);
        let tasks = Arc::new(Mutex::new(tasks));
        for _ in 0..available_parallelism().map_or(2, usize::from).clamp(2, 4) {
            let mut conn = open::reader(path)?;
            let (tasks, waiting) = (Arc::clone(&tasks), queue.waiting());
            queue.start("sqlite-reader", move || {
                while let Some(task) = next(&tasks) {
                    waiting.sub(1);
                    read(&mut conn, task);
                }
            })?;
        }
        Ok(Self { queue })
    }

    pub(super) fn waiting(&self) -> u64 {
        self.queue.waiting().count()
    }

    pub(super) fn submit(&self, task: Box<dyn Task>) -> Result<(), Error> {
        self.queue.submit(task)
    }
}

fn next(tasks: &Mutex<Receiver<Box<dyn Task>>>) -> Option<Box<dyn Task>> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// All of a unit's queries see the same snapshot.
fn read(conn: &mut Conn, mut task: Box<dyn Task>) {
    let begun = execute(conn, "BEGIN DEFERRED");
    if begun.is_ok() {
        task.run(conn);
        if let Err(error) = execute(conn, "ROLLBACK") {
            tracing::error!(%error, "a read transaction did not end");
        }
    }
    task.answer(begun);
}
