use async_trait::async_trait;

use crate::conversation::Message;
use crate::error::Error;
use crate::id::{ConversationId, UserId};
use crate::page::{Page, PageRequest};
use crate::search::{Block, MessageQuery};

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The messages, and where to go on.
    pub page: Page<Message>,
    /// Full blocks that had to be read because they have no signature.
    pub unsigned: Vec<(ConversationId, Block)>,
}

/// Finds messages by what they say.
///
/// Every method returns [`Error::Unavailable`] when the store does not answer in time.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait MessageIndex: Send + Sync {
    /// The messages that `user` can read, in `only` or all their conversations, whose text or file name holds all words:
    /// the conversations with the newest activity first, the newest messages first in each. A search reads only so much
    /// at once: a page may have fewer items than asked for, even none, and go on.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when `user` is not in `only`.
    async fn search(
        &self,
        user: UserId,
        only: Option<ConversationId>,
        query: MessageQuery,
        page: PageRequest,
    ) -> Result<Found, Error>;

    /// Stores the signature of a block, if it is full and has none.
    async fn sign(&self, conversation: ConversationId, block: Block) -> Result<(), Error>;
}
