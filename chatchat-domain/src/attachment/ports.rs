use async_trait::async_trait;

use crate::attachment::{Attached, Attachment, NewAttachment};
use crate::error::Error;
use crate::id::{AttachmentId, UserId};
use crate::page::{Page, PageRequest};
use crate::time::Timestamp;

/// Keeps what is known of images and files.
///
/// Every method returns [`Error::Unavailable`] when the store does not answer in time.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait AttachmentRepository: Send + Sync {
    /// Keeps the attachment. In the same transaction the removal of its objects is taken back, and a look whether it is
    /// in use owed ([`crate::outbox::Owed::later_disuse`]).
    async fn create(&self, attachment: NewAttachment) -> Result<(), Error>;

    /// The attachment, for who has brought it, and for the members of a conversation in which a message above their floor
    /// holds it.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] for everybody else.
    async fn find(&self, reader: UserId, attachment: AttachmentId) -> Result<Attachment, Error>;

    /// What `uploader` has brought, the newest first.
    async fn brought_by(&self, uploader: UserId, page: PageRequest) -> Result<Page<Attached>, Error>;

    /// Forgets the attachment if no message holds it, and owes the removal of its objects in the same transaction.
    async fn remove_unused(&self, attachment: AttachmentId, now: Timestamp) -> Result<(), Error>;
}
