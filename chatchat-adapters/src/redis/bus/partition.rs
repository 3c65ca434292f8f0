use chatchat_domain::ports::Topic;

/// How many partitions there are: enough to spread over the masters of a large cluster, few enough to subscribe to
/// all of them. All nodes must agree.
const PARTITIONS: u8 = 128;

/// One of the partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Partition(u8);

impl Partition {
    /// Where the topic is, for all nodes and for ever.
    pub(super) fn of(topic: Topic) -> Self {
        let bytes = match &topic {
            Topic::Conversation(conversation) => conversation.as_bytes(),
            Topic::Person(user) => user.as_bytes(),
        };
        // FNV-1a, whose high bits are the better mixed ones.
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let [high, ..] = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        Self(high % PARTITIONS)
    }

    /// The partition of this channel's name.
    pub(super) fn of_channel(name: &str) -> Option<Self> {
        let (_, rest) = name.split_once('{')?;
        let (number, _) = rest.split_once('}')?;
        number.parse().ok().filter(|number| *number < PARTITIONS).map(Self)
    }

    pub(super) fn number(self) -> u8 {
        self.0
    }

    fn bit(self) -> u128 {
        1 << self.0
    }
}

/// A set of partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Partitions(u128);

impl Partitions {
    pub(super) fn insert(&mut self, partition: Partition) {
        self.0 |= partition.bit();
    }

    pub(super) fn contains(self, partition: Partition) -> bool {
        self.0 & partition.bit() != 0
    }

    pub(super) fn covers(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    pub(super) fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Partition> {
        (0..PARTITIONS).map(Partition).filter(move |partition| self.contains(*partition))
    }
}

impl FromIterator<Partition> for Partitions {
    fn from_iter<T: IntoIterator<Item = Partition>>(partitions: T) -> Self {
        let mut set = Self::default();
        partitions.into_iter().for_each(|partition| set.insert(partition));
        set
    }
}

#[cfg(test)]
mod tests {
    use chatchat_domain::{ConversationId, UserId};

    use super::*;

    #[test]
    fn topics_are_spread_evenly() {
        let mut counts = [0_u32; 128];
        for number in 0..12_800_u128 {
            let topic = Topic::Conversation(ConversationId::from_bytes(number.to_be_bytes()));
            counts[usize::from(Partition::of(topic).number())] += 1;
        }
        assert!(counts.iter().all(|count| (50..200).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_topic_stays_where_it_is() {
        let person = Topic::Person(UserId::from_bytes([7; 16]));
        assert_eq!(Partition::of(person).number(), 4);
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_not_taken_out() {
        let all: Partitions = (0..PARTITIONS).map(Partition).collect();
        assert_eq!(all.iter().count(), 128);
        let ends: Partitions = [Partition(0), Partition(127)].into_iter().collect();
        let some = all.without(ends);
        assert!(all.covers(some) && !some.covers(all));
        assert_eq!(all.without(some), ends);
    }

    #[test]
    fn a_channel_s_name_tells_its_partition() {
        assert_eq!(Partition::of_channel("chatchat:{17}:events"), Some(Partition(17)));
        for name in ["chatchat:{128}:events", "chatchat:17:events", ""] {
            assert_eq!(Partition::of_channel(name), None);
        }
    }
}
