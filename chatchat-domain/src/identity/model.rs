use crate::account::{EmailAddress, UserName};
use crate::error::Violation;
use crate::time::Timestamp;

/// A provider's name in paths and in the store: 1 to 32 lowercase letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProviderId(String);

impl ProviderId {
    /// A name.
    ///
    /// # Errors
    /// A violation of `id`.
    pub fn new(text: &str) -> Result<Self, Violation> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=32).contains(&text.len()) && text.bytes().all(is_plain) {
            return Ok(Self(text.to_owned()));
        }
        Err(Violation::new("id", "invalid", "must be 1 to 32 lowercase letters, digits and hyphens"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a provider calls somebody, for ever and nobody else: 1 to 255 visible ASCII characters, compared as they are
/// (OpenID Connect Core, section 2, `sub`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalSubject(String);

impl ExternalSubject {
    /// What a provider says.
    ///
    /// # Errors
    /// A violation of `sub`.
    pub fn new(text: &str) -> Result<Self, Violation> {
        if (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        {
            return Ok(Self(text.to_owned()));
        }
        Err(Violation::new("sub", "invalid", "must be 1 to 255 visible characters of ASCII"))
    }

    /// As the provider says it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An account elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdentityKey {
    /// Where.
    pub provider: ProviderId,
    /// Whose.
    pub subject: ExternalSubject,
}

/// What a provider says of somebody who has logged in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who it is.
    pub subject: ExternalSubject,
    /// What they are called there, if it is a name here, too.
    pub name: Option<UserName>,
    /// The address that the provider has; that it is theirs is for a code to prove.
    pub email: Option<EmailAddress>,
}

/// An account elsewhere that logs in to one here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Where it is.
    pub provider: ProviderId,
    /// What its provider has said of it when it was bound.
    pub claims: Claims,
    /// When that was.
    pub bound_at: Timestamp,
}

impl Identity {
    /// Which account it is.
    pub fn key(&self) -> IdentityKey {
        IdentityKey { provider: self.provider.clone(), subject: self.claims.subject.clone() }
    }
}

/// A provider, as people choose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInfo {
    /// Its name in paths.
    pub id: ProviderId,
    /// Its name for people.
    pub name: String,
    /// Whether people may give us the password that they have there.
    pub is_trusted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_s_name_fits_into_a_path() {
        assert!(ProviderId::new("acme-2").is_ok());
        for text in ["", "Acme", "a/b", "a b", "acmé", &"a".repeat(33)] {
            assert_eq!(ProviderId::new(text).unwrap_err().field, "id", "{text:?}");
        }
    }

    #[test]
    fn a_subject_is_short_and_visible() {
        assert!(ExternalSubject::new("auth0|5f7c8ec7c33c6c004bbafe82").is_ok());
        for text in ["", "a\nb", "上海", &"a".repeat(256)] {
            assert_eq!(ExternalSubject::new(text).unwrap_err().field, "sub", "{text:?}");
        }
    }
}
