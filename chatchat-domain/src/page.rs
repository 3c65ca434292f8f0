//! Lists in pages: a bounded number of items, and an opaque place to go on from.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Violation};

/// How many items a page may hold: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u8);

impl Limit {
    /// The smallest page.
    pub const ONE: Self = Self(1);
    /// The largest page.
    pub const MAX: Self = Self(100);

    /// A page of this many items.
    ///
    /// # Errors
    /// A violation of `limit` outside 1 to 100.
    pub fn new(items: i64) -> Result<Self, Violation> {
        match u8::try_from(items) {
            Ok(items @ 1..=100) => Ok(Self(items)),
            _ => Err(Violation::new("limit", "out_of_range", "must be 1 to 100")),
        }
    }

    /// The two halves of a page: what comes first, should anything be left for it, and the larger rest.
    pub(crate) fn halves(self) -> (Option<Self>, Self) {
        let first = self.0 / 2;
        ((first > 0).then_some(Self(first)), Self(self.0 - first))
    }

    /// The number of items.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// A place in a list, opaque to clients: the sort key of the last item they have seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(Vec<String>);

impl Cursor {
    /// The place after the item with this sort key.
    pub fn new(key: impl IntoIterator<Item = String>) -> Self {
        Self(key.into_iter().collect())
    }

    /// The sort key, one text for each part.
    pub fn key(&self) -> &[String] {
        &self.0
    }

    /// What a client is given.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.join("\n"))
    }

    /// What a client has sent back.
    ///
    /// # Errors
    /// A violation of `cursor` when it was not made by [`Cursor::encode`].
    pub fn decode(text: &str) -> Result<Self, Violation> {
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(|key| Self(key.split('\n').map(str::to_owned).collect()))
            .ok_or_else(Self::unknown)
    }

    /// The sort key as an array of `N` parts.
    ///
    /// # Errors
    /// A violation of `cursor` when it belongs to another list.
    pub fn parts<const N: usize>(&self) -> Result<[&str; N], Error> {
        let parts: Vec<&str> = self.0.iter().map(String::as_str).collect();
        parts.try_into().map_err(|_| Self::unknown().into())
    }

    /// The violation of a cursor that this list never gave.
    pub fn unknown() -> Violation {
        Violation::new("cursor", "unknown", "is not a cursor of this list")
    }
}

/// Which page of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// How many items at most.
    pub limit: Limit,
    /// The place to go on from; the beginning if absent.
    pub cursor: Option<Cursor>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, at most as many as asked for.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts `items`, which were fetched with one more than `limit` to see whether there are more.
    pub fn cut(mut items: Vec<T>, limit: Limit, key: impl FnOnce(&T) -> Cursor) -> Self {
        let more = items.len() > limit.get();
        items.truncate(limit.get());
        let next = items.last().filter(|_| more).map(key);
        Self { items, next }
    }

    /// The same page of other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_client() {
        let cursor = Cursor::new(["12".to_owned(), "上海".to_owned()]);
        assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        assert!(Cursor::decode("not base64!").is_err());
    }

    #[test]
    fn a_page_tells_where_the_next_begins_only_if_there_is_one() {
        let two = Limit::new(2).unwrap();
        let key = |n: &i32| Cursor::new([n.to_string()]);
        assert_eq!(Page::cut(vec![1, 2, 3], two, key).next, Some(Cursor::new(["2".to_owned()])));
        assert_eq!(Page::cut(vec![1, 2], two, key).next, None);
    }

    #[test]
    fn halves_make_a_whole() {
        assert_eq!(Limit(1).halves(), (None, Limit(1)));
        assert_eq!(Limit(5).halves(), (Some(Limit(2)), Limit(3)));
    }

    #[test]
    fn a_limit_outside_1_to_100_is_refused() {
        assert!(Limit::new(0).is_err() && Limit::new(101).is_err() && Limit::new(-1).is_err());
        assert_eq!(Limit::new(100), Ok(Limit::MAX));
    }
}
