use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};

use super::{Partition, Partitions};

/// How long somebody waits until a partition is listened to.
const READY_WITHIN: Duration = Duration::from_secs(1);
/// How long a partition is listened to that nobody wants any more: who reconnects wants it again.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// What this node wants to hear, and what it hears.
pub(super) struct Interests {
    wanted: Mutex<Wanted>,
    /// Rung when a partition is wanted that is not listened to.
    more: Notify,
    heard: watch::Sender<Heard>,
}

#[derive(Default)]
struct Wanted {
    /// How often each partition is wanted that is.
    counts: HashMap<Partition, u64>,
    /// Since when those are not that were.
    unwanted: HashMap<Partition, Instant>,
}

/// What this node hears.
#[derive(Debug, Clone, Copy)]
struct Heard {
    /// Whether others can be heard, as far as is known.
    is_possible: bool,
    partitions: Partitions,
}

impl Interests {
    pub(super) fn new() -> Self {
        let heard = Heard { is_possible: true, partitions: Partitions::default() };
        Self { wanted: Mutex::default(), more: Notify::new(), heard: watch::Sender::new(heard) }
    }

    pub(super) fn want(&self, partition: Partition) {
        {
            let mut wanted = self.wanted();
            *wanted.counts.entry(partition).or_default() += 1;
            wanted.unwanted.remove(&partition);
        }
        if !self.heard.borrow().partitions.contains(partition) {
            self.more.notify_one();
        }
    }

    pub(super) fn release(&self, partition: Partition) {
        let mut wanted = self.wanted();
        if let Some(count) = wanted.counts.get_mut(&partition) {
            *count -= 1;
            if *count == 0 {
                wanted.counts.remove(&partition);
                wanted.unwanted.insert(partition, Instant::now());
            }
        }
    }

    /// Waits a moment until the partitions are listened to, if that is possible.
    pub(super) async fn ready(&self, partitions: Partitions) {
        let mut heard = self.heard.subscribe();
        let ready = heard.wait_for(|heard| !heard.is_possible || heard.partitions.covers(partitions));
        let _it_is_late = tokio::time::timeout(READY_WITHIN, ready).await;
    }

    /// Waits until something may be wanted that is not listened to.
    pub(super) async fn more(&self) {
        self.more.notified().await;
    }

    /// What is wanted, or was a moment ago.
    pub(super) fn current(&self) -> Partitions {
        let mut wanted = self.wanted();
        wanted.unwanted.retain(|_, since| since.elapsed() < KEPT_FOR);
        wanted.counts.keys().chain(wanted.unwanted.keys()).copied().collect()
    }

    /// These are listened to from now on, and no others.
    pub(super) fn heard(&self, partitions: Partitions) {
        self.heard.send_replace(Heard { is_possible: true, partitions });
    }

    /// Nothing is listened to any more; it is tried again.
    pub(super) fn lost(&self) {
        self.heard.send_modify(|heard| heard.partitions = Partitions::default());
    }

    /// Nothing can be listened to for now.
    pub(super) fn impossible(&self) {
        self.heard.send_replace(Heard { is_possible: false, partitions: Partitions::default() });
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(number: u8) -> Partition {
        Partition::of_channel(&format!("{{{number}}}")).unwrap()
    }

    #[tokio::test]
    async fn a_partition_is_wanted_until_released_as_often_and_a_little_longer() {
        let interests = Interests::new();
        interests.want(partition(1));
        interests.want(partition(1));
        interests.release(partition(1));
        assert!(interests.wanted().unwanted.is_empty());
        interests.release(partition(1));
        assert!(interests.wanted().counts.is_empty());
        assert!(interests.current().contains(partition(1)));
        interests.wanted().unwanted.insert(partition(1), Instant::now() - KEPT_FOR);
        assert!(interests.current().is_empty());
        interests.release(partition(2));
        assert!(interests.current().is_empty(), "what was never wanted cannot be released");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_told_when_it_is_heard_or_cannot_be() {
        let interests = Interests::new();
        let both: Partitions = [partition(1), partition(2)].into_iter().collect();
        let waited = |began: tokio::time::Instant| began.elapsed();

        let began = tokio::time::Instant::now();
        interests.heard([partition(1)].into_iter().collect());
        interests.ready(both).await;
        assert_eq!(waited(began), READY_WITHIN, "one of the two was never heard");

        interests.heard(both);
        let began = tokio::time::Instant::now();
        interests.ready(both).await;
        assert_eq!(waited(began), Duration::ZERO);

        interests.impossible();
        interests.ready(both).await;
        assert_eq!(waited(began), Duration::ZERO);
    }
}
