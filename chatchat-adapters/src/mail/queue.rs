use std::sync::Arc;

use async_trait::async_trait;
use chatchat_domain::Error;
use chatchat_domain::outbox::{OutboxRepository, Owed};
use chatchat_domain::ports::{Clock, Mail, Mailer, Random};
use tokio::sync::Notify;

/// Takes mail by owing it: the transactional outbox keeps it until a
/// [`MailTransport`](chatchat_domain::outbox::MailTransport) has accepted it.
pub struct MailQueue {
    outbox: Arc<dyn OutboxRepository>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    owed: Arc<Notify>,
}

impl MailQueue {
    /// Mail that waits in this outbox. `owed` is told of each, so that somebody who waits for a code need not wait for
    /// the next look into the outbox, too.
    pub fn new(
        outbox: Arc<dyn OutboxRepository>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        owed: Arc<Notify>,
    ) -> Self {
        Self { outbox, clock, random, owed }
    }
}

#[async_trait]
impl Mailer for MailQueue {
    async fn send(&self, mail: Mail) -> Result<(), Error> {
        self.outbox.owe(Owed::mail(mail, &*self.clock, &*self.random)).await?;
        self.owed.notify_one();
        Ok(())
    }
}
