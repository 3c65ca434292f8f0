use async_trait::async_trait;

use crate::account::{Password, PasswordHash};
use crate::error::Error;

/// Hashes and checks passwords: slow on purpose, off the async threads, a bounded number at once.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// The password's hash.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait already.
    async fn hash(&self, password: Password) -> Result<PasswordHash, Error>;

    /// Whether `hash` is the password's. Without a hash the answer is no, and MUST take as long.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait already.
    async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, Error>;
}
