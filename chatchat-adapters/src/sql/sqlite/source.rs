//! A database that is read from one end to the other, and that nobody else has open meanwhile.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chatchat_domain::Error;

use super::open::{self, OpenError};
use super::unit::Work;
use super::{Conn, run};

pub(crate) struct Source {
    conn: Mutex<Conn>,
}

impl Source {
    /// Opens the database, after bringing its tables up to date.
    ///
    /// # Errors
    /// When it is not there, or somebody else has it open.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { conn: Mutex::new(open::alone(path)?) })
    }

    /// Runs `work` here and now: there is nothing else to do meanwhile.
    pub(crate) fn read<A, T>(&self, args: &A, work: Work<A, T>) -> Result<T, Error> {
        let mut conn = self.conn.lock().unwrap_or_else(PoisonError::into_inner);
        run(work(&mut conn, args))
    }
}
