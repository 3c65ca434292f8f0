use async_trait::async_trait;

use crate::error::Error;
use crate::id::WorkId;
use crate::outbox::{Backlog, Claimed, Owed};
use crate::ports::Mail;
use crate::time::Timestamp;

/// Keeps work that is owed. What a use case owes with something that it stores, that repository stores here itself, in
/// the same transaction.
///
/// Every method returns [`Error::Unavailable`] when the store does not answer in time.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait OutboxRepository: Send + Sync {
    /// Keeps the work; when it returns, the work is not lost by a crash. Owing the same again changes nothing.
    async fn owe(&self, owed: Owed) -> Result<(), Error>;

    /// Claims what is due at `now`, the longest due first, at most `limit`. Of several who claim at once one gets it.
    /// What has neither been settled, postponed nor buried at `until` is due again.
    async fn claim(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Claimed>, Error>;

    /// How much is owed.
    async fn backlog(&self) -> Result<Backlog, Error>;

    /// Forgets the work: it is done.
    async fn settle(&self, id: WorkId) -> Result<(), Error>;

    /// Makes the work due at `due_at` again, unless somebody else has claimed it meanwhile.
    async fn postpone(&self, claimed: &Claimed, due_at: Timestamp, reason: &str) -> Result<(), Error>;

    /// Keeps the work for people to look at, without the secrets in it, and never gives it to anybody again, unless
    /// somebody else has claimed it meanwhile. Forgets all that was buried and owed since before `forget_before`.
    async fn bury(&self, claimed: &Claimed, reason: &str, forget_before: Timestamp) -> Result<(), Error>;
}

/// What has become of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It is on its way.
    Accepted,
    /// It will never be accepted; why, without secrets.
    Refused(String),
}

/// Brings mail to those who deliver it.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait MailTransport: Send + Sync {
    /// Hands over the mail, which is owed since `since`. The same `id` marks the same mail, so that who gets it twice
    /// can tell.
    ///
    /// # Errors
    /// [`Error::Unavailable`], without secrets, when trying again may help.
    async fn deliver(&self, id: WorkId, mail: &Mail, since: Timestamp) -> Result<Delivery, Error>;
}
