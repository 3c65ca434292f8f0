use std::ops::RangeInclusive;

use crate::conversation::Seq;

/// Some messages of a conversation that stand together: block 0 has the messages 1 to 128, block 1 the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Block(pub u64);

impl Block {
    /// How many messages a block has.
    pub const MESSAGES: u64 = 128;

    /// The block in which the message is, which is not 0.
    pub const fn of(seq: Seq) -> Self {
        Self(seq.0.saturating_sub(1) / Self::MESSAGES)
    }

    /// The block that this message completes, if it does.
    pub fn completed_by(seq: Seq) -> Option<Self> {
        (seq.0 > 0 && seq.0.is_multiple_of(Self::MESSAGES)).then(|| Self::of(seq))
    }

    /// The messages in it.
    pub const fn seqs(self) -> RangeInclusive<u64> {
        let first = self.0 * Self::MESSAGES + 1;
        first..=first + Self::MESSAGES - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_in_one_block() {
        for (seq, block, completes) in
            [(1, 0, false), (127, 0, false), (128, 0, true), (129, 1, false), (256, 1, true)]
        {
            assert_eq!(Block::of(Seq(seq)), Block(block));
            assert_eq!(Block::completed_by(Seq(seq)).is_some(), completes, "{seq}");
            assert!(Block(block).seqs().contains(&seq));
        }
        assert_eq!(Block::completed_by(Seq(0)), None);
    }
}
