use std::sync::Arc;

use tracing::instrument;

use crate::conversation::Message;
use crate::error::Error;
use crate::id::ConversationId;
use crate::page::{Page, PageRequest};
use crate::search::{Block, Found, MessageIndex, MessageQuery};
use crate::session::Caller;

/// How many blocks that should have had signatures get them with one search.
const SIGNED_AT_ONCE: usize = 4;

/// Finding messages.
pub struct SearchService {
    pub(crate) index: Arc<dyn MessageIndex>,
}

impl SearchService {
    /// The messages that the caller can read and that hold all of the words, in one conversation or in all: those with
    /// the newest activity first, the newest messages first in each. A page may have fewer items than asked for, even
    /// none, and go on.
    ///
    /// # Errors
    /// A violation of `query`; [`crate::Refusal::NotFound`] for a conversation that the caller is not in.
    #[instrument(level = "debug", name = "search.messages", skip_all)]
    pub async fn messages(
        &self,
        caller: Caller,
        query: &str,
        only: Option<ConversationId>,
        page: PageRequest,
    ) -> Result<Page<Message>, Error> {
        let query = MessageQuery::new(query)?;
        let Found { page, unsigned } = self.index.search(caller.user, only, query, page).await?;
        for (conversation, block) in unsigned.into_iter().take(SIGNED_AT_ONCE) {
            if let Err(error) = self.index.sign(conversation, block).await {
                tracing::warn!(%error, %conversation, "a block of messages stays without its signature");
            }
        }
        Ok(page)
    }

    /// Makes what searches skip by: to be called, at leisure, with each message that completes a block.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "search.sign", skip_all)]
    pub async fn sign(&self, conversation: ConversationId, block: Block) -> Result<(), Error> {
        self.index.sign(conversation, block).await
    }
}
