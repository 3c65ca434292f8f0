use crate::error::Violation;
use crate::text::{Query, fold};

/// What somebody looks for in messages: words, or parts of words, all of which must be there. At least one, together at
/// most 254 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageQuery {
    words: Vec<String>,
}

impl MessageQuery {
    /// A query for the words of `text`.
    ///
    /// # Errors
    /// A violation of `query` when there are none, or the text is longer than 254 characters.
    pub fn new(text: &str) -> Result<Self, Violation> {
        let query = Query::new(text)?;
        let mut words: Vec<String> = query.folded().split_whitespace().map(str::to_owned).collect();
        words.sort_unstable();
        words.dedup();
        Ok(Self { words })
    }

    /// The words, folded, each once.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether all words are in `text`.
    pub fn matches(&self, text: &str) -> bool {
        let folded = fold(text);
        self.words.iter().all(|word| folded.contains(word.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_must_be_there_in_any_order_and_case() {
        let query = MessageQuery::new("  World\tHELL ").unwrap();
        assert!(query.matches("Hello, world!") && query.matches("WORLD: hello"));
        assert!(!query.matches("hello"));
        assert!(MessageQuery::new("海东").unwrap().matches("我家在上海东边"));
        assert!(MessageQuery::new("STRASSE").unwrap().matches("die Straße"));
        assert!(
            !MessageQuery::new("%").unwrap().matches("100")
                && MessageQuery::new("0%").unwrap().matches("100%")
        );
    }

    #[test]
    fn nothing_and_too_much_cannot_be_looked_for() {
        assert_eq!(MessageQuery::new(" \u{3000} ").unwrap_err().field, "query");
        assert_eq!(MessageQuery::new(&"x".repeat(255)).unwrap_err().code, "too_long");
    }
}
