use crate::time::Timestamp;

/// How many revs an epoch has room for. 2²¹ epochs of them, one for each hour of two centuries, stay below 2⁵³: that far
/// the numbers of JSON are exact in every client.
const REVS_IN_AN_EPOCH: u64 = 1 << 32;
const SECONDS_IN_AN_HOUR: u64 = 3600;

/// Counts every change of a conversation: 1, 2, 3 …, without a hole; 0 before the first.
///
/// A database that was put back from a backup has lost the newest changes, which clients may know: others will have their
/// numbers. So there every conversation goes on in a new epoch, and who knows a rev of another one fetches afresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Rev(pub u64);

impl Rev {
    /// Whether who knows all up to this one lacks nothing but what comes after it, up to `head`.
    pub const fn leads_to(self, head: Self) -> bool {
        self.0 <= head.0 && self.epoch() == head.epoch()
    }

    /// Where all conversations go on whose revs were at most `newest`: in an epoch that none of their clients knows, also
    /// if the same backup was put back before.
    pub fn in_a_new_epoch(newest: Self, now: Timestamp) -> Self {
        let epoch = (newest.epoch() + 1).max(now.unix_seconds() / SECONDS_IN_AN_HOUR);
        Self(epoch.saturating_mul(REVS_IN_AN_EPOCH))
    }

    const fn epoch(self) -> u64 {
        self.0 / REVS_IN_AN_EPOCH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;
    const AUTUMN_2026: i64 = 498_000 * HOUR;

    fn new_epoch(newest: Rev, unix_micros: i64) -> Rev {
        Rev::in_a_new_epoch(newest, Timestamp::from_unix_micros(unix_micros))
    }

    #[test]
    fn who_knows_what_is_not_there_cannot_go_on_from_it() {
        assert!(Rev(0).leads_to(Rev(0)) && Rev(3).leads_to(Rev(3)) && Rev(3).leads_to(Rev(9)));
        assert!(!Rev(9).leads_to(Rev(3)));
        let restored = new_epoch(Rev(9), AUTUMN_2026);
        for known in [Rev(0), Rev(9), Rev(99)] {
            assert!(!known.leads_to(restored) && !restored.leads_to(known));
        }
        assert!(restored.leads_to(Rev(restored.0 + 7)));
    }

    #[test]
    fn the_same_backup_put_back_again_is_another_epoch_and_a_later_one() {
        let first = new_epoch(Rev(9), AUTUMN_2026);
        assert!(new_epoch(Rev(9), AUTUMN_2026 + HOUR).0 > first.0 + 1_000_000_000);
        assert!(new_epoch(Rev(first.0 + 5), AUTUMN_2026).0 > first.0 + 1_000_000_000);
        assert!(new_epoch(Rev(9), -HOUR).0 > 9, "a clock that is wrong");
    }

    #[test]
    fn clients_can_count_that_far() {
        let in_the_year_2199 = 2_007_000 * HOUR;
        assert!(new_epoch(Rev(9), in_the_year_2199).0 + REVS_IN_AN_EPOCH < 1 << 53);
    }
}
