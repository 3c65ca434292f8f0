use std::collections::HashSet;
use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

use crate::search::MessageQuery;
use crate::text::fold;

/// The size of a signature, in bytes: at least …
const SMALLEST: usize = 64;
/// … and at most. Blocks with more than this can tell apart are simply read.
const LARGEST: usize = 4096;
/// How many bits there are for each distinct term.
const BITS_FOR_EACH: usize = 10;
/// How many bits each term sets.
const BITS_SET: u64 = 4;

/// Which characters, and which pairs of neighbouring ones, are in some texts: a Bloom filter. It may take a term for
/// there that is not, never the other way round. The same on every machine, for ever: it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(Vec<u8>);

impl Signature {
    /// The signature of these texts.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut terms = HashSet::new();
        texts.into_iter().for_each(|text| terms.extend(hashes(&fold(text))));
        let bytes = (terms.len() * BITS_FOR_EACH / 8).next_power_of_two().clamp(SMALLEST, LARGEST);
        let mut signature = Self(vec![0; bytes]);
        terms.into_iter().for_each(|term| signature.set(term));
        signature
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
        for (byte, bit) in self.places(term) {
            if let Some(byte) = self.0.get_mut(byte) {
                *byte |= bit;
            }
        }
    }

    fn has(&self, term: u64) -> bool {
        self.places(term).into_iter().all(|(byte, bit)| self.0.get(byte).is_some_and(|byte| byte & bit != 0))
    }

    /// The bits of a term, by double hashing (Kirsch and Mitzenmacher, 2006): which byte, and which bit in it.
    fn places(&self, term: u64) -> Vec<(usize, u8)> {
        let bits = u64::try_from(self.0.len()).unwrap_or(1) * 8;
        let (first, step) = (term >> 32, (term & 0xffff_ffff) | 1);
        (0..BITS_SET)
            .map(|nth| (first + nth * step) % bits)
            .map(|bit| (usize::try_from(bit / 8).unwrap_or_default(), 1 << (bit % 8)))
            .collect()
    }
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

fn hash(one: char, next: Option<char>) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(&u32::from(one).to_le_bytes());
    hasher.write(&next.map_or(u32::MAX, u32::from).to_le_bytes());
    hasher.finish()
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
        (1, 1),
        (3, 2),
        (4, 128),
        (5, 2),
        (8, 16),
        (12, 16),
        (13, 4),
        (14, 2),
        (16, 16),
        (18, 128),
        (19, 128),
        (21, 6),
        (23, 32),
        (27, 4),
        (32, 4),
        (33, 80),
        (35, 128),
        (38, 68),
        (40, 33),
        (43, 128),
        (46, 8),
        (49, 32),
        (51, 128),
        (54, 32),
        (55, 16),
        (58, 16),
        (59, 4),
    ];
}
