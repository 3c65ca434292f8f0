use crate::error::Violation;
use crate::text;

/// What a file is called: 1 to 255 characters, no path, nothing that misleads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// The longest one, in characters.
    pub const MAX_CHARS: usize = 255;

    /// A name.
    ///
    /// # Errors
    /// A violation of `name`: `required`, `too_long`, `control_character`, `misleading_character`, `not_a_name`.
    pub fn new(text: &str) -> Result<Self, Violation> {
        let name = text::name(text, Self::MAX_CHARS).map_err(|violation| violation.of("name"))?;
        if matches!(name.as_str(), "." | "..") || name.contains(['/', '\\']) {
            return Err(Violation::new("name", "not_a_name", "must be the name of a file, not a path"));
        }
        Ok(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the last dot, in lower case.
    pub fn extension(&self) -> Option<String> {
        self.0.rsplit_once('.').map(|(_, extension)| extension.to_lowercase())
    }

    /// The same name with another extension.
    #[must_use]
    pub fn with_extension(&self, extension: &str) -> Self {
        let stem = self.0.rsplit_once('.').map_or(self.0.as_str(), |(stem, _)| stem);
        let room = 255 - 1 - extension.len();
        let stem: String = stem.chars().take(room).collect();
        Self(format!("{stem}.{extension}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path_and_no_trick() {
        for (name, code) in [
            ("", "required"),
            (" ", "required"),
            ("..", "not_a_name"),
            ("../../etc/passwd", "not_a_name"),
            ("a\\b", "not_a_name"),
            ("C:\\x", "not_a_name"),
            ("a\0b", "control_character"),
            ("a\nb", "control_character"),
            ("photo\u{202e}gpj.exe", "misleading_character"),
            ("a\u{200b}.png", "misleading_character"),
        ] {
            assert_eq!(FileName::new(name).unwrap_err().code, code, "{name:?}");
        }
        assert_eq!(FileName::new(&"x".repeat(256)).unwrap_err().code, "too_long");
        assert_eq!(FileName::new("报告 2026.PDF").unwrap().extension().as_deref(), Some("pdf"));
        assert_eq!(FileName::new("a.b.webp").unwrap().with_extension("jpg").as_str(), "a.b.jpg");
    }
}
