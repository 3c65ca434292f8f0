use std::fmt;

use email_address::{EmailAddress as Syntax, Options};

use crate::error::Violation;
use crate::id::UserId;
use crate::ports::ObjectKey;
use crate::text;
use crate::time::Timestamp;

/// What a person is called: 1 to 64 characters, not unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName(String);

impl UserName {
    /// The longest one, in characters.
    pub const MAX_CHARS: usize = 64;

    /// A name.
    ///
    /// # Errors
    /// A violation of `name` unless it has 1 to 64 characters and no control character.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::name(text, Self::MAX_CHARS).map(Self).map_err(|violation| violation.of("name"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a person says of themselves: up to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bio(String);

impl Bio {
    /// The longest one, in characters.
    pub const MAX_CHARS: usize = 500;

    /// A self-description, perhaps empty.
    ///
    /// # Errors
    /// A violation of `bio` over 500 characters.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::prose(text, Self::MAX_CHARS).map(Self).map_err(|violation| violation.of("bio"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address (RFC 5321, at most 254 characters), as its owner writes it.
#[derive(Debug, Clone)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The longest one, in bytes (RFC 5321, section 4.5.3.1.3).
    pub const MAX_BYTES: usize = 254;

    /// An address.
    ///
    /// # Errors
    /// A violation of `email` when it is none, is longer than 254 characters, or has a quoted local part
    /// or a literal domain, which nobody has and which open doors in mail headers.
    pub fn new(text: &str) -> Result<Self, Violation> {
        let text = text.trim();
        let options = Options::default().without_display_text().without_domain_literal();
        if text.len() > Self::MAX_BYTES {
            return Err(Violation::new("email", "too_long", "must have at most 254 characters"));
        }
        if text.contains('"')
            || text.chars().any(char::is_control)
            || Syntax::parse_with_options(text, options).is_err()
        {
            return Err(Violation::new("email", "malformed", "is not an e-mail address"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for EmailAddress {}

/// A password as somebody types it: at least 8 characters, at most 72 bytes (what bcrypt can hold).
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The shortest one, in characters.
    pub const MIN_CHARS: usize = 8;
    /// The longest one, in bytes.
    pub const MAX_BYTES: usize = 72;

    /// A password.
    ///
    /// # Errors
    /// A violation of `password` when it is too short or too long.
    pub fn new(text: &str) -> Result<Self, Violation> {
        if text.len() > Self::MAX_BYTES {
            return Err(Violation::new("password", "too_long", "must have at most 72 bytes"));
        }
        text::bounded(text, Self::MIN_CHARS, Self::MAX_BYTES)
            .map_err(|violation| violation.of("password"))?;
        Ok(Self(text.to_owned()))
    }

    /// The password itself, for the hasher alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What the hasher makes of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash made by the hasher.
    pub fn new(hash: String) -> Self {
        Self(hash)
    }

    /// The hash, for the hasher and the store alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A person as everybody sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who it is.
    pub id: UserId,
    /// What they are called.
    pub name: UserName,
    /// Their picture.
    pub avatar: Option<ObjectKey>,
    /// What they say of themselves.
    pub bio: Bio,
}

/// A person as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What everybody sees.
    pub user: User,
    /// Where they get mail.
    pub email: Option<EmailAddress>,
    /// Whether they can log in with a password.
    pub has_password: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// An account to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Its id.
    pub id: UserId,
    /// Where its owner gets mail.
    pub email: EmailAddress,
    /// What they are called.
    pub name: UserName,
    /// The hash of their password, if they have one.
    pub password: Option<PasswordHash>,
    /// The moment.
    pub created_at: Timestamp,
}

/// What changes in a profile; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    /// The new name.
    pub name: Option<UserName>,
    /// The new self-description.
    pub bio: Option<Bio>,
    /// The new picture, or none any more.
    pub avatar: Option<Option<ObjectKey>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_compare_without_case() {
        assert_eq!(EmailAddress::new("Ann@Example.COM"), EmailAddress::new(" ann@example.com"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ann",
            "ann@",
            "@b.example",
            "a b@c.example",
            "a@b.example\r\nBcc: x@y.example",
            "\"a\"@b.example",
            "Ann <a@b.example>",
            "a@[127.0.0.1]",
        ] {
            assert_eq!(EmailAddress::new(text).unwrap_err().code, "malformed", "{text:?}");
        }
        let long = format!("{}@{}.example", "a".repeat(60), "b".repeat(200));
        assert_eq!(EmailAddress::new(&long).unwrap_err().code, "too_long");
    }

    #[test]
    fn a_password_has_8_characters_to_72_bytes() {
        assert_eq!(Password::new("1234567").unwrap_err().code, "too_short");
        assert!(Password::new("12345678").is_ok());
        assert!(Password::new(&"上".repeat(24)).is_ok());
        assert_eq!(Password::new(&"上".repeat(25)).unwrap_err().code, "too_long");
    }

    #[test]
    fn secrets_are_not_printed() {
        let password = Password::new("correct horse").unwrap();
        assert!(!format!("{password:?}").contains("horse"));
    }
}
