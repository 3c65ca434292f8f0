//! Gives full blocks of messages the signatures by which searches skip them, after the fact.

use std::sync::Arc;

use chatchat_domain::conversation::Message;
use chatchat_domain::event::{Change, Event};
use chatchat_domain::ports::EventListener;
use chatchat_domain::search::Block;
use chatchat_domain::{App, ConversationId, Timestamp};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many blocks may wait. What does not fit is done by the next search that misses it.
const MAX_WAITING: usize = 1024;

/// Hears of messages that complete a block.
pub(crate) struct Signing {
    full: Sender<(ConversationId, Block)>,
}

impl Signing {
    /// Begins; ends with the runtime, inside which it must be called.
    pub(crate) fn start(app: Arc<App>) -> Arc<Self> {
        let (full, waiting) = channel(MAX_WAITING);
        tokio::spawn(sign(app, waiting));
        Arc::new(Self { full })
    }

    fn hear_message(&self, message: &Message) {
        if let Some(block) = Block::completed_by(message.seq) {
            let _later_if_full = self.full.try_send((message.conversation, block));
        }
    }
}

impl EventListener for Signing {
    fn hear(&self, event: Event, _: Timestamp) {
        if let Event::Conversation { change: Change::Message(message), .. } = event {
            self.hear_message(&message);
        }
    }

    /// What was missed is done by the next search that misses it.
    fn hole(&self) {}
}

/// One after the other: nobody waits for it.
async fn sign(app: Arc<App>, mut waiting: Receiver<(ConversationId, Block)>) {
    while let Some((conversation, block)) = waiting.recv().await {
        if let Err(error) = app.search().sign(conversation, block).await {
            tracing::warn!(%error, %conversation, "a block of messages stays without its signature");
        }
    }
}
