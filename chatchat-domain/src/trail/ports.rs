use async_trait::async_trait;

use super::model::{MessagePlace, Question, Sighting, Testimony, Traced};
use crate::conversation::ClientId;
use crate::error::Error;
use crate::id::ConversationId;

/// What one node has seen of messages: whoever serves people there.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait Witness: Send + Sync {
    /// What is remembered of the messages in question. Must not block.
    fn recall(&self, question: &Question) -> Vec<Sighting>;
}

/// Asks the witnesses of all nodes.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Witnesses: Send + Sync {
    /// What they remember. Never fails: who cannot be asked is missing. Takes as long as nodes are given to answer.
    async fn ask(&self, question: Question) -> Testimony;
}

/// What the store knows of messages, whoever asks.
///
/// Every method returns [`Error::Unavailable`] when the store does not answer in time.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait TrailRepository: Send + Sync {
    /// The messages of this name in the conversation, of different senders; at most `max`.
    async fn find(
        &self,
        conversation: ConversationId,
        client_id: &ClientId,
        max: usize,
    ) -> Result<Vec<MessagePlace>, Error>;

    /// What is stored of those of the messages that people have sent and that exist.
    async fn traced(&self, places: &[MessagePlace]) -> Result<Vec<Traced>, Error>;
}
