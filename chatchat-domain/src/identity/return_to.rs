use url::{Position, Url};

use crate::error::Violation;

/// How long a place may be, so that it fits into a cookie.
const MAX: usize = 1000;

/// Where a browser may be sent when a log-in has come to its end.
#[derive(Debug, Clone)]
pub struct ReturnPlaces {
    own: Option<Url>,
    origins: Vec<String>,
}

impl ReturnPlaces {
    /// The pages of the server at `public_url`, and those of these origins.
    pub fn new(public_url: &str, origins: Vec<String>) -> Self {
        Self { own: Url::parse(public_url).ok(), origins }
    }

    /// The place that a page names: a path of this server, or a URL of a known origin. It is read as browsers read it
    /// (the URL standard), so that what looks like one place cannot be another.
    ///
    /// # Errors
    /// A violation of `return_to` for every other place, and for one with a fragment: that is ours.
    pub fn parse(&self, text: &str) -> Result<ReturnTo, Violation> {
        let elsewhere = || {
            let rule = "must be a path of this server or a URL of an allowed origin, without a fragment";
            Violation::new("return_to", "not_allowed", rule)
        };
        if text.len() > MAX {
            return Err(Violation::new("return_to", "too_long", "must have at most 1000 characters"));
        }
        let is_path = text.starts_with('/');
        let own = self.own.as_ref().ok_or_else(elsewhere)?;
        let url = if is_path { own.join(text) } else { Url::parse(text) }.map_err(|_| elsewhere())?;
        if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(elsewhere());
        }
        if is_path {
            let is_own = url.origin() == own.origin() && !url.path().starts_with("//");
            return if is_own {
                Ok(ReturnTo(url[Position::BeforePath..].to_owned()))
            } else {
                Err(elsewhere())
            };
        }
        let is_known =
            url.origin() == own.origin() || self.origins.contains(&url.origin().ascii_serialization());
        if is_known { Ok(ReturnTo(url.into())) } else { Err(elsewhere()) }
    }
}

/// A place that was found in [`ReturnPlaces`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// The place that a store has kept.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// A path, or a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> ReturnPlaces {
        ReturnPlaces::new("https://chat.example", vec!["https://app.example".to_owned()])
    }

    #[test]
    fn paths_and_known_origins_are_places() {
        for (text, place) in [
            ("/", "/"),
            ("/rooms/7?a=b", "/rooms/7?a=b"),
            ("/a/../b", "/b"),
            ("/上海", "/%E4%B8%8A%E6%B5%B7"),
            ("/?next=//evil.example", "/?next=//evil.example"),
            ("https://app.example/done", "https://app.example/done"),
            ("https://APP.example", "https://app.example/"),
            ("https://chat.example/done", "https://chat.example/done"),
        ] {
            assert_eq!(places().parse(text).unwrap().as_str(), place);
        }
    }

    #[test]
    fn every_other_place_is_refused() {
        for text in [
            "",
            "done",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%2e//evil.example",
            " //evil.example",
            "https://evil.example",
            "https:evil.example",
            "https://app.example.evil.example",
            "https://app.example@evil.example",
            "https://ann@app.example",
            "https://app.example:444/",
            "http://app.example/",
            "javascript:alert(1)",
            "data:text/html,hi",
            "/page#fragment",
            &format!("/{}", "a".repeat(1000)),
        ] {
            assert_eq!(places().parse(text).unwrap_err().field, "return_to", "{text:?}");
        }
    }
}
