use std::sync::Arc;

use async_trait::async_trait;
use chatchat_domain::Error;
use chatchat_domain::outbox::{OutboxRepository, Owed};
use chatchat_domain::ports::{Clock, Mail, Mailer, Random};

/// Takes mail by owing it: the transactional outbox keeps it until a
/// [`MailTransport`](chatchat_domain::outbox::MailTransport) has accepted it.
pub struct MailQueue {
    outbox: Arc<dyn OutboxRepository>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl MailQueue {
    /// Mail that waits in this outbox.
    pub fn new(outbox: Arc<dyn OutboxRepository>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { outbox, clock, random }
    }
}

#[async_trait]
impl Mailer for MailQueue {
    async fn send(&self, mail: Mail) -> Result<(), Error> {
        self.outbox.owe(Owed::mail(mail, &*self.clock, &*self.random)).await
    }
}
