use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chatchat_domain::Timestamp;
use chatchat_domain::event::Event;
use futures_util::future::join_all;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::counts::Counts;
use super::letter::{Letter, Told, route};
use super::{Channels, Partition, Partitions};
use crate::trace::{self, TraceContext};

/// How many events may wait to be sent.
const WAITING: usize = 16_384;
/// How many are sent at a time.
const AT_A_TIME: usize = 256;
/// How often it is tried to tell others that they have not been told all.
const CONFESS_EVERY: Duration = Duration::from_millis(500);

/// Hands events over for other nodes, and waits for nobody.
#[derive(Clone)]
pub(super) struct Outgoing {
    waiting: mpsc::Sender<(Partition, Told)>,
    untold: Untold,
    counts: Counts,
}

/// The partitions of which others have not been told all.
#[derive(Clone, Default)]
struct Untold(Arc<Mutex<Partitions>>);

impl Untold {
    fn add(&self, partition: Partition) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(partition);
    }

    fn take(&self) -> Partitions {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl Outgoing {
    /// Sends the events soon. What there is no room for is left out, and others will be told that there was more.
    pub(super) fn send(&self, events: Vec<Event>, at: Timestamp, trace: Option<TraceContext>) {
        for (partition, event) in events.into_iter().flat_map(route) {
            let told = Told { at, event, trace: trace.clone() };
            if self.waiting.try_send((partition, told)).is_err() {
                self.untold.add(partition);
                self.counts.untold.inc();
            }
        }
    }

    /// How many events wait.
    pub(super) fn waiting(&self) -> u64 {
        u64::try_from(self.waiting.max_capacity() - self.waiting.capacity()).unwrap_or_default()
    }
}

/// Where to hand events over, and the task that sends them.
pub(super) fn start(channels: Channels, counts: Counts) -> (Outgoing, impl Future<Output = ()>) {
    let (waiting, events) = mpsc::channel(WAITING);
    let untold = Untold::default();
    let sending = run(Sender { channels, untold: untold.clone(), counts: counts.clone() }, events);
    (Outgoing { waiting, untold, counts }, sending)
}

/// Sends what waits, each partition's in its order.
async fn run(sender: Sender, mut events: mpsc::Receiver<(Partition, Told)>) {
    let mut some = Vec::with_capacity(AT_A_TIME);
    let mut ticks = tokio::time::interval(CONFESS_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            count = events.recv_many(&mut some, AT_A_TIME) => match count {
                0 => return,
                _ => sender.send(some.drain(..)).await,
            },
            _ = ticks.tick() => if !sender.untold.is_empty() {
                sender.confess().await;
            },
        }
    }
}

struct Sender {
    channels: Channels,
    untold: Untold,
    counts: Counts,
}

impl Sender {
    async fn send(&self, events: impl Iterator<Item = (Partition, Told)>) {
        let mut by_partition = BTreeMap::<Partition, Vec<Told>>::new();
        for (partition, event) in events {
            by_partition.entry(partition).or_default().push(event);
        }
        self.deliver(by_partition.into_iter().map(|(partition, events)| (partition, Letter::Events(events))))
            .await;
    }

    /// Tells others that they have not been told all.
    async fn confess(&self) {
        self.deliver(self.untold.take().iter().map(|partition| (partition, Letter::Hole))).await;
    }

    async fn deliver(&self, letters: impl Iterator<Item = (Partition, Letter)>) {
        let delivered = join_all(letters.map(|(partition, letter)| async move {
            let events = letter.events();
            let span = tracing::debug_span!("bus.send", otel.kind = "producer", events);
            trace::join(&span, letter.traces());
            if self.publish(partition, letter).instrument(span).await {
                self.counts.published.inc_by(events);
            } else {
                self.counts.untold.inc_by(events);
                self.untold.add(partition);
            }
        }));
        delivered.await;
    }

    /// Whether it was said. Always through the same connection: what is said first is heard first.
    async fn publish(&self, partition: Partition, letter: Letter) -> bool {
        let Some(sealed) = letter.seal(&self.channels.node) else { return false };
        let Ok(line) = self.channels.redis.commands().first_line() else { return false };
        let channel = self.channels.name(partition);
        line.publish(channel, &sealed).await.is_ok()
    }
}
