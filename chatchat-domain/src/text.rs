//! Text as people write it, in any script: lengths in characters, case-folded for search.

use unicode_normalization::UnicodeNormalization as _;

use crate::error::Violation;

/// Text of `min` to `max` characters (Unicode scalar values).
pub(crate) fn bounded(text: &str, min: usize, max: usize) -> Result<(), Violation> {
    let length = text.chars().take(max + 1).count();
    if length < min {
        return Err(match min {
            1 => Violation::new("", "required", "must not be empty"),
            _ => Violation::new("", "too_short", format!("must have at least {min} characters")),
        });
    }
    if length > max {
        return Err(Violation::new("", "too_long", format!("must have at most {max} characters")));
    }
    Ok(())
}

/// A one-line name: trimmed, 1 to `max` characters, no control characters.
pub(crate) fn name(text: &str, max: usize) -> Result<String, Violation> {
    let name = text.trim();
    bounded(name, 1, max)?;
    if name.chars().any(char::is_control) {
        return Err(Violation::new("", "control_character", "must not contain control characters"));
    }
    honest(name)?;
    Ok(name.to_owned())
}

/// That nothing in a name makes it look like another one: no characters that turn the direction of writing, none that are
/// not seen. Joiners may stand where scripts and emoji need them: between two characters beyond ASCII.
pub(crate) fn honest(text: &str) -> Result<(), Violation> {
    let characters: Vec<char> = text.chars().collect();
    let joins = |at: usize| {
        let beyond_ascii =
            |at: usize| characters.get(at).is_some_and(|c| !c.is_ascii() && !c.is_whitespace());
        at > 0 && beyond_ascii(at - 1) && beyond_ascii(at + 1)
    };
    let is_misleading = |(at, c): (usize, char)| match c {
        '\u{200c}' | '\u{200d}' => !joins(at),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' => true,
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => true,
        _ => false,
    };
    if characters.iter().copied().enumerate().any(is_misleading) {
        let detail = "must not contain invisible characters or such that turn the direction of writing";
        return Err(Violation::new("", "misleading_character", detail));
    }
    Ok(())
}

/// Text of up to `max` characters, in which only line breaks and tabs may stand as control characters.
pub(crate) fn prose(text: &str, max: usize) -> Result<String, Violation> {
    bounded(text, 0, max)?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Violation::new("", "control_character", "must not contain control characters"));
    }
    Ok(text.to_owned())
}

/// The form of `text` in which search compares: NFKC, then Unicode's full case folding.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase(); // what the rest comes to, in a fraction of the time
    }
    unicase::UniCase::unicode(text.nfkc().collect::<String>()).to_folded_case()
}

/// The terms under which a folded text is found by any of its substrings: each pair of neighbouring
/// characters, and the last character alone. Distinct, in order.
pub fn terms(folded: &str) -> Vec<String> {
    let characters: Vec<char> = folded.chars().collect();
    let mut terms: Vec<String> =
        (0..characters.len()).map(|at| characters.iter().skip(at).take(2).collect()).collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// What somebody searches for: folded, 1 to 254 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query(String);

impl Query {
    /// Names are shorter, but one also searches for e-mail addresses, which may have as many.
    pub const MAX_CHARS: usize = 254;

    /// A query for `text`.
    ///
    /// # Errors
    /// A violation of `query` when nothing is left after trimming, or it is longer than 254 characters.
    pub fn new(text: &str) -> Result<Self, Violation> {
        let folded = fold(text.trim());
        bounded(&folded, 1, Self::MAX_CHARS).map_err(|violation| violation.of("query"))?;
        Ok(Self(folded))
    }

    /// The folded text.
    pub fn folded(&self) -> &str {
        &self.0
    }

    /// The one term to look up first: the query's first two characters, or its only one, which is then
    /// the beginning of a term.
    pub fn leading_term(&self) -> String {
        self.0.chars().take(2).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_equal_what_people_take_for_equal() {
        assert_eq!(fold("STRASSE"), fold("Straße"));
        assert_eq!(fold("Ｈｅｌｌｏ"), "hello");
        assert_eq!(fold("Hello, [World] 1~\n"), "hello, [world] 1~\n");
    }

    #[test]
    fn every_substring_begins_with_a_term_of_its_text() {
        let text = fold("我家在上海东边");
        let terms = terms(&text);
        let characters: Vec<char> = text.chars().collect();
        for from in 0..characters.len() {
            for to in from + 1..=characters.len() {
                let query = Query::new(&characters[from..to].iter().collect::<String>()).unwrap();
                assert!(terms.iter().any(|term| term.starts_with(&query.leading_term())));
            }
        }
    }

    #[test]
    fn a_name_looks_like_what_it_is() {
        for good in ["Ann", "上海 🌆", "👨\u{200d}👩\u{200d}👧", "می\u{200c}خواهم", "श्री\u{200d}मान"]
        {
            assert_eq!(honest(good), Ok(()), "{good:?}");
        }
        for bad in [
            "ann\u{202e}nna",
            "a\u{200b}nn",
            "\u{2066}x",
            "a\u{200d}b",
            "x\u{200c}",
            "\u{feff}Ann",
            "a\u{ad}b",
            "ㅤ",
        ] {
            assert_eq!(honest(bad).unwrap_err().code, "misleading_character", "{bad:?}");
        }
        assert_eq!(name("a\u{202e}b", 64).unwrap_err().code, "misleading_character");
    }

    #[test]
    fn a_name_is_trimmed_and_has_no_control_characters() {
        assert_eq!(name("  Ann ", 64), Ok("Ann".to_owned()));
        assert_eq!(name(" \u{3000} ", 64).unwrap_err().code, "required");
        assert_eq!(name("a\u{7}b", 64).unwrap_err().code, "control_character");
        assert_eq!(name(&"上".repeat(65), 64).unwrap_err().code, "too_long");
        assert!(name(&"上".repeat(64), 64).is_ok());
    }
}
