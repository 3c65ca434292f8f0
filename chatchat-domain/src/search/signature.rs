use crate::search::MessageQuery;
use crate::text::fold;

/// The size of a signature, in bytes: at least …
const SMALLEST: usize = 64;
/// … and at most. Blocks with more than this can tell apart are simply read.
const LARGEST: usize = 4096;
/// A signature is made no smaller if more than one bit in so many would be set: a term that is not there is then taken for
/// there about once in 80 times.
const ONE_BIT_IN: usize = 3;
/// How many bits each term sets.
const BITS_SET: u64 = 4;

/// Which characters, and which pairs of neighbouring ones, are in some texts: a Bloom filter. It may take a term for
/// there that is not, never the other way round. The same on every machine, for ever: it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(Vec<u8>);

impl Signature {
    /// The signature of these texts, as small as it can be.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut signature = Self(vec![0; LARGEST]);
        for text in texts {
            hashes(&fold(text)).for_each(|term| signature.set(term));
        }
        while let Some(smaller) = signature.halved() {
            signature = smaller;
        }
        signature
    }

    /// The same in half the size, unless that would tell too little apart. As sizes are powers of two, a bit's place in a
    /// smaller one is that in the larger one, without its highest digits.
    fn halved(&self) -> Option<Self> {
        let half = self.0.len() / 2;
        let (low, high) = self.0.split_at_checked(half)?;
        let halved = Self(low.iter().zip(high).map(|(low, high)| low | high).collect());
        let ones: usize = halved.0.iter().map(|byte| usize::try_from(byte.count_ones()).unwrap_or(8)).sum();
        (half >= SMALLEST && ones * ONE_BIT_IN <= half * 8).then_some(halved)
    }

    /// The signature as it is stored; what no signature could be says that everything may be there.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        let is_sound = bytes.len().is_power_of_two() && (SMALLEST..=LARGEST).contains(&bytes.len());
        Self(if is_sound { bytes } else { vec![u8::MAX; SMALLEST] })
    }

    /// The signature, to be stored: 64 to 4096 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether a text with all of the query's words may be among the texts.
    pub fn may_hold(&self, query: &MessageQuery) -> bool {
        query.words().iter().all(|word| needed(word).into_iter().all(|term| self.has(term)))
    }

    fn set(&mut self, term: u64) {
        for (byte, bit) in places(term, self.0.len()) {
            if let Some(byte) = self.0.get_mut(byte) {
                *byte |= bit;
            }
        }
    }

    fn has(&self, term: u64) -> bool {
        let mut places = places(term, self.0.len());
        places.all(|(byte, bit)| self.0.get(byte).is_some_and(|byte| byte & bit != 0))
    }
}

/// The bits of a term, by double hashing (Kirsch and Mitzenmacher, 2006): which byte, and which bit in it.
fn places(term: u64, bytes: usize) -> impl Iterator<Item = (usize, u8)> {
    let last = u64::try_from(bytes * 8).unwrap_or(1) - 1;
    let (first, step) = (term >> 32, (term & 0xffff_ffff) | 1);
    (0..BITS_SET)
        .map(move |nth| (first + nth * step) & last)
        .map(|bit| (usize::try_from(bit / 8).unwrap_or_default(), 1 << (bit % 8)))
}

/// The terms of a folded text: each character, and each pair of neighbours.
fn hashes(folded: &str) -> impl Iterator<Item = u64> {
    let next = folded.chars().skip(1).map(Some).chain([None]);
    folded
        .chars()
        .zip(next)
        .flat_map(|(one, next)| [Some(hash(one, None)), next.map(|next| hash(one, Some(next)))])
        .flatten()
}

/// The terms without which a folded word cannot be there.
fn needed(word: &str) -> Vec<u64> {
    let pairs: Vec<u64> =
        word.chars().zip(word.chars().skip(1)).map(|(one, next)| hash(one, Some(next))).collect();
    match word.chars().next() {
        Some(only) if pairs.is_empty() => vec![hash(only, None)],
        _ => pairs,
    }
}

/// Mixes the two well: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
fn hash(one: char, next: Option<char>) -> u64 {
    let pair = (u64::from(u32::from(one)) << 32) | u64::from(next.map_or(u32::MAX, u32::from));
    let mixed = pair.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> MessageQuery {
        MessageQuery::new(text).unwrap()
    }

    #[test]
    fn every_part_of_every_text_may_be_there() {
        let texts = ["我家在上海东边", "Grüße aus Köln 👋🏽", "x"];
        let signature = Signature::from_bytes(Signature::of(texts).as_bytes().to_vec());
        for text in texts {
            let characters: Vec<char> = text.chars().collect();
            for from in 0..characters.len() {
                for to in from + 1..=characters.len() {
                    let part: String = characters[from..to].iter().collect();
                    if let Ok(query) = MessageQuery::new(&part) {
                        assert!(signature.may_hold(&query), "{part:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn most_of_what_is_not_there_is_known_not_to_be() {
        let texts: Vec<String> =
            (0..128).map(|number| format!("message number {number} of the block")).collect();
        let signature = Signature::of(texts.iter().map(String::as_str));
        assert!(signature.may_hold(&query("number 77")));
        let strange = ["quartz", "上海", "zebra", "jukebox", "мир", "vwx", "κόσμος", "qq"];
        let taken = strange.iter().filter(|text| signature.may_hold(&query(text))).count();
        assert!(taken <= 1, "{taken} of {}", strange.len());
        assert!(signature.as_bytes().len() <= 512, "{}", signature.as_bytes().len());
    }

    #[test]
    fn what_was_damaged_hides_nothing() {
        for bytes in [vec![], vec![0; 63], vec![0; 65], vec![0; 8192]] {
            assert!(Signature::from_bytes(bytes).may_hold(&query("anything")));
        }
    }

    #[test]
    fn a_signature_is_the_same_for_ever() {
        let bytes = Signature::of(["hello"]).as_bytes().to_vec();
        let set: Vec<(usize, u8)> =
            bytes.iter().copied().enumerate().filter(|(_, byte)| *byte != 0).collect();
        assert_eq!(set, STORED);
    }

    /// As databases have it: must never change.
    const STORED: &[(usize, u8)] = &[
        (0, 192),
        (1, 40),
        (2, 4),
        (3, 64),
        (5, 68),
        (6, 2),
        (9, 1),
        (12, 160),
        (16, 1),
        (20, 1),
        (22, 4),
        (24, 16),
        (26, 1),
        (27, 128),
        (31, 128),
        (32, 2),
        (34, 128),
        (36, 8),
        (42, 32),
        (43, 112),
        (46, 64),
        (52, 32),
        (62, 33),
        (63, 1),
    ];
}
