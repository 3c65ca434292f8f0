//! What is stored outside of the program, as domain types again.

pub(crate) mod content;
pub(crate) mod ids;
pub(crate) mod reactions;

use chatchat_domain::{Error, Violation};

/// A stored value, which was valid when it was stored.
pub(crate) fn sound<T>(parsed: Result<T, Violation>) -> Result<T, Error> {
    parsed.map_err(|violation| Error::Internal(format!("a stored value is not valid: {violation:?}")))
}
