use std::sync::Arc;
use std::time::Duration;

use tracing::instrument;

use crate::account::Departure;
use crate::attachment::AttachmentRepository;
use crate::error::Error;
use crate::group::GroupRepository;
use crate::id::GroupId;
use crate::outbox::{Backlog, Claimed, Delivery, MailTransport, OutboxRepository, Work};
use crate::ports::{Clock, ObjectStore, Random};
use crate::time::Timestamp;

/// How long one who has claimed work may take for it; what is tried again after a crash waits for so long.
const LEASE: Duration = Duration::from_secs(45);
/// Between a first failure and the next attempt lies about this; twice as much after each further one, up to the end.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// How often something is tried: for about a day.
const ATTEMPTS: u32 = 200;
/// How long what could not be done is kept for people to look at.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);

/// How much of a reason is kept; servers say what they like.
const REASON_CHARS: usize = 500;

/// What came of an attempt.
enum Outcome {
    Done,
    Failed(String),
    Hopeless(String),
}

/// Working off the outbox: for whoever runs the product, again and again.
pub struct OutboxService {
    pub(crate) outbox: Arc<dyn OutboxRepository>,
    pub(crate) transport: Arc<dyn MailTransport>,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) attachments: Arc<dyn AttachmentRepository>,
    pub(crate) departure: Departure,
    pub(crate) groups: Arc<dyn GroupRepository>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl OutboxService {
    /// How much is owed, and for how long the first of it should have been done.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "outbox.backlog", skip_all)]
    pub async fn backlog(&self) -> Result<(Backlog, Duration), Error> {
        let backlog = self.outbox.backlog().await?;
        let now = self.clock.now();
        Ok((backlog, backlog.first_due_at.map_or(Duration::ZERO, |due_at| now.since(due_at))))
    }

    /// Work that is due now, at most `limit`, for the caller alone: each is to be given to [`Self::attend`] at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "outbox.claim", skip_all)]
    pub async fn claim(&self, limit: u32) -> Result<Vec<Claimed>, Error> {
        let now = self.clock.now();
        self.outbox.claim(now, now.after(LEASE), limit).await
    }

    /// Does the work. What fails is tried again later, unless there is no use in it. Why is kept with it, and not in the
    /// log: mail servers name people in what they say.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it could not be noted what came of it; it is then tried again.
    #[instrument(level = "debug", name = "outbox.attend", skip_all)]
    pub async fn attend(&self, claimed: Claimed) -> Result<(), Error> {
        match self.attempt(&claimed).await {
            Outcome::Done => self.outbox.settle(claimed.id).await,
            Outcome::Failed(reason) if claimed.attempt < ATTEMPTS => {
                let due_at = self.next_attempt(&claimed);
                tracing::warn!(id = %claimed.id, attempt = claimed.attempt, "work is put off");
                self.outbox.postpone(&claimed, due_at, &reason).await
            }
            Outcome::Failed(reason) | Outcome::Hopeless(reason) => {
                tracing::error!(id = %claimed.id, attempt = claimed.attempt, "work is given up");
                let forget_before = self.clock.now().before(REMEMBERED);
                self.outbox.bury(&claimed, &reason, forget_before).await
            }
        }
    }

    async fn attempt(&self, claimed: &Claimed) -> Outcome {
        if claimed.work.useful_until(claimed.since).is_some_and(|end| end <= self.clock.now()) {
            return Outcome::Hopeless("it is too late".to_owned());
        }
        match &claimed.work {
            Work::Mail(mail) => match self.transport.deliver(claimed.id, mail, claimed.since).await {
                Ok(Delivery::Accepted) => Outcome::Done,
                Ok(Delivery::Refused(reason)) => Outcome::Hopeless(shortened(&reason)),
                Err(error) => Outcome::Failed(shortened(&error.to_string())),
            },
            Work::Removal(key) => outcome(self.objects.delete(key).await),
            Work::Departure(user) => outcome(self.departure.of(*user).await),
            Work::Erasure(group) => outcome(self.erase(*group).await),
            Work::Disuse(attachment) => {
                outcome(self.attachments.remove_unused(*attachment, self.clock.now()).await)
            }
        }
    }

    /// Some at a time, so that whoever else writes waits for little.
    async fn erase(&self, group: GroupId) -> Result<(), Error> {
        while self.groups.erase(group, self.clock.now()).await? {}
        Ok(())
    }

    /// When to try again: not all at the same moment, and not after the work's use has ended, so that its secrets do
    /// not outlive it.
    fn next_attempt(&self, claimed: &Claimed) -> Timestamp {
        let doublings = claimed.attempt.saturating_sub(1).min(16);
        let longest = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        let mut dice = [0; 4];
        self.random.fill(&mut dice);
        let pause =
            longest / 2 + longest.mul_f64(f64::from(u32::from_be_bytes(dice)) / f64::from(u32::MAX)) / 2;
        let next = self.clock.now().after(pause);
        claimed.work.useful_until(claimed.since).map_or(next, |end| next.min(end))
    }
}

fn outcome(done: Result<(), Error>) -> Outcome {
    match done {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Failed(shortened(&error.to_string())),
    }
}

fn shortened(reason: &str) -> String {
    reason.chars().take(REASON_CHARS).collect()
}
