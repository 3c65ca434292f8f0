use crate::account::{EmailAddress, Password, PasswordHash, UserName};
use crate::error::Violation;
use crate::id::SubjectId;
use crate::time::Timestamp;

const MIN_CHARS: usize = 3;
const MAX_CHARS: usize = 64;

/// What somebody logs in with at the third party: 3 to 64 letters, digits, `.`, `_` and `-` of ASCII, in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// The username in `text`.
    ///
    /// # Errors
    /// A violation of `username`.
    pub fn new(text: &str) -> Result<Self, Violation> {
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (MIN_CHARS..=MAX_CHARS).contains(&text.len()) && text.bytes().all(is_good) {
            return Ok(Self(text.to_owned()));
        }
        Err(Violation::new(
            "username",
            "invalid",
            "must be 3 to 64 letters, digits, dots, underscores or hyphens",
        ))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for all ways to write it.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// Somebody with an account at the third party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Who it is, for ever.
    pub id: SubjectId,
    /// What they log in with.
    pub username: Username,
    /// What they are called.
    pub name: UserName,
    /// An address that they have given. Nobody has checked that it is theirs.
    pub email: Option<EmailAddress>,
}

/// What somebody says who wants an account there.
#[derive(Debug, Clone)]
pub struct SubjectRegistration {
    /// What they log in with.
    pub username: Username,
    /// Their password.
    pub password: Password,
    /// What they are called; the username if absent.
    pub name: Option<UserName>,
    /// An address of theirs.
    pub email: Option<EmailAddress>,
}

/// An account to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubject {
    /// The account.
    pub subject: Subject,
    /// The password's hash.
    pub password: PasswordHash,
    /// The moment.
    pub created_at: Timestamp,
}
