use crate::error::Violation;

/// One emoji as Unicode recommends it for interchange (RGI, UTS #51), with its skin tone, if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Emoji(&'static str);

impl Emoji {
    /// The emoji; with and without its variation selector it is the same.
    ///
    /// # Errors
    /// A violation of `emoji` when the text is anything but one emoji.
    pub fn new(text: &str) -> Result<Self, Violation> {
        let known = emojis::get(text).map(|emoji| Self(emoji.as_str()));
        known.ok_or_else(|| Violation::new("emoji", "not_an_emoji", "must be one emoji"))
    }

    /// The emoji as text, fully qualified.
    pub const fn as_str(&self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_is_one_however_it_is_written() {
        for text in ["👍", "👍🏽", "👨\u{200d}👩\u{200d}👧", "🇩🇪", "1\u{fe0f}\u{20e3}", "❤\u{fe0f}"]
        {
            assert_eq!(Emoji::new(text).unwrap().as_str(), text);
        }
        assert_eq!(Emoji::new("❤"), Emoji::new("❤\u{fe0f}"));
    }

    #[test]
    fn what_is_not_one_emoji_is_refused() {
        for text in [
            "",
            "a",
            "1",
            ":+1:",
            "👍👍",
            "👍 ",
            "<b>",
            "\u{200d}",
            "👍\u{200d}",
            "\u{1f3fd}x",
            "上",
            "👨\u{200d}👍",
        ] {
            assert_eq!(Emoji::new(text).unwrap_err().code, "not_an_emoji", "{text:?}");
        }
    }
}
