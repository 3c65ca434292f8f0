use std::collections::BTreeSet;
use std::sync::Arc;

use tracing::instrument;

use super::model::{Question, Testimony, Traced, Trail, Trails};
use super::ports::{TrailRepository, Witnesses};
use crate::conversation::ClientId;
use crate::error::{Error, Refusal};
use crate::id::ConversationId;

/// How many messages of one name are traced: a name should be one message's alone.
const MAX_MESSAGES: usize = 10;

/// Says what became of messages.
pub struct TrailService {
    pub(crate) store: Arc<dyn TrailRepository>,
    pub(crate) witnesses: Arc<dyn Witnesses>,
}

impl TrailService {
    /// What became of the messages that clients call `client_id`: in `conversation`, or wherever a node remembers one.
    /// For whoever runs the service: it is not asked who may read them, and nothing of what they say is told.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when neither the store, for a conversation, nor a node knows of one.
    #[instrument(level = "debug", name = "trail.trace", skip_all)]
    pub async fn trace(
        &self,
        client_id: ClientId,
        conversation: Option<ConversationId>,
    ) -> Result<Trails, Error> {
        let stored = match conversation {
            Some(conversation) => self.store.find(conversation, &client_id, MAX_MESSAGES).await?,
            None => Vec::new(),
        };
        let question = Question { client_id: client_id.clone(), places: stored.clone() };
        let Testimony { nodes, is_complete, seen } = self.witnesses.ask(question).await;
        let remembered = seen.iter().map(|seen| seen.sighting.message);
        let remembered = remembered.filter(|place| conversation.is_none_or(|it| it == place.conversation));
        let places: BTreeSet<_> = stored.into_iter().chain(remembered).take(MAX_MESSAGES).collect();
        let places: Vec<_> = places.into_iter().collect();
        let mut traced = self.store.traced(&places).await?;
        traced.retain(|message| message.client_id == client_id);
        if traced.is_empty() {
            return Err(Refusal::NotFound.into());
        }
        let trail = |message: Traced| {
            let is_of_it = |seen: &&_| is_of(&message, seen);
            let mut steps: Vec<_> = seen.iter().filter(is_of_it).cloned().collect();
            steps.sort_by_key(|seen| seen.sighting.at);
            Trail { message, steps }
        };
        Ok(Trails { items: traced.into_iter().map(trail).collect(), nodes, is_complete })
    }
}

fn is_of(message: &Traced, seen: &super::Seen) -> bool {
    seen.sighting.message == message.place
}
