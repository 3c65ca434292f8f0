use async_trait::async_trait;

use crate::account::{CodePurpose, EmailAddress, EmailCode};
use crate::error::Error;

/// A mail that the product sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mail {
    /// The code that proves who reads the mail.
    Code {
        /// The receiver.
        to: EmailAddress,
        /// What the code is for.
        purpose: CodePurpose,
        /// The code.
        code: EmailCode,
    },
    /// Somebody tried to register an address that has an account.
    AlreadyRegistered {
        /// The receiver.
        to: EmailAddress,
    },
}

/// Sends mail.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Takes the mail for delivery; when it returns, the mail is not lost by a crash.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the mail cannot be taken now.
    async fn send(&self, mail: Mail) -> Result<(), Error>;
}
