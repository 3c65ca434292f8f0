//! What a search compares with.

use chatchat_domain::text::{self, Query};

/// A query as patterns, for `LIKE … ESCAPE '!'` against folded columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Patterns {
    /// The terms of candidates, from here …
    pub(crate) first_term: String,
    /// … to here.
    pub(crate) last_term: String,
    /// The whole name.
    pub(crate) equal: String,
    /// A name that begins with it.
    pub(crate) prefix: String,
    /// A name that contains it.
    pub(crate) contains: String,
}

impl Patterns {
    pub(crate) fn of(query: &Query) -> Self {
        let first_term = query.leading_term();
        let mut last_term = first_term.clone();
        if first_term.chars().count() == 1 {
            last_term.extend([char::MAX; 2]); // a single character: all terms that begin with it
        }
        let literal = escaped(query.folded());
        Self {
            first_term,
            last_term,
            equal: query.folded().to_owned(),
            prefix: format!("{literal}%"),
            contains: format!("%{literal}%"),
        }
    }
}

/// How well a name matches, best first; 0 is left to what beats any name.
pub(crate) const EQUAL: i32 = 1;
pub(crate) const PREFIX: i32 = 2;
pub(crate) const CONTAINS: i32 = 3;

/// A name as search sees it.
pub(crate) struct Folded {
    pub(crate) name: String,
    pub(crate) length: i64,
    pub(crate) terms: Vec<String>,
}

impl Folded {
    pub(crate) fn of(name: &str) -> Self {
        let name = text::fold(name);
        let length = i64::try_from(name.chars().count()).unwrap_or(i64::MAX);
        let terms = text::terms(&name);
        Self { name, length, terms }
    }
}

fn escaped(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '!') {
            literal.push('!');
        }
        literal.push(character);
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_query_are_ordinary_characters() {
        let patterns = Patterns::of(&Query::new("100%_!").unwrap());
        assert_eq!(patterns.contains, "%100!%!_!!%");
        assert_eq!(patterns.equal, "100%_!");
    }

    #[test]
    fn one_character_finds_all_terms_that_begin_with_it() {
        let patterns = Patterns::of(&Query::new("上").unwrap());
        for term in ["上", "上海", "上\u{10ffff}"] {
            assert!((patterns.first_term.as_str()..=patterns.last_term.as_str()).contains(&term));
        }
        assert!("下" > patterns.last_term.as_str());
    }
}
