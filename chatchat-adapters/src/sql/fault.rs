//! What can go wrong inside a unit of work.

use chatchat_domain::{Error, Refusal};
use diesel::result::{DatabaseErrorKind, Error as SqlError};

/// Why a unit of work was not done. The engine is kept apart from the rules until the unit's end, as an engine
/// may want to try again.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The rules say no, or a stored value makes no sense.
    Domain(Error),
    /// The engine could not.
    Sql(SqlError),
}

impl From<SqlError> for Fault {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Domain(refusal.into())
    }
}

pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

/// Whether this statement failed because what it wrote stands already.
pub(crate) fn is_duplicate(error: &SqlError) -> bool {
    matches!(error, SqlError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}
