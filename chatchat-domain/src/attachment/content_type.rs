use crate::error::Violation;

/// The longest one.
const LONGEST: usize = 127;

/// A media type without parameters, in lower case, such as `application/pdf` (RFC 6838, section 4.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContentType(String);

impl ContentType {
    /// The pictures that are decoded and encoded anew.
    pub const PICTURES: &[&str] = &["image/png", "image/jpeg", "image/webp"];

    /// The type; parameters are dropped.
    ///
    /// # Errors
    /// A violation of `content_type` when it is none.
    pub fn new(text: &str) -> Result<Self, Violation> {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_name = |name: &str| {
            let (first, rest) = (name.bytes().next(), name.bytes());
            first.is_some_and(|b| b.is_ascii_alphanumeric())
                && rest.into_iter().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        let is_type = essence.split_once('/').is_some_and(|(kind, name)| is_name(kind) && is_name(name));
        if !is_type || essence.len() > LONGEST {
            return Err(Violation::new("content_type", "malformed", "must be a media type"));
        }
        Ok(Self(essence))
    }

    /// What nothing is known of.
    pub fn unknown() -> Self {
        Self("application/octet-stream".to_owned())
    }

    /// The type as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a picture that is decoded and encoded anew.
    pub fn is_picture(&self) -> bool {
        Self::PICTURES.contains(&self.as_str())
    }

    /// Whether a browser might run what is in it.
    pub fn is_active(&self) -> bool {
        let name = self.as_str();
        let (_, subtype) = name.split_once('/').unwrap_or_default();
        let is_office = subtype.starts_with("vnd.openxmlformats"); // an archive, whatever its name says
        subtype.contains("html")
            || (subtype.contains("xml") && !is_office)
            || subtype.contains("script")
            || subtype.contains("svg")
            || matches!(
                name,
                "text/css" | "text/cache-manifest" | "application/wasm" | "multipart/x-mixed-replace"
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_one() {
        let kind = |text| ContentType::new(text).map(|kind| kind.as_str().to_owned());
        assert_eq!(kind("Text/Plain; charset=utf-8").as_deref(), Ok("text/plain"));
        for wrong in ["", "text", "text/", "/plain", "a b/c", "text/pl\nain", "*/*", "x/y/z"] {
            assert_eq!(ContentType::new(wrong).unwrap_err().code, "malformed", "{wrong:?}");
        }
    }

    #[test]
    fn what_a_browser_might_run_is_active() {
        for active in [
            "text/html",
            "application/xhtml+xml",
            "image/svg+xml",
            "text/xml",
            "application/javascript",
            "text/javascript",
            "application/ecmascript",
            "text/css",
        ] {
            assert!(ContentType::new(active).unwrap().is_active(), "{active}");
        }
        for harmless in [
            "application/pdf",
            "image/gif",
            "text/plain",
            "application/zip",
            "video/mp4",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ] {
            assert!(!ContentType::new(harmless).unwrap().is_active(), "{harmless}");
        }
    }
}
